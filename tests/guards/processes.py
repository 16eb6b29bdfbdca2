"""Guards between processes that share a database."""

from tests.guards.guard import Guard

RUNNER = "server/workers/runner.py"
CHANGING = "server/fediverse/moderation/changing.py"
KEYS = "server/fediverse/keyring/store.py"
ROUNDS = "server/workers/rounds/__init__.py"
REFRESH = "server/workers/refresh.py"
ERRANDS = "server/fediverse/errands/queries.sql"
T_FRESH = "tests/server/fediverse/test_fresh_memory.py"
T_ROUNDS = "tests/server/workers/test_rounds.py"
T_TWO = "tests/processes/test_one_database.py"

PROCESSES = (
    Guard(
        "a block made in one process holds in all",
        "a blocked server that asks the other process",
        RUNNER,
        '            "blocks": lambda: moderation.follow_blocks(services.database, services.here.blocklist)\n',
        "",
        f"{T_FRESH}::test_a_process_that_only_answers_hears_of_blocks",
    ),
    Guard(
        "word of a block that was lost is made up for",
        "a connection that breaks at the right moment",
        CHANGING,
        "        await waiter.wait(READ_ANEW_AFTER)\n",
        "        await waiter.wait(1e6)\n",
        f"{T_FRESH}::test_a_lost_word_about_a_block_is_made_up_for",
    ),
    Guard(
        "keys that one process dropped are in none",
        "private keys that outlive their actor",
        KEYS,
        "        if changes.since(self._as_of, TABLES):\n",
        "        if False:\n",
        f"{T_FRESH}::test_keys_that_another_process_dropped_are_forgotten_here",
    ),
    Guard(
        "a chore is done by one process at a time",
        "INT-08",
        ROUNDS,
        "        if not alone:\n",
        "        if False:\n",
        f"{T_ROUNDS}::test_while_another_process_is_at_it_nothing_is_done",
    ),
    Guard(
        "a start leaves the leases of other processes alone",
        "INT-08",
        REFRESH,
        "    if not services.here.settings.is_shared:\n",
        "    if True:\n",
        f"{T_TWO}::test_a_start_leaves_the_leases_of_the_others_alone",
    ),
    Guard(
        "what became of an errand counts for its own lease",
        "INT-08",
        ERRANDS,
        "DELETE FROM errands WHERE kind = :kind AND subject = :subject AND fence = :fence;",
        "DELETE FROM errands WHERE kind = :kind AND subject = :subject AND :fence = :fence;",
        f"{T_TWO}::test_an_outcome_that_comes_too_late_counts_for_nothing",
    ),
)

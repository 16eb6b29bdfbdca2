"""Guards around what is owed to others, and what others say about themselves: deliveries, silence, Move, Block."""

from tests.guards.guard import Guard

DELIVERY = "federation/delivery.py"
LINES = "server/workers/lines.py"
DUE = "server/fediverse/deliveries/queries.sql"
SILENCE = "server/fediverse/silence/actions.py"
MOVES = "server/fediverse/moves/actions.py"
T_DELIVERY = "tests/federation/test_delivery.py"
T_WORKERS = "tests/server/workers"
T_SILENCE = f"{T_WORKERS}/test_silent_servers.py"
T_TROUBLE = f"{T_WORKERS}/test_delivery_under_trouble.py"
T_WANT_NOTHING = "tests/server/fediverse/test_those_who_want_nothing_of_us.py"
T_HUBS = "tests/server/initiative/test_hubs_that_move.py"
T_MOVES = "tests/server/hub/test_moves.py"
T_CATCH_UP = "tests/server/hub/test_catch_up.py"

DELIVERING = (
    Guard(
        "nobody makes us wait for more than a day",
        "Retry-After: 9999999999",
        DELIVERY,
        "    return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)\n",
        "    return max(wait, timedelta(0))\n",
        f"{T_DELIVERY}::test_retry_after_shortens_nothing_and_asks_for_a_day_at_most",
    ),
    Guard(
        "breakers are spread",
        "SAFETY R9",
        DELIVERY,
        "    pause = BREAKER_PAUSE * rng.uniform(1 - JITTER, 1 + JITTER)\n",
        "    pause = BREAKER_PAUSE\n",
        f"{T_DELIVERY}::test_r9_breakers_that_opened_together_do_not_let_through_together",
    ),
    Guard(
        "a refused signature is tried on another day",
        "a clock that is wrong for hours",
        DELIVERY,
        "timedelta(hours=1), timedelta(hours=24))",
        "timedelta(hours=1), timedelta(hours=1))",
        f"{T_DELIVERY}::test_a_server_whose_clock_is_wrong_for_hours_is_tried_when_it_is_right_again",
    ),
    Guard(
        "nobody is asked again for ever",
        "our own courtesy",
        "server/fediverse/followers/queries.sql",
        "WHERE following.state = 'pending' AND activities.created_at >= :since\n",
        "WHERE following.state = 'pending' AND activities.created_at >= :since - 999999999999\n",
        "tests/journeys/test_a_hub_admits_and_removes.py::test_nobody_is_asked_again_for_ever",
    ),
    Guard(
        "two at a time to one origin",
        "SAFETY R7, RES-20",
        LINES,
        "        if not line.waiting or len(line.flying) >= PER_ORIGIN:\n",
        "        if not line.waiting:\n",
        f"{T_WORKERS}/test_lines.py"
        "::test_an_unknown_server_is_leased_for_two_and_one_that_answers_promptly_for_more",
    ),
    Guard(
        "a kill makes us repeat only so much",
        "SAFETY R3",
        LINES,
        "self._well + self._unwritten >= AT_ONCE",
        "self._well >= AT_ONCE",
        f"{T_WORKERS}/test_lines.py::test_what_is_not_written_down_keeps_its_place",
    ),
    Guard(
        "those that failed lately share a part of the room",
        "SAFETY R7, RES-20",
        LINES,
        "count = min(most - line.held, free, free_for_sick)\n",
        "count = min(most - line.held, free)\n",
        f"{T_WORKERS}/test_deliveries.py::test_those_that_failed_lately_share_a_part_of_the_room",
    ),
    Guard(
        "about one object in order",
        "AC-7.6",
        DUE,
        "AND earlier.activity_id < due.activity_id\n",
        "AND earlier.activity_id < due.activity_id AND 0\n",
        f"{T_TROUBLE}::test_ac_7_6_create_update_delete_arrive_in_order_whatever_fails",
    ),
    Guard(
        "an outcome counts for its own lease",
        "INT-08",
        DUE,
        "UPDATE deliveries SET state = :state, ended_at = :now, lease_until = NULL, last_reason = :reason\n"
        "WHERE activity_id = :activity_id AND inbox = :inbox AND fence = :fence",
        "UPDATE deliveries SET state = :state, ended_at = :now, lease_until = NULL, last_reason = :reason\n"
        "WHERE activity_id = :activity_id AND inbox = :inbox AND :fence = :fence",
        f"{T_WORKERS}/test_deliveries.py::test_an_outcome_with_an_old_fence_is_ignored",
    ),
    Guard(
        "states of strangers are forgotten",
        "CVE-2026-69132",
        SILENCE,
        "    store.forget_unheeded(tx)\n",
        "",
        f"{T_SILENCE}::test_rows_about_servers_where_nobody_follows_do_not_pile_up",
    ),
    Guard(
        "our own silence is nobody else's",
        "an outage of ours empties the list of followers",
        SILENCE,
        "    if not online or now - last > WE_WERE_AWAY:\n",
        "    if now - last > WE_WERE_AWAY:\n",
        f"{T_SILENCE}::test_nobody_is_forgotten_for_our_own_silence",
    ),
    Guard(
        "the time in which we were off does not count",
        "an outage of ours empties the list of followers",
        SILENCE,
        "    if not online or now - last > WE_WERE_AWAY:\n",
        "    if not online:\n",
        f"{T_SILENCE}::test_nobody_is_forgotten_for_the_time_in_which_this_server_was_off",
    ),
    Guard(
        "a silence counts from when we began to listen",
        "an outage of ours empties the list of followers",
        SILENCE,
        "        store.begin_anew(tx, now)\n",
        "",
        f"{T_SILENCE}::test_killed_right_after_the_first_failure_and_off_for_a_month",
    ),
    Guard(
        "a silent server is asked once more",
        "two failures a month apart",
        "server/endpoints/errands.py",
        "        if actor_id is not None:\n            await here.client.fetch_document(actor_id)\n",
        '        raise Unreachable("no-answer")\n',
        f"{T_SILENCE}::test_a_server_that_was_not_tried_for_weeks_is_asked_before_it_is_forgotten",
    ),
    Guard(
        "followers of one server have a limit",
        "RES-12",
        "server/fediverse/followers/actions.py",
        "    if store.count_of_origin(tx, local_actor, str(origin)) >= MAX_OF_ORIGIN:\n",
        "    if False:\n",
        f"{T_WANT_NOTHING}::test_res_12_one_server_cannot_fill_the_list_of_followers",
    ),
    Guard(
        "who takes no answers gets no more of them",
        "RES-12",
        "server/fediverse/followers/actions.py",
        "    return store.owed_to(tx, str(origin), most=MAX_OWED) >= MAX_OWED\n",
        "    return False\n",
        f"{T_WANT_NOTHING}::test_res_12_a_server_that_takes_no_answers_gets_no_more_of_them",
    ),
    Guard(
        "what waits in a shared inbox is not for one alone",
        "a Block that silences us towards a whole server",
        "server/fediverse/followers/actions.py",
        "    if whereabouts is not None and actors.behind_inbox(tx, whereabouts.inbox, limit=2) == [actor_id]:\n",
        "    if whereabouts is not None:\n",
        f"{T_WANT_NOTHING}::test_what_goes_to_a_shared_inbox_is_not_withheld_from_the_others_there",
    ),
    Guard(
        "only the account itself says that it moved",
        "forged Move; pull form (FEP-7628)",
        MOVES,
        "    if activity.object_id != activity.actor.id:\n        return None\n",
        "",
        f"{T_MOVES}::test_a_move_of_two_accounts_at_once_changes_nothing",
    ),
    Guard(
        "the new address names the old one",
        "Move to somebody who knows nothing of it",
        MOVES,
        "    if old not in actor.also_known_as:\n",
        "    if False:\n",
        f"{T_HUBS}::test_what_is_not_confirmed_moves_nobody",
    ),
    Guard(
        "the new address is the account that was named",
        "Move to an address that leads to another account",
        MOVES,
        "    if actor.id != target or here.uris.is_ours(actor.id):\n",
        "    if False:\n",
        f"{T_MOVES}::test_an_address_that_leads_to_another_account_confirms_nothing",
    ),
    Guard(
        "nobody moves to whom we refuse",
        "CVE-2026-23961: a block is not got round",
        MOVES,
        "    if moderation.is_blocked(tx, new):\n        return False\n",
        "",
        f"{T_MOVES}::test_an_address_refused_between_the_news_and_its_confirmation_is_not_noted",
    ),
    Guard(
        "seven days between two moves",
        "followers led in circles",
        MOVES,
        "        return before[0] == new\n",
        "        return True\n",
        f"{T_MOVES}::test_a_second_move_within_seven_days_is_not_believed",
    ),
    Guard(
        "an outbox that says nothing is new is believed for less than a day",
        "a withdrawal hidden behind an unchanged number",
        "server/hub/calls/errands.py",
        "store.validators_of(tx, outbox, now - BELIEVED_FOR))\n",
        "store.validators_of(tx, outbox, now - 99 * BELIEVED_FOR))\n",
        f"{T_CATCH_UP}::test_an_outbox_that_says_so_wrongly_is_believed_for_less_than_a_day",
    ),
    Guard(
        "a Follow that comes again is answered while its server takes answers",
        "RES-12",
        "server/fediverse/followers/actions.py",
        "    if not owes_enough(tx, activity.actor.id):\n",
        "    if True:\n",
        "tests/server/initiative/test_questions_without_end.py"
        "::test_res_12_answers_that_nobody_takes_do_not_pile_up",
    ),
    Guard(
        "of a hub that changes its mind the last hundred steps are kept",
        "CVE-2026-69132: rows that a stranger makes",
        "server/initiative/memberships/store.py",
        "    tx.run(QUERIES.forget_old_steps, actor_id=actor_id, hub=hub, most=MOST_STEPS)\n",
        "",
        "tests/server/initiative/test_hubs_that_change_their_mind.py::test_the_steps_of_one_wish_are_counted",
    ),
    Guard(
        "of Follows that ended the last are kept",
        "CVE-2026-69132: rows that a stranger makes",
        "server/fediverse/followers/store.py",
        "    tx.run(QUERIES.forget_ended, local_actor=local_actor, target=target, most=MOST_ENDED)\n",
        "",
        "tests/server/initiative/test_hubs_that_change_their_mind.py"
        "::test_of_follows_that_ended_the_last_are_remembered",
    ),
)

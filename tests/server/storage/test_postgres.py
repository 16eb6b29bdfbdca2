"""What PostgreSQL does besides the contract: several processes, conflicts, restarts, and errors in plain words."""

import asyncio

import psycopg
import pytest

from server.storage.database import Damaged, StorageUnavailable, Transaction
from server.storage.migrate import read_migrations
from server.storage.opening import open_database
from server.storage.postgres import PostgresDatabase, open_postgres
from server.storage.postgres_units import MOST_PAYLOAD, Done, said
from tests.postgres_server import PostgresServer
from tests.server.storage.words import ALL, INSERT, add, query, words

pytestmark = pytest.mark.anyio

SECRET = "correct-horse"


async def other_process(address: str) -> PostgresDatabase:
    opened = await open_postgres(address)
    assert isinstance(opened, PostgresDatabase)
    return opened


def count_and_add(tx: Transaction) -> int:
    """Trusts what it read: two at once would see the same number."""
    number = len(tx.all(ALL))
    tx.run(INSERT, word=f"{number:04}")
    return number


async def test_units_that_meet_run_again_as_if_one_came_after_the_other(
    postgres: PostgresDatabase, address: str
) -> None:
    other = await other_process(address)
    numbers = await asyncio.gather(
        *(database.write(count_and_add) for _ in range(20) for database in (postgres, other))
    )
    assert sorted(numbers) == list(range(40))
    assert await postgres.read(words) == [f"{number:04}" for number in range(40)]
    await other.close()


async def test_a_unit_that_meets_others_for_ever_is_refused_in_the_end(postgres: PostgresDatabase) -> None:
    runs: list[int] = []

    def meets(tx: Transaction) -> None:
        runs.append(1)
        add(f"{len(runs)}")(tx)
        raise psycopg.errors.SerializationFailure

    with pytest.raises(StorageUnavailable, match="meet in the database"):
        await postgres.write(meets)
    assert 5 <= len(runs) <= 50
    assert await postgres.read(words) == []


async def test_what_others_commit_wakes_and_counts_as_changed(
    postgres: PostgresDatabase, address: str
) -> None:
    other = await other_process(address)
    waiter = other.waiter("deliveries")
    # Whatever was said before it listened counts as heard.
    await waiter.wait(0.01)
    before = other.changes.number

    def work(tx: Transaction) -> None:
        add("one")(tx)
        tx.wake("deliveries")

    await postgres.write(work)
    assert await waiter.wait(5)
    assert other.changes.since(before, ["words"])
    assert not other.changes.since(before, ["accounts"])
    await other.close()


async def test_what_a_process_says_itself_counts_once(postgres: PostgresDatabase, address: str) -> None:
    other = await other_process(address)
    waiter = other.waiter("deliveries")
    await postgres.write(add("one"))
    after = postgres.changes.number
    await postgres.write(lambda tx: tx.wake("deliveries"))
    assert await waiter.wait(5)
    # By now its own listener has heard of the first commit too.
    await asyncio.sleep(0.05)
    assert postgres.changes.number == after
    await other.close()


def test_too_much_to_say_is_said_as_anything() -> None:
    few = said("me", Done(None, frozenset(["a"]), frozenset(["t", "u"])))
    assert few == "me|a|t u"
    many = said("me", Done(None, frozenset(), frozenset(f"table_{number}" for number in range(2000))))
    assert many == "me"
    assert len(few) < MOST_PAYLOAD


async def test_anything_may_have_changed(postgres: PostgresDatabase, address: str) -> None:
    waiter = postgres.waiter("deliveries")
    before = postgres.changes.number
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_notify('antipole', 'somebody')")
    assert await waiter.wait(5)
    assert postgres.changes.since(before, ["accounts"])


async def test_only_one_of_all_processes_is_alone(postgres: PostgresDatabase, address: str) -> None:
    other = await other_process(address)
    async with postgres.alone("chores") as first, other.alone("chores") as second:
        assert (first, second) == (True, False)
        async with postgres.alone("chores") as again, other.alone("something else") as elsewhere:
            assert (again, elsewhere) == (False, True)
    async with other.alone("chores") as later:
        assert later
    await other.close()


async def test_whoever_loses_its_connections_gets_new_ones(
    postgres: PostgresDatabase, postgres_server: PostgresServer
) -> None:
    await asyncio.gather(*(postgres.write(add(f"{number}")) for number in range(8)))
    await asyncio.gather(*(postgres.read(words) for _ in range(8)))
    waiter = postgres.waiter("deliveries")
    before = postgres.changes.number
    postgres_server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'antipole'"
    )
    outcomes = await asyncio.gather(*(postgres.write(add(f"later {number}")) for number in range(8)))
    assert outcomes == [1] * 8
    assert len(await postgres.read(words)) == 16
    # The listener too; until then it trusts nothing it knows.
    assert await waiter.wait(10)
    assert postgres.changes.since(before, ["accounts"])
    assert not postgres.changes.deaf


async def test_a_connection_lost_in_mid_unit_runs_it_again(
    postgres: PostgresDatabase, postgres_server: PostgresServer
) -> None:
    await postgres.write(add("warm"))
    runs: list[int] = []

    def loses_it_once(tx: Transaction) -> None:
        runs.append(1)
        add("one")(tx)
        row = tx.one(query("SELECT pg_backend_pid() AS pid"))
        assert row
        if len(runs) == 1:
            postgres_server.run(f"SELECT pg_terminate_backend({int(row['pid'])})")
        add("two")(tx)

    await postgres.write(loses_it_once)
    assert len(runs) == 2
    assert await postgres.read(words) == ["one", "two", "warm"]


async def test_a_commit_of_unknown_outcome_is_not_run_again(
    postgres: PostgresDatabase, postgres_server: PostgresServer
) -> None:
    """Else what happened would happen twice; the sender comes again and finds out."""
    await postgres.write(
        lambda tx: tx.run(
            query(
                "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_sleep(5); RETURN NULL; END $$"
            )
        )
    )
    await postgres.write(
        lambda tx: tx.run(
            query(
                "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON words "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()"
            )
        )
    )
    runs: list[int] = []

    def work(tx: Transaction) -> None:
        runs.append(1)
        add("one")(tx)

    writing = asyncio.create_task(postgres.write(work))
    for _ in range(500):
        found = postgres_server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"
        )
        if found:
            break
        await asyncio.sleep(0.01)
    with pytest.raises(StorageUnavailable):
        await writing
    assert runs == [1]
    await postgres.write(lambda tx: tx.run(query("DROP FUNCTION wait() CASCADE")))


async def test_a_migration_by_another_process_does_not_stop_this_one(
    postgres: PostgresDatabase, address: str
) -> None:
    """A statement that was prepared answers other columns now."""
    everything = query("SELECT * FROM words")
    for _ in range(20):
        await postgres.read(lambda tx: tx.all(everything))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER TABLE words ADD COLUMN n BIGINT")
    for _ in range(20):
        assert await postgres.read(lambda tx: tx.all(everything)) == []


async def test_a_unit_may_not_hold_the_others(postgres: PostgresDatabase) -> None:
    row = await postgres.write(
        lambda tx: tx.one(
            query(
                "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, "
                "current_setting('transaction_isolation') AS isolation, current_setting('synchronous_commit') AS sync"
            )
        )
    )
    assert row == {"statement": "1min", "lock": "10s", "isolation": "serializable", "sync": "on"}
    row = await postgres.read(
        lambda tx: tx.one(query("SELECT current_setting('transaction_read_only') AS ro"))
    )
    assert row == {"ro": "on"}


# Opening


async def refused(address: str, *, create: bool = False) -> str:
    with pytest.raises(StorageUnavailable) as refusal:
        await open_postgres(address, create=create)
    assert SECRET not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            f"postgresql://u:{SECRET}@127.0.0.1:1/x",
            "postgresql://127.0.0.1/x: The database server does not answer",
        ),
        (f"postgresql://u:{SECRET}@[", "The database's address cannot be read"),
        (f"postgresql://u:{SECRET}@host/x?nonsense={SECRET}", "The database's address cannot be read"),
    ],
)
async def test_an_address_that_leads_nowhere(address: str, sentence: str) -> None:
    assert sentence in await refused(address)


async def test_a_database_or_a_user_that_is_not_there(postgres_server: PostgresServer) -> None:
    assert "make it first, with createdb" in await refused(postgres_server.address("nowhere"))
    stranger = postgres_server.address("postgres").replace("postgres@", f"nobody:{SECRET}@")
    assert "refuses this user" in await refused(stranger)


async def test_an_empty_database_is_not_started_and_one_with_something_in_it_is_not_made(
    postgres_server: PostgresServer, address: str
) -> None:
    empty = postgres_server.new_database()
    with pytest.raises(Damaged, match="empty: restore a backup"):
        await open_postgres(empty)
    with pytest.raises(FileExistsError, match="not empty"):
        await open_postgres(address, create=True)
    postgres_server.drop(empty)


async def test_several_processes_that_start_together_migrate_once(postgres_server: PostgresServer) -> None:
    fresh = postgres_server.new_database()
    await (await open_postgres(fresh, create=True)).close()
    with psycopg.connect(fresh, autocommit=True) as connection:
        # As if the newest migrations had come with an update.
        connection.execute("DROP TABLE call_readers")
        connection.execute("DELETE FROM migrations WHERE name = 'which_servers_fetched_a_call'")
    opened = await asyncio.gather(*(open_postgres(fresh) for _ in range(4)))
    for database in opened:
        await database.close()
    with psycopg.connect(fresh) as connection:
        rows = connection.execute("SELECT number, checksum FROM migrations ORDER BY number").fetchall()
    assert rows == [(one.number, one.checksum) for one in read_migrations(postgres=True)]
    postgres_server.drop(fresh)


async def test_a_newer_database_is_left_alone(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'of_the_future', '', 0)")
    with pytest.raises(Damaged, match=r"newer Antipole \(migration 9999\)"):
        await open_postgres(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DELETE FROM migrations WHERE number = 9999")


async def test_without_the_driver_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.storage.opening.find_spec", lambda name: None)
    with pytest.raises(StorageUnavailable, match=r"install antipole\[postgres\]"):
        await open_database("postgresql:///x", __file__)  # type: ignore[arg-type] # not looked at


async def test_a_copy_is_refused_with_what_to_do_instead(
    postgres: PostgresDatabase, tmp_path: object
) -> None:
    with pytest.raises(StorageUnavailable, match="pg_dump"):
        await postgres.copy_to(tmp_path)  # type: ignore[arg-type] # a Path, not looked at

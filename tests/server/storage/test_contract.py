"""What every engine owes to the house: see `Database` and `Transaction` in server/storage/database.py."""

import asyncio
import sqlite3

import psycopg
import pytest

from server.storage.changes import WATCHED
from server.storage.database import Database, StorageUnavailable, Transaction
from tests.server.storage.words import ALL, INSERT, add, query, words

pytestmark = pytest.mark.anyio


async def test_a_unit_returns_what_it_computes_and_is_seen_by_readers(either: Database) -> None:
    assert await either.write(add("one")) == 1
    assert await either.read(words) == ["one"]


async def test_rows_are_mappings(either: Database) -> None:
    row = await either.write(
        lambda tx: tx.one(query("INSERT INTO words VALUES ('a') RETURNING word, 7 AS n"))
    )
    assert row == {"word": "a", "n": 7}
    assert await either.read(lambda tx: tx.one(query("SELECT word FROM words WHERE word = 'b'"))) is None


async def test_run_many_counts_all_rows(either: Database) -> None:
    rows = [{"word": "a"}, {"word": "b"}]
    assert await either.write(lambda tx: tx.run_many(INSERT, rows)) == 2


async def test_a_failing_unit_rolls_back_itself_and_nobody_else(either: Database) -> None:
    def fails(tx: Transaction) -> None:
        add("half")(tx)
        raise LookupError("no such initiative")

    def breaks_a_rule(tx: Transaction) -> None:
        add("also half")(tx)
        add("first")(tx)

    await either.write(add("first"))
    outcomes = await asyncio.gather(
        either.write(fails),
        either.write(breaks_a_rule),
        either.write(add("last")),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], LookupError)
    assert outcomes[2] == 1
    assert isinstance(outcomes[1], (sqlite3.IntegrityError, psycopg.IntegrityError))
    assert await either.read(words) == ["first", "last"]


async def test_a_reader_sees_one_snapshot(either: Database) -> None:
    loop = asyncio.get_running_loop()

    def looks_twice(tx: Transaction) -> tuple[list[str], list[str]]:
        before = words(tx)
        asyncio.run_coroutine_threadsafe(either.write(add("meanwhile")), loop).result()
        return before, words(tx)

    assert await either.read(looks_twice) == ([], [])
    assert await either.read(words) == ["meanwhile"]


async def test_readers_cannot_write(either: Database) -> None:
    with pytest.raises((StorageUnavailable, sqlite3.OperationalError)):
        await either.read(add("sneaked in"))
    assert await either.read(words) == []


async def test_more_readings_than_readers_wait_for_their_turn(either: Database) -> None:
    found = await asyncio.gather(*(either.read(words) for _ in range(20)))
    assert found == [[]] * 20


async def test_a_commit_wakes_whoever_waits(either: Database) -> None:
    waiter, other = either.waiter("deliveries"), either.waiter("errands")
    waiting = asyncio.create_task(waiter.wait(5))
    await asyncio.sleep(0)
    await either.write(lambda tx: tx.wake("deliveries"))
    assert await waiting
    assert not await other.wait(0)


async def test_a_wake_before_the_wait_is_not_lost_and_counts_once(either: Database) -> None:
    waiter = either.waiter("deliveries")
    await either.write(lambda tx: tx.wake("deliveries"))
    assert await waiter.wait(0.1)
    assert not await waiter.wait(0.01)


async def test_what_is_rolled_back_wakes_nobody(either: Database) -> None:
    waiter = either.waiter("deliveries")

    def fails(tx: Transaction) -> None:
        tx.wake("deliveries")
        raise LookupError

    with pytest.raises(LookupError):
        await either.write(fails)
    assert not await waiter.wait(0.01)


async def test_closing_finishes_what_was_handed_in(either: Database) -> None:
    handed_in = [asyncio.create_task(either.write(add(f"{number}"))) for number in range(30)]
    await asyncio.sleep(0)
    await either.close()
    assert await asyncio.gather(*handed_in) == [1] * 30
    for late in (either.write(add("late")), either.read(words)):
        with pytest.raises(StorageUnavailable, match="stopping"):
            await late
    await either.close()


async def test_what_was_changed_is_known_before_the_answer(either: Database) -> None:
    before = either.changes.number
    await either.write(add("one"))
    assert either.changes.since(before, ["words"])
    assert not either.changes.since(before, ["accounts"])
    before = either.changes.number
    await either.write(lambda tx: tx.run(query("UPDATE words SET word = 'x' WHERE word = 'y'")))
    assert not either.changes.since(before, ["words"])


async def test_who_watches_learns_which_tables_were_read(either: Database) -> None:
    tables: set[str] = set()
    token = WATCHED.set(tables)
    await either.read(words)
    WATCHED.reset(token)
    await either.read(lambda tx: tx.all(query("SELECT id FROM accounts")))
    assert tables == {"words"}


async def test_a_value_may_stand_in_any_place_and_contain_anything(either: Database) -> None:
    """Quotes, percent signs and colons are letters; comments and quoted names bind nothing."""
    odd = """100 % of 'it', "or" :word -- ? \\ ёж 🦔"""
    await either.write(add(odd))
    found = await either.read(
        lambda tx: tx.all(
            query(
                "SELECT word, ':no % %s' AS text -- :nor 'this\n"
                "FROM words /* :nor that % */ WHERE word = :word AND word LIKE '%' || :part || '%'"
            ),
            word=odd,
            part="ёж",
        )
    )
    assert found == [{"word": odd, "text": ":no % %s"}]


async def test_numbers_come_back_as_they_went(either: Database) -> None:
    row = await either.read(
        lambda tx: tx.one(
            query(
                "SELECT SUM(CAST(n AS BIGINT)) AS total, COUNT(*) AS many, CAST(:big AS BIGINT) AS big, "
                "CAST(:truth AS BIGINT) AS truth FROM (SELECT 1 AS n UNION ALL SELECT 2) AS two"
            ),
            big=2**62,
            truth=True,
        )
    )
    assert row is not None
    assert dict(row) == {"total": 3, "many": 2, "big": 2**62, "truth": 1}
    assert {type(value) for value in row.values()} == {int}


async def test_an_optional_filter_is_left_out(either: Database) -> None:
    await either.write(add("one"))
    some = query("SELECT word FROM words WHERE CAST(:word AS TEXT) IS NULL OR word = CAST(:word AS TEXT)")
    assert await either.read(lambda tx: tx.all(some, word=None)) == [{"word": "one"}]
    assert await either.read(lambda tx: tx.all(some, word="two")) == []


async def test_text_sorts_byte_by_byte(either: Database) -> None:
    """In our tables: pages are cut by addresses, and a cut must not depend on a machine's language."""
    texts = ["a", "B", "ä", "Z", "z", "_", "-", "ї", "~", "10", "9"]
    insert = query("INSERT INTO own_secrets (name, secret) VALUES (:name, '')")
    await either.write(lambda tx: tx.run_many(insert, [{"name": text} for text in texts]))
    found = await either.read(lambda tx: tx.all(query("SELECT name FROM own_secrets ORDER BY name")))
    assert [row["name"] for row in found] == sorted(texts, key=str.encode)
    after = query("SELECT COUNT(*) AS n FROM own_secrets WHERE name > :name")
    row = await either.read(lambda tx: tx.one(after, name="Z"))
    assert row == {"n": len([text for text in texts if text.encode() > b"Z"])}


async def test_a_unit_that_swallows_an_error_keeps_nothing_by_half(either: Database) -> None:
    def swallows(tx: Transaction) -> int:
        add("before")(tx)
        try:
            add("before")(tx)
        except (sqlite3.Error, psycopg.Error):
            return len(tx.all(ALL))
        return 0

    try:
        assert await either.write(swallows) == 1
        kept = ["before"]
    except psycopg.Error:
        # There an error ends the transaction: then the caller hears of it.
        kept = []
    assert await either.read(words) == kept


async def test_only_one_is_alone(either: Database) -> None:
    async with either.alone("chores") as held:
        assert held


async def test_a_sound_database_has_no_problems(either: Database) -> None:
    assert await either.problems() == []
    await either.tidy()

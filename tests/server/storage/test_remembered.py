"""Counts kept in memory are those that anybody would count now, and few."""

from functools import partial

import pytest

from server.storage.changes import WATCHED
from server.storage.database import Database, Transaction
from server.storage.remembered import MOST, Remembered
from tests.server.storage.words import ALL, add, words

pytestmark = pytest.mark.anyio

TABLES = ALL.reads


class Counting:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self, tx: Transaction) -> int:
        self.times += 1
        return len(words(tx))


async def test_counted_once_until_something_changes(either: Database) -> None:
    remembered, count = Remembered(either.changes), Counting()
    found = []
    for word in ("a", "b"):
        await either.write(add(word))
        found += [await either.read(remembered.ask("words", TABLES, count).answer) for _ in range(3)]
    assert found == [1, 1, 1, 2, 2, 2]
    assert count.times == 2


async def test_what_was_counted_before_a_change_is_not_kept_beyond_it(either: Database) -> None:
    remembered, count = Remembered(either.changes), Counting()
    asked = remembered.ask("words", TABLES, count)
    assert await either.read(asked.answer) == 0
    # As if the commit had come between the snapshot and its answer: the count is of before.
    late = remembered.ask("others", TABLES, count)
    await either.write(add("a"))
    remembered.keep("others", late._number, 0)
    assert await either.read(remembered.ask("others", TABLES, count).answer) == 1


async def test_another_table_changes_nothing(either: Database) -> None:
    remembered, count = Remembered(either.changes), Counting()
    for _ in range(2):
        await either.read(remembered.ask("words", TABLES, count).answer)
        either.changes.add({"followers"})
    assert count.times == 1


async def test_while_other_processes_are_not_heard_nothing_is_believed(either: Database) -> None:
    remembered, count = Remembered(either.changes), Counting()
    await either.read(remembered.ask("words", TABLES, count).answer)
    either.changes.deaf = True
    await either.read(remembered.ask("words", TABLES, count).answer)
    assert count.times == 2


async def test_who_keeps_a_page_hears_of_the_tables_behind_a_remembered_count(either: Database) -> None:
    remembered = Remembered(either.changes)
    await either.read(remembered.ask("words", TABLES, Counting()).answer)
    tables: set[str] = set()
    watching = WATCHED.set(tables)
    try:
        await either.read(remembered.ask("words", TABLES, Counting()).answer)
    finally:
        WATCHED.reset(watching)
    assert tables >= {"words"}


async def test_strangers_who_make_up_filters_fill_no_memory(either: Database) -> None:
    remembered, first = Remembered(either.changes), Counting()
    for key in range(MOST + 1):
        await either.read(remembered.ask(key, TABLES, partial(first)).answer)
        # Asked for all the time, so it stays.
        await either.read(remembered.ask(0, TABLES, first).answer)
    assert first.times == MOST + 1
    assert len(remembered._kept) == MOST
    await either.read(remembered.ask(1, TABLES, first).answer)
    assert first.times == MOST + 2

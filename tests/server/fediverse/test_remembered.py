"""Senders in memory: asked for once, never more than a few, and no longer than nothing changed about anybody."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from server.fediverse import actors
from server.fediverse.actors.others import store
from server.storage.database import Database, Transaction
from server.storage.opening import open_database
from tests.fediverse import Fediverse
from tests.server.speaking import remote, speaker

pytestmark = pytest.mark.anyio

ID = "https://peer.example/id/1"
KEY = f"{ID}#main-key"


class Counted:
    """A database that counts how often it is read."""

    def __init__(self, database: Database) -> None:
        self.database, self.changes, self.reads = database, database.changes, 0

    async def read(self, work: Callable[[Transaction], Any]) -> Any:
        self.reads += 1
        return await self.database.read(work)


async def test_who_was_asked_for_lately_is_not_read_again(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    database = Counted(node.services.database)
    remembered = actors.Remembered(database)  # type: ignore[arg-type] # it only reads
    await node.services.database.write(lambda tx: actors.remember(tx, remote(ID)))
    for _ in range(3):
        assert await remembered.by_key_id(KEY) is not None
    assert database.reads == 1
    await node.services.database.write(lambda tx: actors.forget(tx, ID))
    assert await remembered.by_key_id(KEY) is None


async def test_who_changes_while_being_read_is_read_again(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    database = Counted(node.services.database)
    remembered = actors.Remembered(database)  # type: ignore[arg-type] # it only reads
    await node.services.database.write(lambda tx: actors.remember(tx, remote(ID)))
    read = database.read

    async def slowly(work: Callable[[Transaction], Any]) -> Any:
        found = await read(work)
        await node.services.database.write(lambda tx: actors.forget(tx, ID))
        return found

    database.read = slowly  # type: ignore[method-assign] # the moment between reading and keeping
    assert await remembered.by_key_id(KEY) is not None
    database.read = read  # type: ignore[method-assign] # as before
    assert await remembered.by_key_id(KEY) is None


async def test_no_more_are_kept_than_there_is_room_for(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_KEPT", 2)
    node, _ = await speaker(fediverse)
    database = Counted(node.services.database)
    remembered = actors.Remembered(database)  # type: ignore[arg-type] # it only reads
    heavy = replace(remote(f"{ID}9"), public_keys={f"{ID}9#{n}": "x" * store.HEAVIEST_KEPT for n in range(2)})
    for one in (remote(f"{ID}0"), remote(f"{ID}1"), remote(f"{ID}2"), heavy):
        await node.services.database.write(partial(actors.remember, actor=one))
    for number in (0, 1, 2, 2, 1, 9, 9):
        assert await remembered.by_id(f"{ID}{number}") is not None
    assert database.reads == 5
    assert await remembered.by_id(f"{ID}0") is not None
    assert database.reads == 6


@pytest.mark.both_engines
async def test_a_key_that_another_process_changed_counts_no_more(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    await node.services.database.write(lambda tx: actors.remember(tx, remote(ID)))
    remembered = actors.Remembered(node.services.database)
    assert await remembered.by_key_id(KEY) is not None
    # SQLite has one process; there the same database stands for the other one.
    address = node.services.here.settings.database
    other = await open_database(address, node.services.paths.database) if address else node.services.database
    try:
        new = replace(remote(ID), public_keys={f"{ID}#2": "another"})
        await other.write(lambda tx: actors.remember(tx, new))
        await until_gone(remembered)
        assert await remembered.by_key_id(f"{ID}#2") is not None
    finally:
        if other is not node.services.database:
            await other.close()


async def until_gone(remembered: actors.Remembered) -> None:
    for _ in range(200):
        if await remembered.by_key_id(KEY) is None:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the old key still counts")

"""Changes to the blocks: the list in memory says the same as the table before anybody is answered."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.moderation.store import CHANGED, blocked
from server.storage.database import Database, Transaction

T = TypeVar("T")

READ_ANEW_AFTER = 30.0
"""Seconds after which the list is read even if nobody said that it changed: word of it may have been lost."""


async def change_blocks(database: Database, blocklist: Blocklist, work: Callable[[Transaction], T]) -> T:
    """What `work` answers, once it is durable and `blocklist` knows of it. Raises what `work` raises.

    Whoever asked may hang up meanwhile: what was committed is known all the same.
    """
    return await asyncio.shield(asyncio.ensure_future(_change(database, blocklist, work)))


async def _change(database: Database, blocklist: Blocklist, work: Callable[[Transaction], T]) -> T:
    result = await database.write(work)
    await read_blocks(database, blocklist)
    return result


async def read_blocks(database: Database, blocklist: Blocklist) -> None:
    """One at a time: of two changes at once, the one that reads first must not be the one that writes last."""
    async with blocklist.turn:
        blocklist.replace(await database.read(blocked))


async def follow_blocks(database: Database, blocklist: Blocklist) -> None:
    """For ever: what was blocked in another process is refused here a moment later. Raises `StorageUnavailable`."""
    waiter = database.waiter(CHANGED)
    while True:
        # Before the waiting: what changed since the start, when nobody listened here, is known as well.
        await read_blocks(database, blocklist)
        await waiter.wait(READ_ANEW_AFTER)

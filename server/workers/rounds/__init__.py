"""Work that only time starts, done by one of all processes, at its pace across all of them and all starts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from server.services import Services
from server.workers.rounds import store

LOOK_AGAIN = timedelta(minutes=1)
"""Whoever was at it may have died at it: what was not finished is begun again by another process."""


async def take_turn(
    services: Services,
    name: str,
    every: timedelta,
    work: Callable[[], Awaitable[int]],
    *,
    early: bool = False,
) -> float:
    """Does `work` when `every` has passed since it was last done, or `early`, and nobody else is at it now; answers in
    how many seconds to ask again.

    It counts as done once it has ended: one that is cut off is begun again. Raises `StorageUnavailable`, and what
    `work` raises; that was no turn.
    """
    database, clock = services.database, services.here.clock
    async with database.alone(f"round {name}") as alone:
        if not alone:
            return min(every, LOOK_AGAIN).total_seconds()
        now = clock.now()
        due = await database.read(partial(store.due_at, name=name, every=every, now=now))
        if due > now and not early:
            return (due - now).total_seconds()
        await work()
        await database.write(partial(store.done, name=name, now=clock.now()))
    return every.total_seconds()

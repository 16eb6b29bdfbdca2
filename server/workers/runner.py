"""Starts and stops the workers of one process, and keeps them at work whatever happens inside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from server.feature import Feature
from server.fediverse import moderation
from server.services import Services
from server.storage.database import StorageUnavailable
from server.workers import deliveries, refresh, retention
from server.workers.bugs import report

PAUSE_AFTER_CRASH = 5.0

PAUSE_WITHOUT_STORAGE = 1.0
"""Everything is as before within five seconds of the disk having room again (SAFETY R11)."""


class Workers:
    """One task each for deliveries, errands, chores and retention, and for what every process keeps in memory.

    `with_work` False: the last alone, in a process that answers only.
    """

    def __init__(self, services: Services, features: Sequence[Feature], *, with_work: bool = True) -> None:
        self._work: dict[str, Callable[[], Awaitable[None]]] = {
            "blocks": lambda: moderation.follow_blocks(services.database, services.here.blocklist)
        }
        if with_work:
            self._work |= {
                "deliveries": lambda: deliveries.run(services),
                "errands": lambda: refresh.run_errands_for_ever(services, features),
                "chores": lambda: refresh.run_chores_for_ever(services, features),
                "retention": lambda: retention.run(services),
            }
        self._tasks: list[asyncio.Task[None]] = []
        self._resting: set[str] = set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(name), name=name) for name in self._work]

    async def stop(self) -> None:
        """Ends them at once; what was in flight is sent again after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def alive(self) -> bool:
        """False before the start, after the end, and while one of them rests after a crash."""
        return bool(self._tasks) and not self._resting and all(not task.done() for task in self._tasks)

    async def _keep(self, name: str) -> None:
        while True:
            pause = PAUSE_AFTER_CRASH
            try:
                await self._work[name]()
            except StorageUnavailable:
                # A full disk is no bug; what was to be written is done again.
                pause = PAUSE_WITHOUT_STORAGE
            except Exception as error:
                report(f"worker {name}", error)
            else:
                await asyncio.Event().wait()  # a role without chores has nothing to do, and that is well
            self._resting.add(name)
            await asyncio.sleep(pause)
            self._resting.discard(name)

"""Who waits for which wake, in this process."""

import asyncio
from collections.abc import Iterable
from weakref import WeakSet

from server.storage.database import Waiter


class _Waiter:
    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.event.wait()
        except TimeoutError:
            return False
        self.event.clear()
        return True


class Waiters:
    """For the event loop's thread alone."""

    def __init__(self) -> None:
        self._waiters: dict[str, WeakSet[_Waiter]] = {}

    def waiter(self, name: str) -> Waiter:
        waiter = _Waiter()
        self._waiters.setdefault(name, WeakSet()).add(waiter)
        return waiter

    def wake(self, names: Iterable[str]) -> None:
        for name in names:
            for waiter in self._waiters.get(name, ()):
                waiter.event.set()

    def wake_all(self) -> None:
        self.wake(list(self._waiters))

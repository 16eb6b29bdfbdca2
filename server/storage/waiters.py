"""Who waits for which wake, in this process."""

import asyncio
from collections.abc import Iterable
from weakref import WeakKeyDictionary

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
    """For the event loop's thread alone. They wake in the order of names and of their making: by addresses in memory a
    simulated history would be another each time.
    """

    def __init__(self) -> None:
        self._waiters: dict[str, WeakKeyDictionary[_Waiter, None]] = {}

    def waiter(self, name: str) -> Waiter:
        waiter = _Waiter()
        self._waiters.setdefault(name, WeakKeyDictionary())[waiter] = None
        return waiter

    def wake(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            for waiter in self._waiters.get(name, ()):
                waiter.event.set()

    def wake_all(self) -> None:
        self.wake(self._waiters)

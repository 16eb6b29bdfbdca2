"""An event loop whose clock stands still while anybody can work, and jumps to the next timer when nobody can."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Stuck(Exception):
    """Nobody can do anything, and nothing is waited for: somebody waits for ever."""


class _Nothing(selectors.SelectSelector):
    """No file is ever ready. Waiting costs no time, it only passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck("nobody can do anything any more")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`run_in_executor` runs at once and in this thread: threads would make two histories of one seed."""

    def __init__(self) -> None:
        self._nothing = _Nothing()
        super().__init__(self._nothing)
        # Else a timer that is due a rounding error later would be waited for in steps that change nothing.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._nothing.now

    def run_in_executor(  # type: ignore[override] # the typeshed's own form is an async function in name only
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def call_soon_threadsafe(  # type: ignore[override] # the typeshed ties the arguments to the callback
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)


class SkewedClock:
    """Fulfils `federation.ports.Clock`: the loop's time, and what this machine's clock is off by."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.off = timedelta(0)

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=self._loop.time()) + self.off


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs `main()` on a loop of its own, and ends whatever it has left behind."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main())
    finally:
        for _ in range(3):
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()

"""A load generator: prepared requests over kept connections, as fast as they are answered or at a given rate."""

import asyncio
import math
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import httptools

from bench.line import percentile

PACE = 0.5
"""Share of the highest rate at which answering times are taken: at the highest, they only tell the number of
connections."""


@dataclass(frozen=True, slots=True)
class Driven:
    """`waits`: seconds from the moment a request was meant to be sent until it was answered."""

    seconds: float
    waits: list[float]
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds


@dataclass(frozen=True, slots=True)
class Compared:
    """`cpu` is the server's time for each of our items, in seconds; `ratio` the median over the rounds."""

    rate: float
    baseline_rate: float
    ratio: float
    cpu: float
    p50: float
    p99: float
    statuses: Counter[int]


class _Connection(asyncio.Protocol):
    """One request at a time. The server's answers are read as HTTP, never guessed from their length."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do what asyncio's do without being of their class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(ConnectionResetError("the server closed the connection before it answered"))

    async def ask(self, request: bytes) -> int:
        if self._transport is None or self._transport.is_closing():
            # A server may end a connection on which nothing was asked for a while.
            self._parser = httptools.HttpResponseParser(self)
            await asyncio.get_running_loop().create_connection(lambda: self, *self._address)
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Load:
    """Kept connections to one server."""

    def __init__(self, connections: Sequence[_Connection]) -> None:
        self._connections = connections

    async def drive(
        self, requests: Sequence[bytes], rate: float | None = None, seconds: float = math.inf
    ) -> Driven:
        """Sends each once, in order. With `rate` each has its moment, and a late answer delays no other moment.

        What could not be sent within `seconds` is left out.
        """
        loop = asyncio.get_running_loop()
        waits: list[float] = []
        statuses: Counter[int] = Counter()
        started = loop.time()
        numbered = iter(enumerate(requests))

        async def work(connection: _Connection) -> None:
            for number, request in numbered:
                due = loop.time()
                if due - started > seconds:
                    return
                if rate is not None:
                    await asyncio.sleep(started + number / rate - due)
                    due = started + number / rate
                statuses[await connection.ask(request)] += 1
                waits.append(loop.time() - due)

        async with asyncio.TaskGroup() as tasks:
            for connection in self._connections:
                tasks.create_task(work(connection))
        return Driven(loop.time() - started, waits, statuses)

    async def compare(
        self,
        ours: Sequence[bytes],
        baseline: bytes,
        *,
        rounds: int,
        cpu_seconds: Callable[[], float],
        settle: Callable[[], Awaitable[None]],
    ) -> Compared:
        """`ours` and as many of `baseline` in turns, so that both meet the same machine.

        An eighth of `ours` warms up, and a quarter goes at a moderate pace for the waits. `settle` returns when
        the server has finished what it was given.
        """
        warm, paced = len(ours) // 8, len(ours) // 4
        size = (len(ours) - warm - paced) // rounds
        await self.drive(ours[:warm])
        await settle()
        rates, baselines, cpu = [], [], 0.0
        statuses: Counter[int] = Counter()
        for start in range(warm, warm + rounds * size, size):
            baselines.append((await self.drive([baseline] * size)).rate)
            before = cpu_seconds()
            driven = await self.drive(ours[start : start + size])
            await settle()
            cpu += cpu_seconds() - before
            rates.append(driven.rate)
            statuses += driven.statuses
        rate = statistics.median(rates)
        last = await self.drive(ours[warm + rounds * size :], rate * PACE)
        await settle()
        return Compared(
            rate=rate,
            baseline_rate=statistics.median(baselines),
            ratio=statistics.median(own / other for own, other in zip(rates, baselines, strict=True)),
            cpu=cpu / (rounds * size),
            p50=percentile(last.waits, 0.5),
            p99=percentile(last.waits, 0.99),
            statuses=statuses + last.statuses,
        )


@asynccontextmanager
async def connected(address: tuple[str, int], connections: int) -> AsyncIterator[Load]:
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(connections):
            _, connection = await asyncio.get_running_loop().create_connection(
                partial(_Connection, address), *address
            )
            stack.callback(connection.close)
            opened.append(connection)
        yield Load(opened)

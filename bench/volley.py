"""A lean load generator: answers only counted, nothing awaited for each. It costs a third of what a server does."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter, process_time
from typing import cast

import httptools

from bench.load import Driven

TICK = 0.001
"""Seconds between the moments at which requests are sent that are due at a given rate."""


class _Connection(asyncio.Protocol):
    """One request at a time; `due` is when it was meant to be sent."""

    def __init__(self, volley: "Volley") -> None:
        self._volley = volley
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do what asyncio's do without being of their class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._volley.answered(self, self._parser.get_status_code())

    def connection_lost(self, _error: Exception | None) -> None:
        self._volley.lost()

    def send(self, request: bytes, due: float) -> None:
        assert self._transport is not None
        self.due = due
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Volley:
    """Kept connections to one server; `cpu` is this process's own time in seconds for each request of the last drive.

    While it is well below the server's, it is the server that is measured.
    """

    def __init__(self) -> None:
        self.connections: list[_Connection] = []
        self.cpu = 0.0
        self._requests: Iterator[bytes] = iter(())
        self._idle: deque[_Connection] = deque()
        self._late: deque[tuple[bytes, float]] = deque()
        self._paced = False
        self._left = 0
        self._waits: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._over: asyncio.Future[None] | None = None

    async def drive(self, requests: Sequence[bytes], rate: float | None = None) -> Driven:
        """Sends each once, in order. With `rate` each has its moment, and a late answer delays no other moment.

        Raises ConnectionResetError when the server closes a connection.
        """
        self._waits, self._statuses, self._left = [], Counter(), len(requests)
        self._requests, self._paced = iter(requests), rate is not None
        self._idle, self._late = deque(self.connections), deque()
        self._over = asyncio.get_running_loop().create_future()
        started, cpu = perf_counter(), process_time()
        if rate is None:
            for connection in self.connections:
                self._next(connection)
        else:
            await self._pace(started, rate)
        await self._over
        self._over = None
        self.cpu = (process_time() - cpu) / len(requests)
        return Driven(perf_counter() - started, self._waits, self._statuses)

    async def _pace(self, started: float, rate: float) -> None:
        for number, request in enumerate(self._requests):
            due = started + number / rate
            ahead = due - perf_counter()
            if ahead > 0:
                await asyncio.sleep(max(ahead, TICK))
            if self._idle:
                self._idle.popleft().send(request, due)
            else:
                self._late.append((request, due))

    def _next(self, connection: _Connection) -> None:
        if self._late:
            connection.send(*self._late.popleft())
        elif self._paced:
            self._idle.append(connection)
        elif (request := next(self._requests, None)) is not None:
            connection.send(request, perf_counter())

    def answered(self, connection: _Connection, status: int) -> None:
        self._waits.append(perf_counter() - connection.due)
        self._statuses[status] += 1
        self._left -= 1
        if self._left == 0 and self._over is not None:
            self._over.set_result(None)
        self._next(connection)

    def lost(self) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_exception(
                ConnectionResetError("the server closed a connection while it was asked")
            )


@asynccontextmanager
async def volley(address: tuple[str, int], connections: int) -> AsyncIterator[Volley]:
    made = Volley()
    try:
        for _ in range(connections):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(made), *address
            )
            made.connections.append(connection)
        yield made
    finally:
        for connection in made.connections:
            connection.close()

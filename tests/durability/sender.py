"""A sender as RFC and custom want it: it counts as accepted what was answered 2xx to the end, and repeats the rest."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Iterator
from typing import cast

import httptools

from tests.durability.strangers import Journal, Posted

CONNECTIONS = 16
REPEATED = 0.02
"""Share of what was accepted that is sent once more: its sender has lost our answer."""

PAUSE = 0.003


class Sender:
    """`work` runs until it is told to `finish`; then everything it began has been accepted."""

    def __init__(
        self, address: tuple[str, int], posts: Iterator[Posted], journal: Journal, chance: random.Random
    ) -> None:
        self._address = address
        self._posts = posts
        self._journal = journal
        self._chance = chance
        self._again: deque[Posted] = deque()
        self._finishing = False

    async def work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONNECTIONS):
                tasks.create_task(self._converse())

    def finish(self) -> None:
        self._finishing = True

    async def _converse(self) -> None:
        connection: _Conversation | None = None
        while (posted := self._next()) is not None:
            try:
                connection = connection or await _connect(self._address)
                status = await connection.ask(posted.request)
            except OSError:
                connection = None
                self._again.append(posted)
                await asyncio.sleep(PAUSE)
                continue
            self._journal.statuses[status] += 1
            if 200 <= status < 300:
                self._journal.write(posted, time.monotonic())
                if not self._finishing and self._chance.random() < REPEATED:
                    self._again.append(posted)
            elif status in (429, 503):
                self._again.append(posted)
                await asyncio.sleep(PAUSE)
            else:
                raise AssertionError(f"{posted.kind} {posted.id} was answered {status}")
        if connection is not None:
            connection.close()

    def _next(self) -> Posted | None:
        if self._again:
            return self._again.popleft()
        return None if self._finishing else next(self._posts)


async def _connect(address: tuple[str, int]) -> "_Conversation":
    _, conversation = await asyncio.get_running_loop().create_connection(_Conversation, *address)
    return conversation


class _Conversation(asyncio.Protocol):
    """One request at a time; an answer counts when its last byte is here."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._lost = False

    async def ask(self, request: bytes) -> int:
        """The status. Raises OSError when the connection ends before the answer does."""
        if self._lost or self._transport is None:
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do what asyncio's do without being of their class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(ConnectionResetError())

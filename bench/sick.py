"""Servers that are ill: half of the dead refuse connections, the others never take one up; the slow answer late."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from bench.sink import FIRST_ADDRESS, TAKEN
from tests.peers.loopback import loopback


class Sick:
    """Bound as long as the context lasts; the slow answer within `serving`. `asked` counts what these were sent."""

    def __init__(self, dead: int, slow: int, seconds: float) -> None:
        self._seconds = seconds
        self.asked = 0
        self._held = [_bound(number) for number in range(dead + slow)]
        self._knocking: list[socket.socket] = []
        for one in self._held[1:dead:2]:
            one.listen(0)
            self._fill(one)
        self._slow = self._held[dead:]
        for one in self._slow:
            one.listen(64)
        self.origins = ["http://{}:{}".format(*one.getsockname()) for one in self._held]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (*self._held, *self._knocking):
            one.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        servers = [await asyncio.start_server(self._dawdle, sock=one.dup()) for one in self._slow]
        try:
            yield
        finally:
            for server in servers:
                server.close()

    async def _dawdle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
                await reader.readexactly(
                    sum(int(value) for name, _, value in lines if name == b"content-length")
                )
                self.asked += 1
                await asyncio.sleep(self._seconds)
                writer.write(TAKEN)
        writer.close()

    def _fill(self, listening: socket.socket) -> None:
        """A queue that nobody empties: whoever comes now is not answered at all."""
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
            self._knocking.append(one)


def _bound(number: int) -> socket.socket:
    one = socket.socket()
    one.bind((loopback(FIRST_ADDRESS + number % 150), 0))
    return one

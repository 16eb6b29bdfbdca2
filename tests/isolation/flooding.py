"""Floods at a real server: what they consist of, the hosts they name, and meters for what they cost."""

import asyncio
import base64
import contextlib
import hashlib
import json
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Self, TypeVar

import uvloop
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bench.measured import LOAD, SERVED, on_core
from tests.doors.conftest import Served
from tests.doors.stranger import ACTIVITY_JSON
from tests.peers.loopback import loopback

T = TypeVar("T")

MEGABYTE = 1024 * 1024
SIGNATURES_A_SECOND = 4_000
"""Of RSA with 2048 bits, on a core of the machine on which the figures were set."""


class Victims:
    """Hosts that are asked for keys they never had: each counts, some answer after a while, some never."""

    def __init__(self, count: int) -> None:
        self.sockets = []
        for number in range(count):
            listening = socket.socket()
            # Each an address of its own where the system has a whole network of them.
            listening.bind((_address(number), 0))
            listening.listen(64)
            self.sockets.append(listening)
        self.authorities = ["{}:{}".format(*listening.getsockname()) for listening in self.sockets]
        self.asked: Counter[str] = Counter()
        self.open = 0
        self.most_open = 0
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        for number, listening in enumerate(self.sockets):
            answer = self._answering(self.authorities[number], silent=number % 10 == 0)
            self._servers.append(await asyncio.start_server(answer, sock=listening))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()

    def _answering(self, authority: str, *, silent: bool) -> Callable[..., Awaitable[None]]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            try:
                while await reader.readuntil(b"\r\n\r\n"):
                    self.asked[authority] += 1
                    with contextlib.suppress(TimeoutError):
                        # Until the other side has had enough of it.
                        async with asyncio.timeout(60 if silent else 0.05):
                            await reader.read()
                            break
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    break
            except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                pass  # cancelled when the test ends
            finally:
                self.open -= 1
                writer.close()

        return answer


def _address(number: int) -> str:
    address = f"127.9.{number // 250}.{number % 250 + 1}"
    return address if loopback(9) == "127.0.0.9" else "127.0.0.1"


def raw(served: Served, headers: dict[str, str], body: bytes) -> bytes:
    lines = ["POST /inbox HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


def forgery(served: Served, key_id: str, number: int) -> bytes:
    """Well formed in all but the signature, which is bytes of nobody's key."""
    actor = key_id.partition("#")[0]
    activity = {"id": f"{actor}/likes/{number}", "type": "Like", "actor": actor, "object": served.hub}
    body = json.dumps(activity).encode()
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {
        "host": served.authority,
        "date": format_datetime(datetime.now(UTC), usegmt=True),
        "digest": f"SHA-256={digest}",
        "content-type": ACTIVITY_JSON,
        "signature": f'keyId="{key_id}",algorithm="rsa-sha256",'
        f'headers="(request-target) host date digest content-type",signature="{"A" * 342}=="',
    }
    return raw(served, headers, body)


class Unguarded(Served):
    """Without some of its guards: see `unguarded.py`."""

    def without(self, *guards: str) -> "Unguarded":
        self.program = [sys.executable, "-m", "tests.isolation.unguarded", ",".join(guards)]
        return self


@dataclass(frozen=True, slots=True)
class Stored:
    """What a database holds: its pages in bytes, and each table's rows as a digest."""

    size: int
    tables: Mapping[str, bytes]


def stored(served: Served) -> Stored:
    """Read beside the running server. Without `rounds`, in which chores note when they last looked around."""
    with closing(sqlite3.connect(f"file:{served.directory}/antipole.sqlite3?mode=ro", uri=True)) as database:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        )
        tables = {
            name: hashlib.sha256(repr(database.execute(f"SELECT * FROM {name}").fetchall()).encode()).digest()
            for (name,) in names.fetchall()
            if name != "rounds"
        }
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        (bytes_each,) = database.execute("PRAGMA page_size").fetchone()
    return Stored(pages * bytes_each, tables)


async def settled(served: Served) -> Stored:
    """Once nothing has been written for two seconds: a start and a Follow leave work behind."""
    known, begun = stored(served), time.monotonic()
    since = begun
    while time.monotonic() - since < 2 and time.monotonic() - begun < 15:
        await asyncio.sleep(0.2)
        if (now := stored(served)) != known:
            known, since = now, time.monotonic()
    return known


def slowness() -> float:
    """How many times longer than on the machine of the figures a signature takes on the server's core right now, at
    least 1: figures in milliseconds are those of a core that is ours.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with on_core(SERVED):
        begun, signed = time.monotonic(), 0
        while time.monotonic() - begun < 0.4:
            key.sign(b"x", padding.PKCS1v15(), hashes.SHA256())
            signed += 1
        rate = signed / (time.monotonic() - begun)
    return max(1.0, SIGNATURES_A_SECOND / rate)


@contextlib.asynccontextmanager
async def greatest_memory(served: Served) -> AsyncIterator[list[int]]:
    """Its memory before, and the most it took meanwhile, in bytes, looked at fifty times a second."""
    most = [served.memory(), served.memory()]

    async def look() -> None:
        while True:
            most[1] = max(most[1], served.memory())
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    try:
        yield most
    finally:
        looking.cancel()


def run(measured: Coroutine[Any, Any, T]) -> T:
    """On the core that is not the server's, so that the load takes no time from it."""
    with on_core(LOAD), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measured)

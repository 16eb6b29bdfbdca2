"""Floods at an inbox: what they cost us and others, and that honest senders do not notice (R4, R5, RES-11, SSR-17)."""

import asyncio
import base64
import contextlib
import hashlib
import json
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Self

import pytest

from tests.doors.conftest import Served
from tests.doors.stranger import ACTIVITY_JSON, Account, Stranger
from tests.peers.loopback import loopback

MEGABYTE = 1024 * 1024
SECONDS = 4.0
HOSTS = 500
CONNECTIONS = 200
VALID_PER_SECOND = 20


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Of its own: what it learns of a flood it remembers for minutes."""
    with Served(tmp_path_factory.mktemp("floods") / "flooded", 25, "hub", "Flooded") as instance:
        yield instance
    assert "Traceback" not in instance.log.read_text()


@pytest.fixture(scope="module")
def honest(flooded: Served) -> Iterator[Account]:
    """Follows the hub, so the hub remembers the key."""
    with Stranger(26) as server:
        account = server.account("honest")
        assert account.post(flooded.inbox, account.activity("Follow", flooded.hub)).status == 202
        yield account


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
                    await asyncio.sleep(60 if silent else 0.05)
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    break
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
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


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """The status of one answer; the connection goes on."""
    writer.write(request)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].split()[0]) if "content-length:" in head else 0
    await reader.readexactly(length)
    return int(head.split()[1])


async def connected(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = served.authority.partition(":")
    return await asyncio.open_connection(host, int(port))


async def flood(served: Served, numbers: Iterator[int], key_ids: list[str], until: float) -> Counter[int]:
    """One connection after the other's answer; a new one where the server ended it."""
    statuses: Counter[int] = Counter()
    while time.monotonic() < until:
        reader, writer = await connected(served)
        try:
            while time.monotonic() < until:
                number = next(numbers)
                key_id = key_ids[number % len(key_ids)].format(number=number)
                statuses[await exchange(reader, writer, forgery(served, key_id, number))] += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            statuses[0] += 1
        finally:
            writer.close()
    return statuses


@pytest.mark.anyio
async def test_r4_honest_senders_do_not_notice_a_flood_of_forgeries(flooded: Served, honest: Account) -> None:
    """Half of the forgeries name invented keys on five hundred hosts, half the key of the honest sender."""
    before = flooded.rows()
    requests = []
    for _ in range(int(SECONDS * VALID_PER_SECOND)):
        body = json.dumps(honest.activity("Like", flooded.hub)).encode()
        requests.append(raw(flooded, honest.signed(flooded.inbox, body), body))
    answers: list[int] = []
    waited: list[float] = []

    async def write_honestly(every: float) -> None:
        reader, writer = await connected(flooded)
        for request in requests:
            begun = time.monotonic()
            answers.append(await exchange(reader, writer, request))
            waited.append(time.monotonic() - begun)
            await asyncio.sleep(max(0.0, every - (time.monotonic() - begun)))
        writer.close()

    async with Victims(HOSTS) as victims:
        invented = [f"http://{authority}/users/{{number}}#main-key" for authority in victims.authorities]
        key_ids = [key_id for pair in zip(invented, [honest.key_id] * HOSTS, strict=True) for key_id in pair]
        numbers = iter(range(10**9))
        until = time.monotonic() + SECONDS
        results = await asyncio.gather(
            write_honestly(1 / VALID_PER_SECOND),
            *(flood(flooded, numbers, key_ids, until) for _ in range(CONNECTIONS)),
        )
        refused = sum((result for result in results if result is not None), Counter[int]())
        asked, most_open = victims.asked, victims.most_open

    assert answers == [202] * len(requests), "not one valid refused"
    assert sorted(waited)[int(len(waited) * 0.99)] < 2
    assert refused.total() > 1000, "the flood was one"
    assert set(refused) <= {401, 429}, refused
    assert max(asked.values()) <= 30
    # The meter sees them: the flood did make us ask, on many hosts, as many at once as we ever do, and no more.
    assert len(asked) > 20
    assert 4 <= most_open <= 8
    after = flooded.rows()
    assert after.pop("received_activities") == before.pop("received_activities") + len(requests)
    assert after == before


@pytest.mark.anyio
@pytest.mark.parametrize("announced", [True, False], ids=["by length", "in chunks"])
async def test_r5_a_hundred_bodies_of_a_hundred_megabytes_take_no_memory(
    flooded: Served, honest: Account, announced: bool
) -> None:
    headers = honest.signed(flooded.inbox, b"")
    length = {"content-length": str(100 * MEGABYTE)} if announced else {"transfer-encoding": "chunked"}
    lines = ["POST /inbox HTTP/1.1", *(f"{name}: {value}" for name, value in (headers | length).items())]
    head = "\r\n".join([*lines, "", ""]).encode()
    piece = b"x" * 65536
    if not announced:
        piece = b"10000\r\n" + piece + b"\r\n"
    before = most = flooded.memory()
    sent = 0

    async def post() -> bytes:
        nonlocal sent
        reader, writer = await connected(flooded)
        # Read at once: the system may throw the answer away when the rest is still on its way.
        answer = asyncio.create_task(reader.read(12))
        with contextlib.suppress(ConnectionError):
            writer.write(head)
            for _ in range(1600):
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
        try:
            return await answer
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def measure() -> None:
        nonlocal most
        while True:
            most = max(most, flooded.memory())
            await asyncio.sleep(0.02)

    meter = asyncio.create_task(measure())
    answers = await asyncio.gather(*(post() for _ in range(100)))
    meter.cancel()
    assert set(answers) <= {b"HTTP/1.1 413", b""}
    assert b"HTTP/1.1 413" in answers
    assert sent > 1000 * MEGABYTE, "there was something to hold"
    assert most - before <= 64 * MEGABYTE
    assert most <= 220 * MEGABYTE
    activity = honest.activity("Like", flooded.hub)
    assert (await asyncio.to_thread(honest.post, flooded.inbox, activity)).status == 202

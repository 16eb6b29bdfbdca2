"""R5: a hundred bodies of a hundred megabytes, and twenty actors that are compressed a thousandfold, take no memory."""

import asyncio
import contextlib
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.doors.conftest import Served
from tests.doors.stranger import Account, Stranger
from tests.isolation.conftest import Start
from tests.isolation.flooding import MEGABYTE, forgery, greatest_memory, run
from tests.peers.loopback import loopback

GROWTH = 64 * MEGABYTE
MOST = 220 * MEGABYTE
BOMB = 64 * MEGABYTE


@pytest.mark.parametrize("announced", [True, False], ids=["by length", "in chunks"])
def test_r5_a_hundred_bodies_of_a_hundred_megabytes_take_no_memory(start: Start, announced: bool) -> None:
    hub = start()
    with Stranger(26) as server:
        honest = server.account("honest")
        before, most, sent, statuses = run(_send_bodies(hub, honest, announced, 100, 100 * MEGABYTE))
        assert set(statuses) <= {b"HTTP/1.1 413", b""}
        assert statuses[b"HTTP/1.1 413"]
        assert sent > 1_000 * MEGABYTE, "there was something to hold"
        assert most <= min(before + GROWTH, MOST)
        activity = honest.activity("Like", hub.hub)
        assert honest.post(hub.inbox, activity).status == 202


def test_r5_a_server_that_keeps_what_is_sent_is_found_out(start: Start) -> None:
    hub = start("endless_bodies")
    with Stranger(26) as server:
        before, most, _, _ = run(_send_bodies(hub, server.account("honest"), True, 6, 25 * MEGABYTE))
    assert most > before + GROWTH


def test_r5_twenty_compressed_bombs_for_actors_take_no_memory(start: Start) -> None:
    hub = start()
    before, most, asked, statuses = run(_fetch_bombs(hub, 20))
    assert asked == 20, "each was asked for"
    assert set(statuses) <= {401, 429}, statuses
    assert most <= min(before + GROWTH, MOST)


def test_r5_a_client_that_opens_what_is_compressed_is_found_out(start: Start) -> None:
    hub = start("decoding_client")
    before, most, _, _ = run(_fetch_bombs(hub, 3))
    assert most > before + GROWTH


async def _send_bodies(
    hub: Served, honest: Account, announced: bool, count: int, size: int
) -> tuple[int, int, int, Counter[bytes]]:
    """Memory before, the most of it, the bytes that were taken, and the answers' first lines."""
    headers = honest.signed(hub.inbox, b"")
    length = {"content-length": str(size)} if announced else {"transfer-encoding": "chunked"}
    lines = ["POST /inbox HTTP/1.1", *(f"{name}: {value}" for name, value in (headers | length).items())]
    head = "\r\n".join([*lines, "", ""]).encode()
    piece = b"x" * 65536
    wrapped = piece if announced else b"10000\r\n" + piece + b"\r\n"
    host, _, port = hub.authority.rpartition(":")
    sent = 0

    async def post() -> bytes:
        nonlocal sent
        reader, writer = await asyncio.open_connection(host, int(port))
        # Read at once: the system may throw the answer away when the rest is still on its way.
        answer = asyncio.create_task(reader.read(12))
        with contextlib.suppress(ConnectionError, TimeoutError):
            writer.write(head)
            for _ in range(size // len(piece)):
                writer.write(wrapped)
                # Who never takes more would hold this test.
                async with asyncio.timeout(20):
                    await writer.drain()
                sent += len(piece)
        try:
            return await asyncio.wait_for(answer, 20)
        except (ConnectionError, TimeoutError):
            return b""
        finally:
            writer.close()

    async with greatest_memory(hub) as memory:
        answers = await asyncio.gather(*(post() for _ in range(count)))
    return memory[0], memory[1], sent, Counter(answers)


@contextlib.asynccontextmanager
async def _bombs(count: int) -> AsyncIterator[tuple[list[str], list[str]]]:
    """Origins that answer every GET with an actor of 64 megabytes in 64 kilobytes, and a list of who was asked."""
    actor = json.dumps({"type": "Person", "name": "x" * BOMB}).encode()
    packed = gzip.compress(actor, 9)
    head = (
        f"content-type: application/activity+json\r\ncontent-length: {len(packed)}\r\ncontent-encoding: gzip"
    )
    answer = f"HTTP/1.1 200 OK\r\n{head}\r\nconnection: close\r\n\r\n".encode() + packed
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            asked.append("")
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with contextlib.AsyncExitStack() as servers:
        origins = []
        for number in range(count):
            server = await asyncio.start_server(serve, loopback(130 + number), 0)
            servers.push_async_exit(server)
            bound, port = server.sockets[0].getsockname()
            origins.append(f"http://{bound}:{port}")
        yield origins, asked


async def _fetch_bombs(hub: Served, count: int) -> tuple[int, int, int, Counter[int]]:
    """Memory before, the most of it, how many were asked for their key, and the answers."""
    host, _, port = hub.authority.rpartition(":")

    async def post(request: bytes) -> int:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return int(head.split()[1])

    async with _bombs(count) as (origins, asked), greatest_memory(hub) as memory:
        requests = [forgery(hub, f"{origin}/users/bomb#main-key", 1) for origin in origins]
        statuses = await asyncio.gather(*map(post, requests))
        found = len(asked)
    return memory[0], memory[1], found, Counter(statuses)

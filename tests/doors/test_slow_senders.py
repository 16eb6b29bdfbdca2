"""Those who send, read or wait slowly (RES-05, RES-16, R6): they are ended, and nobody else waits for them."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from server.cli.bounded_http import BoundedHttp, Limits
from server.endpoints import bodies
from server.web import bodies as forms
from tests.doors.answering import HOST, SHORT, answering, empty, fine, rest_of, slow_reader, until
from tests.doors.conftest import Served
from tests.fediverse import Fediverse

SLOW = 200
SLOW_AT_THE_REAL_DOOR = 400

KINDS = {
    "nothing": b"",
    "half a head": f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX: ".encode(),
    "idle": f"GET /health HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode(),
    "half a second head": f"GET /health HTTP/1.1\r\nHost: {HOST}\r\n\r\nGET / HTTP/1.1\r\nX: ".encode(),
    "half a body": (
        f"POST /inbox HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/activity+json\r\n"
        "Content-Length: 1000\r\n\r\n{"
    ).encode(),
    "half a chunk": (
        f"POST /inbox HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/activity+json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3e8\r\n{"
    ).encode(),
    "a body nobody reads": f"GET /health HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\n{{".encode(),
    "half a form": (
        f"POST /search HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Origin: https://{HOST}\r\nContent-Length: 1000\r\n\r\nq"
    ).encode(),
}
"""What a slow one sends, before it sends a byte now and then."""


async def ended(port: int, start: bytes, *, drip: bytes = b"x", patience: float = 8) -> float:
    """How long a connection lived that sends `start` and then drips."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.monotonic()
    writer.write(start)
    try:
        while time.monotonic() - begun < patience:
            try:
                async with asyncio.timeout(0.1):
                    if not await reader.read(65536):
                        break
            except TimeoutError:
                writer.write(drip)
    except OSError:
        pass
    finally:
        writer.close()
    return time.monotonic() - begun


async def ask(port: int, path: str = "/health", host: str = HOST) -> tuple[int, float]:
    """One honest request: its status, and how long it took."""
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), time.monotonic() - begun


@pytest.fixture
async def door(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """The real application behind the real door; all deadlines are a twentieth of what they are."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.8)
    monkeypatch.setattr(forms, "SECONDS_OF_STRANGERS", 0.8)
    hub = await fediverse.add(HOST, roles=["hub"])
    async with answering(hub.door, SHORT) as (server, port):
        yield server, port


def test_r6_a_slow_one_is_gone_after_thirty_seconds() -> None:
    """By the deadlines as they are: a head, a body, what comes after an answer."""
    limits = BoundedHttp.limits
    assert limits.head + max(bodies.BODY_SECONDS, forms.SECONDS_OF_STRANGERS) + limits.last_bytes <= 30
    assert limits.head + limits.closing <= 30
    assert limits.reading + limits.closing <= 30
    assert (limits.head, bodies.BODY_SECONDS) == (10, 15)


@pytest.mark.anyio
async def test_r6_two_hundred_slow_ones_are_ended_and_others_are_answered_meanwhile(
    door: tuple[uvicorn.Server, int],
) -> None:
    server, port = door
    starts = list(KINDS.values())
    slow = [asyncio.create_task(ended(port, starts[number % len(starts)])) for number in range(SLOW)]
    await asyncio.sleep(0.2)
    assert len(server.server_state.connections) > SLOW // 2
    times = []
    for _ in range(30):
        status, seconds = await ask(port)
        assert status == 200
        times.append(seconds)
    assert sorted(times)[-2] < 0.5
    lived = await asyncio.gather(*slow)
    assert max(lived) < 4
    await empty(server)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_res_05_each_kind_of_dripping_is_ended_by_the_door_alone(
    door: tuple[uvicorn.Server, int], kind: str
) -> None:
    server, port = door
    assert await ended(port, KINDS[kind]) < 3
    await empty(server)


@pytest.mark.anyio
async def test_who_does_not_read_the_answer_holds_nothing_for_long() -> None:
    """Neither while a large answer is sent, nor when the rest of one waits in a connection that is to end."""

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with answering(large, SHORT) as (server, port):
        with slow_reader(port) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            await asyncio.sleep(0.3)
            assert len(server.server_state.connections) == 1
            await empty(server)


@pytest.mark.anyio
async def test_what_is_left_unread_does_not_keep_a_connection_that_is_to_end() -> None:
    async def fitting(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * 50_000})

    async with answering(fitting, SHORT, unsent=4096) as (server, port):
        with slow_reader(port) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            await until(lambda: server.server_state.total_requests == 1)
            assert len(server.server_state.connections) == 1
            await empty(server)


@pytest.mark.anyio
async def test_a_reader_who_is_merely_slow_gets_all_of_it() -> None:
    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"400000")]}
        )
        await send({"type": "http.response.body", "body": b"x" * 400_000})

    async with answering(large, SHORT) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        size = 0
        while part := await reader.read(20_000):
            size += len(part)
            await asyncio.sleep(0.06)
        writer.close()
        assert size > 400_000


@pytest.mark.anyio
async def test_one_connection_too_many_ends_the_one_that_has_waited_longest() -> None:
    async with answering(fine, Limits(head=60, connections=20)) as (server, port):
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        await until(lambda: len(server.server_state.connections) == 20)
        assert [await ask(port) for _ in range(30)]
        first, last = waiting[0], waiting[-1]
        async with asyncio.timeout(5):
            assert await first[0].read() == b""
        last[1].write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        assert b" 200 " in await last[0].read()
        for _, writer in waiting:
            writer.close()


@pytest.mark.anyio
async def test_while_all_are_being_answered_it_is_the_new_one_that_goes() -> None:
    going = asyncio.Event()

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        await going.wait()
        await fine(scope, receive, send)

    async with answering(busy, Limits(connections=5)) as (server, port):
        served = [asyncio.create_task(ask(port)) for _ in range(5)]
        await until(lambda: len(server.server_state.tasks) == 5)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await rest_of(reader) == b""
        writer.close()
        going.set()
        assert [status for status, _ in await asyncio.gather(*served)] == [200] * 5


def test_r6_four_hundred_slow_ones_at_the_real_door_slow_nobody_down(served: Served) -> None:
    """With the deadlines as they are; how long an answer takes is compared with what it takes without them."""
    starts = [start.replace(HOST.encode(), served.authority.encode()) for start in KINDS.values()]

    async def measure() -> tuple[float, float]:
        port = int(served.authority.rpartition(":")[2])
        host = served.authority.rpartition(":")[0]

        async def one() -> float:
            begun = time.monotonic()
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(
                f"GET /health HTTP/1.1\r\nHost: {served.authority}\r\nConnection: close\r\n\r\n".encode()
            )
            assert b" 200 " in await reader.read()
            writer.close()
            return time.monotonic() - begun

        quiet = sorted([await one() for _ in range(100)])[-2]
        slow = [await asyncio.open_connection(host, port) for _ in range(SLOW_AT_THE_REAL_DOOR)]
        for number, (_, writer) in enumerate(slow):
            writer.write(starts[number % len(starts)])
        crowded = sorted([await one() for _ in range(100)])[-2]
        for _, writer in slow:
            writer.close()
        return quiet, crowded

    quiet, crowded = asyncio.run(measure())
    assert crowded <= max(0.1, 3 * quiet)

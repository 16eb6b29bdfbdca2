"""Heads, packets and bodies that are made to take more than a request should (RES-16)."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from server.cli.bounded_http import MAX_PIPELINED, Limits
from tests.doors.answering import HOST, SHORT, answering, empty, fine, rest_of


@pytest.mark.anyio
@pytest.mark.parametrize(
    "extra",
    [
        b"Signature: " + b"x" * 1_000_000 + b"\r\n",
        b"".join(b"X-%d: x\r\n" % number for number in range(10_000)),
        b"X" * 1_000_000 + b": x\r\n",
        b" " * 1_000_000 + b"\r\n",
    ],
)
async def test_res_16_a_huge_head_is_400(extra: bytes) -> None:
    async with answering(fine, Limits()) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n".encode() + extra + b"\r\n")
        answer = await rest_of(reader)
        assert answer[:12] in (b"", b"HTTP/1.1 400")
        writer.close()
        await empty(server)


@pytest.mark.anyio
async def test_res_16_a_head_is_not_kept_until_it_ends() -> None:
    async with answering(fine, Limits(head=60)) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX: ".encode() + b"x" * 100_000)
        assert (await rest_of(reader))[:12] in (b"", b"HTTP/1.1 400")
        writer.close()
        await empty(server)


@pytest.mark.anyio
@pytest.mark.parametrize("target", ["http://evil.example/", f"http://{HOST}/", "//", "evil.example:443"])
async def test_a_target_for_a_proxy_is_400(target: str) -> None:
    """WEB-04: RFC 9112 lets the host in it win over Host. `//` is a path like any other."""
    async with answering(fine, SHORT) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        assert (await rest_of(reader)).startswith(b"HTTP/1.1 200" if target == "//" else b"HTTP/1.1 400")
        writer.close()


@pytest.mark.anyio
async def test_a_crowd_of_requests_in_one_packet_is_refused() -> None:
    """A packet of 64 KB holds thousands of requests; each would wait in memory behind the first."""
    taken = 0

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal taken
        taken += 1
        await asyncio.sleep(0.05)
        await fine(scope, receive, send)

    one = f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    async with answering(counting, SHORT) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(one * 1000)
        assert b"HTTP/1.1 400" in await rest_of(reader)
        writer.close()
        assert taken <= MAX_PIPELINED + 1
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(one * MAX_PIPELINED)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < MAX_PIPELINED:
            answers += await reader.read(65536)
        writer.close()
        await empty(server)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "trailer", [b"Host: evil.example\r\n", b"X: " + b"x" * 100_000, b"X: x\r\n" * 20_000]
)
async def test_nothing_comes_after_a_body(trailer: bytes) -> None:
    """A trailer would be added to the headers after all of them were checked, without any limit."""
    seen: list[list[tuple[bytes, bytes]]] = []

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        seen.append(list(scope["headers"]))
        await fine(scope, receive, send)

    async with answering(reading, SHORT) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode() + b"1\r\nx\r\n0\r\n" + trailer + b"\r\n\r\n")
        await rest_of(reader)
        writer.close()
    assert all(name in (b"host", b"transfer-encoding") for headers in seen for name, _ in headers)
    assert all(value != b"evil.example" for headers in seen for _, value in headers)


@pytest.mark.anyio
async def test_a_body_in_small_chunks_comes_in_whole() -> None:
    bodies_seen: list[int] = []

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        size = 0
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        bodies_seen.append(size)
        await fine(scope, receive, send)

    async with answering(reading, Limits()) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode() + b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n")
        assert b" 200 " in await rest_of(reader)
        writer.close()
    assert bodies_seen == [30_000]

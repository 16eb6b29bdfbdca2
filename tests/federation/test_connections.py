"""Connections that are kept, dropped, slow or broken, over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import federation.client as client_module
import federation.connections as connections_module
from federation.client import FederationClient
from federation.errors import Unreachable
from tests.federation.loopback import (
    HEAD,
    OUR_KEY,
    Handler,
    drip,
    listening,
    real_client,
    says,
    without_waiting,
)

pytestmark = pytest.mark.anyio


async def test_a_connection_is_used_again() -> None:
    async with listening(says(b"{}")) as listener, real_client() as client:
        for _ in range(3):
            await client.fetch_json(f"http://127.0.0.1:{listener.port}/", "application/json")
        assert listener.connections == 1
        host = b"host: 127.0.0.1:%d\r\n" % listener.port
        assert all(host in head.lower() for head in listener.heads)


async def test_connections_to_the_origin_longest_unused_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "MAX_ORIGINS", 2)
    async with (
        listening(says(b"{}")) as first,
        listening(says(b"{}")) as second,
        listening(says(b"{}")) as third,
        real_client() as client,
    ):
        for listener in (first, second, first, third):
            await client.fetch_json(f"http://127.0.0.1:{listener.port}/", "application/json")
        await asyncio.sleep(0.05)
        assert (first.open, second.open, third.open) == (1, 0, 1)
        assert (first.connections, second.connections) == (1, 1)


async def test_a_connection_in_use_is_not_closed_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "MAX_ORIGINS", 1)
    asked, go = asyncio.Event(), asyncio.Event()

    async def when_told(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go.wait()
        await says(b"{}")(writer)

    async with (
        listening(when_told) as slow,
        listening(says(b"{}")) as quick,
        real_client() as client,
    ):
        waiting = asyncio.create_task(client.fetch_json(f"http://127.0.0.1:{slow.port}/", "application/json"))
        await asked.wait()
        await client.fetch_json(f"http://127.0.0.1:{quick.port}/", "application/json")
        go.set()
        assert await waiting == {}


def a_byte_a_second(before: bytes) -> Handler:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        for byte in HEAD.removeprefix(before) + b" " * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)

    return answer


async def signed_fetch(client: FederationClient, origin: str) -> None:
    await client.fetch_document(f"{origin}/notes/1")


async def discovery(client: FederationClient, origin: str) -> None:
    await client.fetch_json(f"{origin}/", "application/json")


async def picture(client: FederationClient, origin: str) -> None:
    await client.fetch_bytes(f"{origin}/icon", frozenset({"application/json"}), 2**20)


async def delivery(client: FederationClient, origin: str) -> None:
    await client.post(f"{origin}/inbox", b"{}", OUR_KEY)


# A delivery is done with the head of the answer; how long the rest is waited for is tested below.
@pytest.mark.parametrize(
    ("act", "before", "seconds"),
    [
        *((fetch, before, 10) for fetch in (signed_fetch, discovery, picture) for before in (b"", HEAD)),
        (delivery, b"", 15),
    ],
)
def test_ac_2_3_a_server_of_a_byte_a_second_is_given_up_after_so_long(
    act: Callable[[FederationClient, str], Awaitable[None]], before: bytes, seconds: int
) -> None:

    async def measure() -> None:
        loop = asyncio.get_running_loop()
        async with listening(a_byte_a_second(before)) as listener, real_client() as client:
            begun = loop.time()
            with pytest.raises(Unreachable, match="timeout") as caught:
                await act(client, f"http://127.0.0.1:{listener.port}")
            assert seconds <= loop.time() - begun < seconds + 1.5
            assert caught.value.retry

    without_waiting(measure())


async def test_a_delivery_answered_and_then_dawdled_over_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "DRAIN_SECONDS", 0.1)
    async with listening(drip) as listener, real_client() as client:
        answer = await client.post(f"http://127.0.0.1:{listener.port}/inbox", b"{}", OUR_KEY)
    assert answer.status == 200


async def test_a_server_that_says_nothing_does_not_hold_a_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silence(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(client_module, "DELIVERY_SECONDS", 0.2)
    async with listening(silence) as listener, real_client() as client:
        with pytest.raises(Unreachable, match="timeout"):
            await client.post(f"http://127.0.0.1:{listener.port}/inbox", b"{}", OUR_KEY)


async def test_a_broken_answer_is_unreachable() -> None:
    async def nonsense(writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp ready\r\n\r\n")

    async with listening(nonsense) as listener, real_client() as client:
        with pytest.raises(Unreachable, match="no-answer"):
            await client.fetch_json(f"http://127.0.0.1:{listener.port}/", "application/json")


async def test_a_closed_port_is_unreachable() -> None:
    async with listening(says(b"{}")) as listener:
        port = listener.port
    async with real_client() as client:
        with pytest.raises(Unreachable, match="no-answer"):
            await client.fetch_json(f"http://127.0.0.1:{port}/", "application/json")


async def test_a_second_knock_comes_over_a_real_connection() -> None:
    """The refusal has a text that nobody reads; the second request is not confused by what is left of it."""
    refused = False

    async def first_no_then_yes(writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        line = b"202 Accepted" if refused else b"401 Unauthorized"
        refused = True
        writer.write(b"HTTP/1.1 " + line + b"\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000)

    async with listening(first_no_then_yes) as listener, real_client() as client:
        # A body of no bytes: the listener reads heads only.
        answer = await client.post(f"http://127.0.0.1:{listener.port}/inbox", b"", OUR_KEY)
        assert answer.status == 202
        old, new = listener.heads
        assert b"signature-input:" not in old.lower()
        assert b"signature-input:" in new.lower()


async def test_a_connection_that_was_closed_meanwhile_is_made_anew_and_nothing_is_lost() -> None:
    """The other side ends a kept connection at the moment in which we use it: the request is made once more."""

    async def answers_once(writer: asyncio.StreamWriter) -> None:
        if len(listener.heads) == 2:
            writer.transport.abort()
        else:
            await says(b"")(writer)

    async with listening(answers_once) as listener, real_client() as client:
        inbox = f"http://127.0.0.1:{listener.port}/inbox"
        assert [(await client.post(inbox, b"", OUR_KEY)).status for _ in range(2)] == [200, 200]
        assert (listener.connections, len(listener.heads)) == (2, 3)


async def test_a_new_connection_that_breaks_is_not_tried_again() -> None:
    async def breaks(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with listening(breaks) as listener, real_client() as client:
        with pytest.raises(Unreachable, match="no-answer"):
            await client.post(f"http://127.0.0.1:{listener.port}/inbox", b"", OUR_KEY)
        assert listener.connections == 1


async def test_a_connection_that_nobody_uses_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "KEPT_SECONDS", 0.05)
    async with listening(says(b"{}")) as listener, real_client() as client:
        await client.fetch_json(f"http://127.0.0.1:{listener.port}/", "application/json")
        assert listener.open == 1
        await asyncio.sleep(0.3)
        assert listener.open == 0


async def test_four_at_once_to_one_origin_and_the_fifth_waits() -> None:
    go = asyncio.Event()

    async def when_told(writer: asyncio.StreamWriter) -> None:
        await go.wait()
        await says(b"{}")(writer)

    async with listening(when_told) as listener, real_client() as client:
        url = f"http://127.0.0.1:{listener.port}/"
        asking = [asyncio.create_task(client.fetch_json(url, "application/json")) for _ in range(6)]
        await asyncio.sleep(0.2)
        assert listener.open == connections_module.OPEN_AT_ONCE == 4
        go.set()
        assert await asyncio.gather(*asking) == [{}] * 6


def test_a_server_that_takes_no_connection_up_is_given_up_after_five_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(*_: object) -> object:
        return await asyncio.get_running_loop().create_future()

    async def measure() -> None:
        loop = asyncio.get_running_loop()
        async with real_client() as client:
            begun = loop.time()
            with pytest.raises(Unreachable, match="no-answer"):
                await client.post("http://127.0.0.1:1/inbox", b"{}", OUR_KEY)
            assert 5 <= loop.time() - begun < 6.5

    monkeypatch.setattr(connections_module, "dial", never)
    without_waiting(measure())

"""A name is resolved once, each of its addresses checked, and the name still has to show its certificate."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest
import trustme

import federation.connections as connections_module
from federation.addresses import NetworkPolicy
from federation.connections import Connections, dial
from federation.errors import Unreachable
from federation.http1 import Conversation
from tests.federation.loopback import LOOPBACK, listening, real_client, says

pytestmark = pytest.mark.anyio


class Names:
    """A name server under the attacker's hand: one answer after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def connected_to(monkeypatch: pytest.MonkeyPatch) -> "Wire":
    wire = Wire()
    monkeypatch.setattr(connections_module, "dial", wire.dial)
    return wire


class Wire:
    """Stands where connections are made: notes the address asked for, and connects to the listener instead."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.port = 0

    async def dial(
        self, address: str, port: int, tls: ssl.SSLContext | None, name: str | None
    ) -> Conversation:
        self.addresses.append(address)
        if address.startswith("203.0."):
            raise OSError("no route")
        return await dial("127.0.0.1", self.port, tls, name)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_the_checked_address_is_connected_to_and_the_name_is_kept(
    connected_to: Wire, authority: trustme.CA
) -> None:
    names = Names(["93.184.216.34"])
    async with (
        listening(says(b"{}"), server_tls(authority, "peer.example")) as listener,
        real_client(NetworkPolicy(), names, trusting(authority)) as client,
    ):
        connected_to.port = listener.port
        assert await client.fetch_json("https://peer.example/", "application/json") == {}
        assert connected_to.addresses == ["93.184.216.34"]
        assert names.asked == ["peer.example"]
        assert b"host: peer.example\r\n" in listener.heads[0].lower()


async def test_a_certificate_of_another_name_is_refused(connected_to: Wire, authority: trustme.CA) -> None:
    async with (
        listening(says(b"{}"), server_tls(authority, "evil.example")) as listener,
        real_client(NetworkPolicy(), Names(["93.184.216.34"]), trusting(authority)) as client,
    ):
        connected_to.port = listener.port
        with pytest.raises(Unreachable, match="no-answer"):
            await client.fetch_json("https://peer.example/", "application/json")
        assert listener.heads == []


async def test_the_system_trusts_no_private_authority(connected_to: Wire, authority: trustme.CA) -> None:
    async with (
        listening(says(b"{}"), server_tls(authority, "peer.example")) as listener,
        real_client(NetworkPolicy(), Names(["93.184.216.34"])) as client,
    ):
        connected_to.port = listener.port
        with pytest.raises(Unreachable, match="no-answer"):
            await client.fetch_json("https://peer.example/", "application/json")


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["0.0.0.0"],
        ["169.254.169.254"],
        ["64:ff9b::7f00:1"],
    ],
)
async def test_ac_2_2_a_name_that_leads_inside_is_never_connected_to(
    connected_to: Wire, answer: Sequence[str]
) -> None:
    async with (
        listening(says(b"{}")) as listener,
        real_client(NetworkPolicy(), Names(answer)) as client,
    ):
        connected_to.port = listener.port
        with pytest.raises(Unreachable, match="forbidden-address") as caught:
            await client.fetch_document("https://peer.example/")
        assert not caught.value.retry
        assert (connected_to.addresses, listener.connections) == ([], 0)


async def test_ac_2_2_a_rebinding_name_is_resolved_once_per_connection_and_checked_each_time(
    connected_to: Wire, authority: trustme.CA
) -> None:
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    close = says(b"{}", b"Connection: close")
    async with (
        listening(close, server_tls(authority, "peer.example")) as listener,
        real_client(NetworkPolicy(), names, trusting(authority)) as client,
    ):
        connected_to.port = listener.port
        await client.fetch_json("https://peer.example/", "application/json")
        with pytest.raises(Unreachable, match="forbidden-address"):
            await client.fetch_json("https://peer.example/", "application/json")
        assert connected_to.addresses == ["93.184.216.34"]
        assert listener.connections == 1
        assert len(names.asked) == 2


async def test_ac_2_2_nothing_is_connected_when_the_listener_itself_is_named() -> None:
    async with listening(says(b"{}")) as listener, real_client(NetworkPolicy()) as client:
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "2130706433", "127.1", "0"):
            with pytest.raises(Unreachable):
                await client.fetch_document(f"http://{host}:{listener.port}/")
        assert listener.connections == 0


async def test_a_dead_address_is_followed_by_the_next(connected_to: Wire, authority: trustme.CA) -> None:
    async with (
        listening(says(b"{}"), server_tls(authority, "peer.example")) as listener,
        real_client(
            NetworkPolicy((ip_network("203.0.113.0/24"),)),
            Names(["203.0.113.1", "93.184.216.34"]),
            trusting(authority),
        ) as client,
    ):
        connected_to.port = listener.port
        await client.fetch_json("https://peer.example/", "application/json")
        assert connected_to.addresses == ["203.0.113.1", "93.184.216.34"]


async def test_plain_http_by_name_only_where_every_address_is_allowed(connected_to: Wire) -> None:
    names = Names(["127.0.0.2"], ["127.0.0.2", "93.184.216.34"])
    close = says(b"{}", b"Connection: close")
    async with listening(close) as listener, real_client(LOOPBACK, names) as client:
        connected_to.port = listener.port
        url = f"http://peer.example:{listener.port}/"
        await client.fetch_json(url, "application/json")
        with pytest.raises(Unreachable, match="forbidden-address"):
            await client.fetch_json(url, "application/json")
        assert connected_to.addresses == ["127.0.0.2"]


async def test_a_name_without_addresses_is_unreachable() -> None:
    async with real_client(NetworkPolicy(), Names([])) as client:
        with pytest.raises(Unreachable, match="no-address"):
            await client.fetch_document("https://peer.example/")


async def test_names_are_resolved_by_the_system_and_one_that_does_not_exist_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, connected_to: Wire, authority: trustme.CA
) -> None:
    def name_server(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if host != "peer.example":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    async with (
        listening(says(b"{}"), server_tls(authority, "peer.example")) as listener,
        real_client(NetworkPolicy(), ssl_context=trusting(authority)) as client,
    ):
        connected_to.port = listener.port
        monkeypatch.setattr(socket, "getaddrinfo", name_server)
        assert await client.fetch_json("https://peer.example/", "application/json") == {}
        with pytest.raises(Unreachable, match="no-answer") as caught:
            await client.fetch_json("https://nobody.example/", "application/json")
        assert caught.value.retry
        assert connected_to.addresses == ["93.184.216.34"]


async def test_ssr_17_name_servers_that_never_answer_leave_room_for_those_that_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lookup that nobody waits for any more still holds its thread, five times as long as anybody waits."""
    go = threading.Event()

    def getaddrinfo(host: str, port: int, **options: Any) -> list[Any]:
        if host.startswith("dead"):
            go.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    connections = Connections(NetworkPolicy())
    try:
        waiting = [
            asyncio.create_task(connections._resolve(f"dead{number}.example", 443)) for number in range(40)
        ]
        await asyncio.sleep(0)
        async with asyncio.timeout(3):
            assert await connections._resolve("honest.example", 443) == ["10.0.0.1"]
    finally:
        go.set()
    await asyncio.gather(*waiting)
    await connections.aclose()

"""The only door out: what is sent, what is taken, and what is refused."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import httpcore2
import httpx2
import pytest
import trustme

import federation.client as client_module
from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.errors import (
    Forbidden,
    Gone,
    Malformed,
    TooLarge,
    Unreachable,
    WrongMediaType,
)
from federation.fetching import Budget
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.keys import SigningKey
from tests.federation.small_world import NOW, HandTurnedClock, OurKeys, World, rsa_key

pytestmark = pytest.mark.anyio

NOTE = "https://peer.example/notes/1"
INBOX = "https://peer.example/inbox"
LOOPBACK = NetworkPolicy((ip_network("127.0.0.0/8"),))
OUR_KEY = SigningKey("https://home.example/users/garten#main-key", rsa_key("garten"))


@pytest.fixture
def world() -> World:
    return World()


def document(url: str = NOTE, **members: Any) -> dict[str, Any]:
    return {"id": url, "type": "Note", "content": "hi"} | members


def as_received(request: httpx2.Request) -> RawRequest:
    headers = [(name.lower(), value) for name, value in request.headers.multi_items()]
    return RawRequest(request.method, request.url.raw_path.decode(), headers, request.content)


def assert_signed(request: httpx2.Request, authority: str, key_name: str, world: World) -> None:
    raw = as_received(request)
    claim = inspect(raw, authority=authority, now=world.clock.now())
    prove(claim, raw, rsa_key(key_name).public)


async def test_a_document_is_fetched_with_a_signature_of_the_instance(world: World) -> None:
    world.serve(NOTE, document())
    fetched = await world.client.fetch_document(NOTE)
    assert (fetched.url, fetched.document, fetched.fetched_at) == (NOTE, document(), NOW)
    assert json.loads(fetched.body) == document()
    (request,) = world.requests
    assert_signed(request, "peer.example", "home", world)
    assert request.headers["user-agent"] == "antipole-test"
    assert request.headers["accept-encoding"] == "identity"
    assert "application/activity+json" in request.headers["accept"]


async def test_the_signature_covers_the_path_that_is_sent(world: World) -> None:
    """httpx2 resolves dot segments and escapes brackets; a signature over the text as given would not verify."""
    world.client = world.make_client()
    with pytest.raises(Gone):
        await world.client.fetch_document("https://peer.example/a/../b/[x]?q=[1]&r=%7e#frag")
    (request,) = world.requests
    assert_signed(request, "peer.example", "home", world)
    assert "#" not in str(request.url)


async def test_a_fragment_is_part_of_the_document_and_not_of_the_request(world: World) -> None:
    world.serve("https://peer.example/actor", document("https://peer.example/actor"))
    fetched = await world.client.fetch_document("https://peer.example/actor#main-key")
    assert fetched.url == "https://peer.example/actor"
    assert world.asked == ["https://peer.example/actor"]


async def test_a_document_with_another_id_is_fetched_once_more_from_there(world: World) -> None:
    world.serve("https://peer.example/@alice/1", document())
    world.serve(NOTE, document())
    assert (await world.client.fetch_document("https://peer.example/@alice/1")).url == NOTE
    assert world.asked == ["https://peer.example/@alice/1", NOTE]


async def test_a_second_disagreement_about_the_id_ends_it(world: World) -> None:
    world.serve("https://peer.example/@alice/1", document())
    world.serve(NOTE, document("https://peer.example/notes/2"))
    with pytest.raises(Forbidden, match="id-mismatch"):
        await world.client.fetch_document("https://peer.example/@alice/1")
    assert len(world.requests) == 2


@pytest.mark.parametrize(
    "claimed",
    [
        "https://good.example/notes/1",
        "http://peer.example/notes/1",
        "https://peer.example:8443/notes/1",
        "https://peer.example@good.example/notes/1",
    ],
)
async def test_nobody_hands_out_documents_of_another_origin(world: World, claimed: str) -> None:
    world.serve(NOTE, document(claimed))
    with pytest.raises((Forbidden, Malformed)):
        await world.client.fetch_document(NOTE)
    assert world.asked == [NOTE]


async def test_a_document_without_an_id_is_malformed(world: World) -> None:
    world.serve(NOTE, {"type": "Note"})
    with pytest.raises(Malformed, match="no-id"):
        await world.client.fetch_document(NOTE)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "text/html",
        "text/plain",
        "image/png",
        "application/ld+json",
        'application/ld+json; profile="https://example.com/other"',
        "application/activity+jsonp",
        "",
    ],
)
async def test_an_upload_is_no_document(world: World, media_type: str) -> None:
    world.serve(NOTE, document(), media_type=media_type)
    with pytest.raises(WrongMediaType):
        await world.client.fetch_document(NOTE)


async def test_two_content_types_are_none(world: World) -> None:
    headers = [("content-type", "application/activity+json"), ("content-type", "text/html")]
    world.routes[NOTE] = lambda _: httpx2.Response(200, headers=headers, content=json.dumps(document()))
    with pytest.raises(WrongMediaType):
        await world.client.fetch_document(NOTE)


async def test_a_redirect_within_the_origin_is_followed_and_signed_anew(world: World) -> None:
    world.redirect("https://peer.example/old", "/notes/1", 301)
    world.serve(NOTE, document())
    assert (await world.client.fetch_document("https://peer.example/old")).url == NOTE
    for request in world.requests:
        assert_signed(request, "peer.example", "home", world)
    signatures = [request.headers["signature"] for request in world.requests]
    assert len(set(signatures)) == 2


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/notes/1",
        "https://peer.example:8443/notes/1",
        "http://peer.example/notes/1",
        "//evil.example/notes/1",
        "https://127.0.0.1/",
        "http://127.0.0.1:8000/",
        "https://good@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://peer.example/",
        "https://[::1",
        "https://peer.example\\@evil.example/",
        "",
    ],
)
async def test_ac_2_1_h_a_redirect_elsewhere_is_not_followed(world: World, target: str) -> None:
    world.redirect(NOTE, target)
    world.serve("https://evil.example/notes/1", document())
    with pytest.raises(Unreachable) as caught:
        await world.client.fetch_document(NOTE)
    assert not caught.value.retry
    assert world.asked == [NOTE]


async def test_three_redirects_are_followed_and_not_four(world: World) -> None:
    for number in range(4):
        world.redirect(f"https://peer.example/{number}", f"/{number + 1}")
    world.serve("https://peer.example/4", document("https://peer.example/4"))
    assert (await world.client.fetch_document("https://peer.example/1")).url == "https://peer.example/4"
    with pytest.raises(Unreachable, match="too-many-redirects"):
        await world.client.fetch_document("https://peer.example/0")


async def test_one_budget_limits_a_whole_verification(world: World) -> None:
    world.redirect(NOTE, NOTE)
    budget = Budget(requests=5)
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"too-many-redirects|budget-spent"):
            await world.client.fetch_document(NOTE, budget=budget)
    assert len(world.requests) == 5


async def test_the_budget_counts_bytes_too(world: World) -> None:
    world.serve(NOTE, document(content="x" * 1000))
    budget = Budget(bytes=1000)
    await world.client.fetch_document(NOTE, budget=budget)
    with pytest.raises(Unreachable, match="budget-spent"):
        await world.client.fetch_document(NOTE, budget=budget)


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [
        (404, Gone, False),
        (410, Gone, False),
        (400, Unreachable, False),
        (401, Unreachable, True),
        (403, Unreachable, True),
        (418, Unreachable, False),
        (429, Unreachable, True),
        (304, Unreachable, False),
        (500, Unreachable, True),
        (503, Unreachable, True),
    ],
)
async def test_a_bad_status_says_whether_asking_again_helps(
    world: World, status: int, error: type[Unreachable], retry: bool
) -> None:
    world.serve(NOTE, document(), status=status)
    with pytest.raises(error) as caught:
        await world.client.fetch_document(NOTE)
    assert caught.value.retry is retry
    if isinstance(caught.value, Gone):
        assert caught.value.deleted is (status == 410)


async def test_what_is_too_large_or_compressed_is_not_read(world: World) -> None:
    read: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{}"

    world.routes[NOTE] = lambda _: httpx2.Response(200, headers=headers, content=body())
    for header, error in (
        (("content-encoding", "gzip"), Malformed),
        (("content-encoding", "identity, gzip"), Malformed),
        (("content-length", str(2**20 + 1)), TooLarge),
        (("content-length", "9" * 400), TooLarge),
    ):
        headers = [("content-type", "application/activity+json"), header]
        with pytest.raises(error):
            await world.client.fetch_document(NOTE)
    assert read == []


async def test_a_body_without_a_length_is_cut_at_the_limit(world: World) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    world.routes[NOTE] = lambda _: httpx2.Response(
        200, headers={"content-type": "application/activity+json"}, content=endless()
    )
    with pytest.raises(TooLarge):
        await world.client.fetch_document(NOTE)
    assert sent <= 2**20 + 65_536


async def test_discovery_is_unsigned_and_may_move_to_another_host(world: World) -> None:
    url, target = "https://peer.example/.well-known/webfinger", "https://social.peer.example/webfinger"
    world.redirect(url, target)
    world.serve(target, {"subject": "acct:a@peer.example"}, media_type="application/jrd+json; charset=utf-8")
    accept = "application/jrd+json, application/json"
    assert await world.client.fetch_json(url, accept) == {"subject": "acct:a@peer.example"}
    assert all("signature" not in request.headers for request in world.requests)


@pytest.mark.parametrize("target", ["http://social.peer.example/", "https://10.0.0.1/", "https://hub.test/"])
async def test_discovery_does_not_move_inside_or_to_plain_http(world: World, target: str) -> None:
    world.redirect("https://peer.example/.well-known/webfinger", target)
    with pytest.raises(Unreachable):
        await world.client.fetch_json("https://peer.example/.well-known/webfinger", "application/json")
    assert len(world.requests) == 1


async def test_an_allowed_network_is_no_way_from_https_to_plain_http(world: World) -> None:
    client = world.make_client(LOOPBACK)
    world.redirect("https://peer.example/.well-known/webfinger", "http://127.0.0.2:8001/")
    world.serve("http://127.0.0.2:8001/", {}, media_type="application/json")
    with pytest.raises(Unreachable, match="downgraded-redirect"):
        await client.fetch_json("https://peer.example/.well-known/webfinger", "application/json")
    assert len(world.requests) == 1
    assert await client.fetch_json("http://127.0.0.2:8001/", "application/json") == {}


async def test_discovery_takes_64_kib_of_json_and_nothing_else(world: World) -> None:
    url = "https://peer.example/nodeinfo"
    world.serve(url, {"text": "x" * 65_536}, media_type="application/json")
    with pytest.raises(TooLarge):
        await world.client.fetch_json(url, "application/json")
    world.serve(url, {}, media_type="text/html")
    with pytest.raises(WrongMediaType):
        await world.client.fetch_json(url, "application/json")


async def test_a_picture_comes_with_its_type(world: World) -> None:
    url = "https://media.peer.example/icon.png"
    pictures = frozenset({"image/png", "image/jpeg"})
    world.serve(url, b"\x89PNG", media_type="image/png")
    assert await world.client.fetch_bytes(url, pictures, 1000) == ("image/png", b"\x89PNG")
    with pytest.raises(TooLarge):
        await world.client.fetch_bytes(url, pictures, 3)
    world.serve(url, b"<svg/>", media_type="image/svg+xml")
    with pytest.raises(WrongMediaType):
        await world.client.fetch_bytes(url, pictures, 1000)


async def test_a_delivery_bears_a_signature_over_exactly_its_bytes(world: World) -> None:
    world.serve(INBOX, b"", status=202)
    body = b'{"spaced":  "as it was signed"}'
    answer = await world.client.post(INBOX, body, OUR_KEY)
    assert (answer.status, answer.retry_after) == (202, None)
    (request,) = world.requests
    assert request.content == body
    assert_signed(request, "peer.example", "garten", world)
    assert request.headers["content-type"] == "application/activity+json"
    assert request.headers["user-agent"] == "antipole-test"


async def test_ac_1_5_a_retry_an_hour_later_bears_a_new_date(world: World) -> None:
    world.serve(INBOX, b"", status=500)
    await world.client.post(INBOX, b"{}", OUR_KEY)
    world.clock.forward(hours=1)
    await world.client.post(INBOX, b"{}", OUR_KEY)
    first, second = world.requests
    assert first.headers["date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert second.headers["date"] == "Mon, 23 Nov 2026 13:00:00 GMT"
    assert first.headers["signature"] != second.headers["signature"]
    assert_signed(second, "peer.example", "garten", world)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_delivery_never_follows_a_redirect(world: World, status: int) -> None:
    world.redirect(INBOX, "https://peer.example/elsewhere", status)
    assert (await world.client.post(INBOX, b"{}", OUR_KEY)).status == status
    assert world.asked == [INBOX]


async def test_an_answer_to_a_delivery_may_ask_for_patience_and_its_text_does_not_matter(
    world: World,
) -> None:
    read: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        read.append("a compressed answer")
        yield b"\x1f\x8b"

    headers = {"retry-after": "120", "content-encoding": "gzip"}
    world.routes[INBOX] = lambda _: httpx2.Response(429, headers=headers, content=body())
    answer = await world.client.post(INBOX, b"{}", OUR_KEY)
    assert (answer.status, answer.retry_after) == (429, "120")
    assert read == []
    world.serve(INBOX, b"x" * 100_000, status=202)
    assert (await world.client.post(INBOX, b"{}", OUR_KEY)).status == 202


async def test_a_delivery_goes_only_where_a_fetch_may_go(world: World) -> None:
    with pytest.raises(Unreachable, match="forbidden-url"):
        await world.client.post("https://169.254.169.254/inbox", b"{}", OUR_KEY)
    assert world.requests == []


async def test_a_failing_connection_is_unreachable(world: World) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    world.routes[NOTE] = world.routes[INBOX] = fail
    with pytest.raises(Unreachable) as fetching:
        await world.client.fetch_document(NOTE)
    with pytest.raises(Unreachable) as posting:
        await world.client.post(INBOX, b"{}", OUR_KEY)
    assert fetching.value.retry
    assert posting.value.retry


async def test_a_mounted_origin_is_asked_in_process(world: World) -> None:
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(202)

    client = FederationClient(
        policy=NetworkPolicy(),
        keys=OurKeys(),
        clock=world.clock,
        user_agent="antipole-test",
        mounts={"https://home.example": httpx2.MockTransport(answer)},
        fallback=httpx2.MockTransport(lambda _: httpx2.Response(404)),
    )
    assert (await client.post("https://HOME.example:443/inbox", b"{}", OUR_KEY)).status == 202
    assert (await client.post("https://other.example/inbox", b"{}", OUR_KEY)).status == 404
    assert asked == ["https://home.example/inbox"]
    await client.aclose()


# Below, real sockets on loopback.

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """A server that answers each request with what `answer` writes."""

    def __init__(self, answer: Handler) -> None:
        self.answer = answer
        self.connections = 0
        self.open = 0
        self.heads: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await self.answer(writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def listening(answer: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    listener = Listener(answer)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()


@asynccontextmanager
async def real_client(
    policy: NetworkPolicy = LOOPBACK,
    resolver: Callable[[str, int], Awaitable[Sequence[str]]] | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[FederationClient]:
    client = FederationClient(
        policy=policy,
        keys=OurKeys(),
        clock=HandTurnedClock(),
        user_agent="antipole-test",
        resolver=resolver,
        ssl_context=ssl_context,
    )
    try:
        yield client
    finally:
        await client.aclose()


def says(body: bytes, *headers: bytes) -> Handler:
    head = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *headers,
    ]

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"\r\n".join([*head, b"", b""]) + body)

    return answer


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_connection_is_used_again() -> None:
    async with listening(says(b"{}")) as listener, real_client() as client:
        for _ in range(3):
            await client.fetch_json(f"http://127.0.0.1:{listener.port}/", "application/json")
        assert listener.connections == 1
        host = b"host: 127.0.0.1:%d\r\n" % listener.port
        assert all(host in head.lower() for head in listener.heads)


async def test_connections_to_the_origin_longest_unused_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_ORIGINS", 2)
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
    monkeypatch.setattr(client_module, "MAX_ORIGINS", 1)
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


async def test_ac_2_3_a_byte_now_and_then_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FETCH_SECONDS", 0.2)
    async with listening(drip) as listener, real_client() as client:
        with pytest.raises(Unreachable, match="timeout") as caught:
            await client.fetch_json(f"http://127.0.0.1:{listener.port}/", "application/json")
    assert caught.value.retry


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
    monkeypatch.setattr(httpcore2, "AnyIOBackend", lambda: wire)
    return wire


class Wire(httpcore2.AsyncNetworkBackend):
    """Stands where connections are made: notes the address asked for, and connects to the listener instead."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.port = 0
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(self, host: str, *rest: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        self.addresses.append(host)
        if host.startswith("203.0."):
            raise httpcore2.ConnectError("no route")
        return await self._network.connect_tcp("127.0.0.1", self.port)


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

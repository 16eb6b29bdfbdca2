"""What is sent to other hosts, and how it is signed."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.errors import Unreachable
from tests.federation.loopback import OUR_KEY
from tests.federation.small_world import OurKeys, World, assert_signed

pytestmark = pytest.mark.anyio

INBOX = "https://peer.example/inbox"
NOTE = "https://peer.example/notes/1"


async def test_a_delivery_bears_a_signature_over_exactly_its_bytes(world: World) -> None:
    world.serve(INBOX, b"", status=202)
    body = b'{"spaced":  "as it was signed"}'
    answer = await world.client.post(INBOX, body, OUR_KEY)
    assert (answer.status, answer.retry_after) == (202, None)
    (request,) = world.requests
    assert request.content == body
    assert_signed(request, "garten", world)
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
    assert_signed(second, "garten", world)


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

"""Which way we sign at a server: the older one first, the other after a refusal, and what worked from then on."""

import httpx2
import pytest

import federation.knocks as knocks_module
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.vocabulary import RFC9421
from tests.federation.knocking import (
    INBOX,
    answers,
    deliver,
    learn_rfc9421,
    schemes,
    takes,
)
from tests.federation.loopback import OUR_KEY
from tests.federation.small_world import ALICE, World, assert_signed, rsa_key

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("refusal", [400, 401])
async def test_ac_1_4_a_peer_of_the_newer_scheme_is_asked_twice_and_then_once(
    world: World, refusal: int
) -> None:
    takes(world, INBOX, "rfc9421", refusal=refusal)
    assert await deliver(world) == 202
    assert schemes(world) == ["cavage", "rfc9421"]
    assert await deliver(world) == 202
    assert schemes(world) == ["rfc9421"]


async def test_ac_1_4_and_the_reverse(world: World) -> None:
    await learn_rfc9421(world)
    takes(world, INBOX, "cavage")
    assert await deliver(world) == 202
    assert schemes(world) == ["rfc9421", "cavage"]
    assert await deliver(world) == 202
    assert schemes(world) == ["cavage"]


async def test_ac_1_4_a_peer_of_the_older_scheme_is_asked_once(world: World) -> None:
    takes(world, INBOX, "cavage")
    for _ in range(2):
        assert await deliver(world) == 202
        assert schemes(world) == ["cavage"]


async def test_ac_1_4_after_seven_days_it_is_forgotten_whether_it_was_used_or_not(world: World) -> None:
    await learn_rfc9421(world)
    world.clock.forward(days=6, hours=23)
    await deliver(world)
    assert schemes(world) == ["rfc9421"]
    world.clock.forward(hours=1)
    await deliver(world)
    assert schemes(world) == ["cavage", "rfc9421"]


async def test_ac_1_5_each_knock_is_signed_anew_by_our_clock(world: World) -> None:
    """The second may be seconds after the first, and a peer may allow only one minute."""

    def slow(request: httpx2.Request) -> httpx2.Response:
        assert_signed(request, "garten", world)
        world.clock.forward(seconds=5)
        return httpx2.Response(401)

    world.routes[INBOX] = slow
    await deliver(world)
    first, second = world.requests
    assert first.headers["date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert second.headers["date"] == "Mon, 23 Nov 2026 12:00:05 GMT"
    assert f"created={int(world.clock.now().timestamp()) - 5};" in second.headers["signature-input"]


async def test_origins_are_remembered_each_for_itself(world: World) -> None:
    await learn_rfc9421(world)
    other = "https://other.example/inbox"
    answers(world, other)
    await world.client.post(other, b"{}", OUR_KEY)
    assert schemes(world) == ["cavage"]


async def test_the_memory_is_bounded_and_drops_what_was_longest_unused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocks_module, "MAX_REMEMBERED", 2)
    await learn_rfc9421(world)
    for name in ("b", "c"):
        url = f"https://{name}.example/inbox"
        answers(world, url)
        await world.client.post(url, b"{}", OUR_KEY)
        if name == "b":
            await deliver(world)
    world.requests.clear()
    await deliver(world)
    assert schemes(world) == ["rfc9421"]
    answers(world, "https://d.example/inbox")
    await world.client.post("https://d.example/inbox", b"{}", OUR_KEY)
    answers(world, "https://e.example/inbox")
    await world.client.post("https://e.example/inbox", b"{}", OUR_KEY)
    world.requests.clear()
    await deliver(world)
    assert schemes(world) == ["cavage", "rfc9421"]


@pytest.mark.parametrize("status", [200, 202, 301, 403, 404, 410, 413, 422, 429, 500, 503])
async def test_no_other_answer_is_taken_for_a_matter_of_signatures(world: World, status: int) -> None:
    answers(world, INBOX, status)
    assert await deliver(world) == status
    assert schemes(world) == ["cavage"]


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ((401, 401), 401),
        ((401, 400), 401),
        ((400, 401), 400),
        ((401, 403), 403),
        ((401, 410), 410),
        ((400, 500), 500),
        ((401, 429), 429),
    ],
)
async def test_when_both_are_refused_the_first_refusal_counts(
    world: World, given: tuple[int, int], counts: int
) -> None:
    """A server that never heard of RFC 9421 may call it malformed; that must not end a delivery for good."""
    answers(world, INBOX, *given, retry_after="7")
    answer = await world.client.post(INBOX, b"{}", OUR_KEY)
    assert (answer.status, answer.retry_after) == (counts, "7")
    assert schemes(world) == ["cavage", "rfc9421"]


async def test_nothing_is_learned_from_a_failure(world: World) -> None:
    answers(world, INBOX, 401, 500, 401, 404, 401, 401)
    for _ in range(3):
        await deliver(world)
        assert schemes(world) == ["cavage", "rfc9421"]


async def test_an_actor_s_hint_is_the_first_guess_until_something_worked(world: World) -> None:
    """FEP-844e."""
    hinted = ALICE.document(generator={"type": "Application", "implements": [{"href": RFC9421}]})
    world.serve(ALICE.id, hinted)
    await world.client.fetch_document(ALICE.id)
    takes(world, INBOX, "rfc9421")
    world.requests.clear()
    await deliver(world)
    assert schemes(world) == ["rfc9421"]


async def test_a_hint_that_is_wrong_costs_one_request_and_does_not_come_back(world: World) -> None:
    world.client.hint("https://peer.example")
    takes(world, INBOX, "cavage")
    await deliver(world)
    assert schemes(world) == ["rfc9421", "cavage"]
    world.client.hint("https://peer.example")
    await deliver(world)
    assert schemes(world) == ["cavage"]


async def test_a_hint_is_for_its_own_origin(world: World) -> None:
    world.client.hint("https://evil.example")
    takes(world, INBOX, "cavage")
    await deliver(world)
    assert schemes(world) == ["cavage"]


async def test_more_headers_are_signed_under_both_schemes(world: World) -> None:
    answers(world, INBOX, 401, 202)
    more = [("Collection-Synchronization", 'collectionId="x"')]
    await world.client.post(INBOX, b"{}", OUR_KEY, more_headers=more)
    for request in world.requests:
        headers = [(name.lower(), value) for name, value in request.headers.multi_items()]
        assert ("collection-synchronization", 'collectionId="x"') in headers
        raw = RawRequest("POST", "/inbox", headers, request.content)
        claim = inspect(raw, origin="https://peer.example", now=world.clock.now())
        assert "collection-synchronization" in claim.covered
        prove(claim, raw, rsa_key("garten").public)
    assert schemes(world) == ["cavage", "rfc9421"]

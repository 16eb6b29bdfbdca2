"""How a signed GET knocks: both schemes, and the target with its query and without."""

import json

import httpx2
import pytest

from federation.errors import NotAuthentic, Unreachable
from federation.fetching import Budget
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.vocabulary import ACTIVITY_JSON
from tests.federation.knocking import (
    INBOX,
    NOTE,
    PAGE,
    answers,
    covered_by,
    deliver,
    learn_rfc9421,
    scheme_of,
    schemes,
    takes,
)
from tests.federation.loopback import OUR_KEY
from tests.federation.small_world import World, assert_signed, rsa_key

pytestmark = pytest.mark.anyio


async def test_a_signed_get_knocks_twice_as_well_and_remembers(world: World) -> None:
    takes(world, NOTE, "rfc9421")
    await world.client.fetch_document(NOTE)
    assert schemes(world) == ["cavage", "rfc9421"]
    await world.client.fetch_document(NOTE)
    assert schemes(world) == ["rfc9421"]


async def test_a_get_that_went_well_at_once_teaches_nothing(world: World) -> None:
    """Most servers answer a GET whatever its signature is worth."""
    await learn_rfc9421(world)
    world.serve(NOTE, {"id": NOTE, "type": "Note"})
    await world.client.fetch_document(NOTE)
    assert schemes(world) == ["rfc9421"]
    other = "https://other.example/notes/1"
    world.serve(other, {"id": other, "type": "Note"})
    await world.client.fetch_document(other)
    world.client.hint("https://other.example")
    await world.client.fetch_document(other)
    assert schemes(world) == ["cavage", "rfc9421"]


async def test_unsigned_questions_are_asked_once(world: World) -> None:
    url = "https://peer.example/.well-known/nodeinfo"
    answers(world, url, 401, 401)
    with pytest.raises(Unreachable, match="bad-status"):
        await world.client.fetch_json(url, "application/json")
    assert world.asked == [url]


def way_of(request: httpx2.Request, world: World) -> str:
    if scheme_of(request) == "rfc9421":
        return "rfc9421"
    headers = [(name.lower(), value) for name, value in request.headers.multi_items()]
    # A verifier that knows only the bare path: a signature over the whole target does not hold there.
    raw = RawRequest("GET", request.url.path, headers, b"")
    claim = inspect(raw, origin="https://peer.example", now=world.clock.now())
    try:
        prove(claim, raw, rsa_key("home").public)
    except NotAuthentic:
        return "whole target"
    return "bare path"


def takes_only(world: World, way: str, refusal: int = 401) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert_signed(request, "home", world)
        if way_of(request, world) != way:
            return httpx2.Response(refusal)
        content = json.dumps({"id": PAGE, "type": "OrderedCollectionPage"})
        return httpx2.Response(200, content=content, headers={"content-type": ACTIVITY_JSON})

    world.routes[PAGE] = answer


async def test_a_get_with_a_query_is_also_signed_without_it(world: World) -> None:
    takes_only(world, "bare path")
    await world.client.fetch_document(PAGE)
    assert [way_of(request, world) for request in world.requests] == ["whole target", "bare path"]
    world.requests.clear()
    await world.client.fetch_document(PAGE)
    assert [way_of(request, world) for request in world.requests] == ["bare path"]
    answers(world, INBOX)
    await deliver(world)
    await world.client.fetch_document(PAGE)
    assert way_of(world.requests[-1], world) == "bare path"


async def test_a_get_costs_at_most_three_requests(world: World) -> None:
    takes_only(world, "rfc9421")
    await world.client.fetch_document(PAGE)
    ways = [way_of(request, world) for request in world.requests]
    assert ways == ["whole target", "bare path", "rfc9421"]
    world.requests.clear()
    takes_only(world, "nothing")
    with pytest.raises(Unreachable, match="401") as caught:
        await world.client.fetch_document(PAGE)
    assert caught.value.retry
    ways = [way_of(request, world) for request in world.requests]
    assert ways == ["rfc9421", "whole target", "bare path"]


async def test_a_400_is_no_reason_to_leave_the_query_out(world: World) -> None:
    takes_only(world, "nothing", refusal=400)
    with pytest.raises(Unreachable, match="400"):
        await world.client.fetch_document(PAGE)
    assert [way_of(request, world) for request in world.requests] == ["whole target", "rfc9421"]


async def test_every_knock_is_paid_for_from_the_budget(world: World) -> None:
    takes_only(world, "nothing")
    budget = Budget(requests=4)
    with pytest.raises(Unreachable, match="401"):
        await world.client.fetch_document(PAGE, budget=budget)
    assert budget.requests == 1
    with pytest.raises(Unreachable, match="budget-spent"):
        await world.client.fetch_document(PAGE, budget=budget)
    assert len(world.requests) == 4


async def test_a_redirect_is_no_success_so_the_next_hop_begins_as_the_first_did(world: World) -> None:
    def moved(request: httpx2.Request) -> httpx2.Response:
        if scheme_of(request) == "cavage":
            return httpx2.Response(401)
        return httpx2.Response(302, headers={"location": "/notes/1"})

    world.routes["https://peer.example/@alice/1"] = moved
    takes(world, NOTE, "rfc9421")
    await world.client.fetch_document("https://peer.example/@alice/1")
    assert schemes(world) == ["cavage", "rfc9421", "cavage", "rfc9421"]


STRANGE = ["/a?x[]=1", "/a%zz", "/a?%", "/[x]", "/a?b?c", "/'(x)*;,!@:$&+=~", "//x", "/%2F..%2f", "/?"]


@pytest.mark.parametrize("target", STRANGE)
@pytest.mark.parametrize("hinted", [True, False])
async def test_an_address_that_the_newer_scheme_cannot_name_is_asked_the_older_way(
    world: World, target: str, hinted: bool
) -> None:
    """PHP's `?x[]=1` is no URI to the letter, and a peer that answers 401 to it must not make us stumble."""
    if hinted:
        world.client.hint("https://peer.example")
    url = f"https://peer.example{target}"
    world.otherwise = lambda _: httpx2.Response(401, headers={"accept-signature": 'sig1=("@path" "@query")'})
    with pytest.raises(Unreachable, match="401"):
        await world.client.fetch_document(url)
    assert (await world.client.post(url, b"{}", OUR_KEY)).status == 401
    for request in world.requests:
        if request.method == "GET" and way_of(request, world) != "bare path":
            assert_signed(request, "home", world)
    assert len(world.requests) <= 6


async def test_what_a_delivery_was_asked_for_does_not_trip_a_get(world: World) -> None:
    def wants(request: httpx2.Request) -> httpx2.Response:
        if '"content-type" "digest"' in request.headers.get("signature-input", ""):
            return httpx2.Response(202)
        return httpx2.Response(401, headers={"accept-signature": 'sig1=("content-type" "digest" "date")'})

    world.routes[INBOX] = wants
    assert await deliver(world) == 202
    assert_signed(world.requests[-1], "garten", world)
    takes(world, NOTE, "rfc9421")
    await world.client.fetch_document(NOTE)
    assert covered_by(world.requests[-1]) == 'sig1=("@method" "@target-uri" "date")'

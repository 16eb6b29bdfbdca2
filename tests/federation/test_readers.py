"""Who signed a GET."""

from typing import Any

import pytest

from federation.errors import Forbidden, NotAuthentic, TooBusy
from federation.http_signatures.scheme import RawRequest
from federation.readers import authenticate
from federation.strangers import FOR_FIRST
from tests.federation.small_world import (
    ALICE,
    BOB,
    HUB,
    MALLORY,
    OUR_AUTHORITY,
    OUR_ORIGIN,
    Peer,
    World,
    accepted,
    replaced,
)

pytestmark = pytest.mark.anyio

PATH = "/calls/1?page=2"


async def reader(world: World, request: RawRequest, **options: Any) -> str:
    signer = await authenticate(
        request, origin=OUR_ORIGIN, client=world.client, actors=world.memory, clock=world.clock, **options
    )
    return signer.id


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_signed_get_names_its_signer(town: World, scheme: Any) -> None:
    assert await reader(town, ALICE.get(PATH, scheme=scheme)) == ALICE.id
    assert town.asked == [ALICE.id]
    town.memory.actors.append(BOB.read())
    assert await reader(town, BOB.get(PATH, scheme=scheme)) == BOB.id
    assert town.asked == [ALICE.id]


async def test_a_get_without_a_signature_costs_nothing(town: World) -> None:
    bare = RawRequest("GET", PATH, [("host", OUR_AUTHORITY)], b"")
    with pytest.raises(NotAuthentic, match="signature-missing") as caught:
        await reader(town, bare)
    assert caught.value.status == 401
    assert town.requests == []


@pytest.mark.parametrize("missing", ["host", "date", "(request-target)"])
async def test_sig_09_a_get_has_to_cover_what_it_asks_whom_and_when(town: World, missing: str) -> None:
    request = ALICE.get(PATH)
    signature = next(value for name, value in request.headers if name == "signature")
    covered = "(request-target) host date"
    assert f'headers="{covered}"' in signature
    left = " ".join(name for name in covered.split() if name != missing)
    with pytest.raises(NotAuthentic):
        await reader(town, replaced(request, "signature", signature.replace(covered, left)))
    assert town.requests == []


async def test_a_get_signed_for_another_path_or_server_does_not_count(town: World) -> None:
    request = ALICE.get(PATH)
    for target in ("/calls/2", "/calls/1?page=3", "/calls/1?page=2&x"):
        with pytest.raises(NotAuthentic, match="signature-mismatch"):
            await reader(town, RawRequest("GET", target, request.headers, b""))
    with pytest.raises(NotAuthentic, match="host-mismatch"):
        await reader(town, replaced(request, "host", "other.example"))
    town.clock.forward(hours=2)
    with pytest.raises(NotAuthentic, match="date-skew"):
        await reader(town, request)


async def test_a_delivery_s_signature_is_not_one_for_reading(acquainted: World) -> None:
    delivered = ALICE.post(ALICE.activity("Follow", HUB))
    with pytest.raises(NotAuthentic):
        await reader(acquainted, RawRequest("GET", "/inbox", delivered.headers, b""))


async def test_a_blocked_reader_is_403_before_anything_is_fetched(town: World) -> None:
    asked: list[str] = []

    def is_blocked(authority: str) -> bool:
        asked.append(authority)
        return True

    with pytest.raises(Forbidden, match="blocked"):
        await reader(town, ALICE.get(PATH), is_blocked=is_blocked)
    assert asked == ["peer.example"]
    assert town.requests == []


async def test_readers_cost_what_senders_cost(town: World) -> None:
    most = FOR_FIRST.per_minute
    for number in range(most):
        with pytest.raises(NotAuthentic, match="key-gone"):
            await reader(town, Peer(f"invented-{number}", "n.evil.example", key_name="mallory").get(PATH))
    with pytest.raises(TooBusy, match="too-many-strangers"):
        await reader(town, MALLORY.get(PATH))
    assert len(town.requests) == most


async def test_what_a_server_reads_is_limited_apart_from_what_it_sends(acquainted: World) -> None:
    for _ in range(200):
        await reader(acquainted, ALICE.get(PATH))
    with pytest.raises(TooBusy, match="too-fast"):
        await reader(acquainted, BOB.get(PATH))
    await accepted(acquainted, ALICE.post(ALICE.activity("Follow", HUB)))


@pytest.mark.parametrize(
    "key_id", ["https://a..b/key", "https://a.example:99999/key", "https://\u00e9.example/", "key"]
)
async def test_a_key_id_that_is_no_address_is_no_signature(town: World, key_id: str) -> None:
    request = ALICE.get(PATH)
    signature = next(value for name, value in request.headers if name == "signature")
    with pytest.raises(NotAuthentic, match="bad-key-id"):
        await reader(town, replaced(request, "signature", signature.replace(ALICE.key_id, key_id)))


@pytest.mark.parametrize("key_id", ["https://10.0.0.1/{}", "https://x.test/{}", "https://x.example:8443/{}"])
async def test_res_11_keys_where_nobody_is_ever_asked_take_no_ones_place(town: World, key_id: str) -> None:
    """They cost nothing, so a flood of them would push out what is remembered of hosts that were asked too often."""
    request = ALICE.get(PATH)
    signature = next(value for name, value in request.headers if name == "signature")
    for number in range(2 * FOR_FIRST.per_minute):
        named = signature.replace(ALICE.key_id, key_id.format(number))
        with pytest.raises(NotAuthentic, match="key-unreachable"):
            await reader(town, replaced(request, "signature", named))
    assert town.requests == []

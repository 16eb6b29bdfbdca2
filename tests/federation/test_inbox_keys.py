"""Which keys may sign a request, what happens when one changes, and what all that may cost."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import httpx2
import pytest

from federation.addresses import NetworkPolicy
from federation.errors import FederationError, Forbidden, NotAuthentic, TooBusy
from federation.inbox import RawRequest
from federation.integrity_proofs import attach
from federation.keys import SigningKey
from federation.strangers import FOR_AGAIN, FOR_FIRST
from tests.federation.small_world import (
    ALICE,
    BOB,
    HUB,
    MALLORY,
    NOW,
    Peer,
    World,
    accepted,
    replaced,
    rsa_key,
    take,
)

pytestmark = pytest.mark.anyio

FOLLOW = ALICE.activity("Follow", HUB)


async def refusal(world: World, request: RawRequest) -> tuple[int, str]:
    with pytest.raises(FederationError) as caught:
        await take(world, request)
    return caught.value.status, caught.value.reason


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    "signed", [lambda: ALICE.post(FOLLOW, scheme="rfc9421"), lambda: ALICE.post_by_ed25519(FOLLOW)]
)
async def test_rfc_9421_by_either_key_of_an_actor(
    town: World, signed: Callable[[], RawRequest], known: bool
) -> None:
    if known:
        town.memory.actors.append(ALICE.read())
    activity = await accepted(town, signed())
    assert (activity.actor.id, activity.fresh) == (ALICE.id, not known)
    assert len(town.requests) == (0 if known else 1)


async def test_rfc_9421_by_a_key_that_the_actor_does_not_list(acquainted: World) -> None:
    forger = Peer("alice", key_name="mallory's")
    assert await refusal(acquainted, forger.post_by_ed25519(FOLLOW)) == (401, "signature-mismatch")
    for method in (f"{ALICE.id}#another", ALICE.id):
        key = SigningKey(method, rsa_key("mallory's"))
        with pytest.raises((Forbidden, NotAuthentic)):
            await take(acquainted, ALICE.post(FOLLOW, key=key, scheme="rfc9421"))


async def test_sig_15_a_key_for_proofs_does_not_sign_after_the_older_draft(acquainted: World) -> None:
    """Its algorithm has no name there that two servers agree about."""
    key = SigningKey(ALICE.method, rsa_key(ALICE.key_name))
    assert await refusal(acquainted, ALICE.post(FOLLOW, key=key)) == (401, "key-not-listed")


async def test_sig_04_a_body_changed_after_signing_is_not_even_parsed(town: World) -> None:
    request = ALICE.post(FOLLOW, scheme="rfc9421")
    for body in (b"{", request.body[:-1], request.body.replace(b"hub", b"hob")):
        changed = RawRequest("POST", "/inbox", request.headers, body)
        assert await refusal(town, changed) == (401, "digest-mismatch")
    assert town.requests == []


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_ac_1_6_sig_20_a_changed_key_costs_one_fetch_and_forgeries_no_other(
    acquainted: World, scheme: Any
) -> None:
    second = Peer("alice", key_name="alice's second")
    acquainted.serve(ALICE.id, second.document())
    assert (await accepted(acquainted, second.post(FOLLOW, scheme=scheme))).fresh
    forger = Peer("alice", key_name="mallory's")
    for _ in range(100):
        assert await refusal(acquainted, forger.post(FOLLOW, scheme=scheme)) == (401, "signature-mismatch")
        acquainted.clock.forward(seconds=0.6)
    assert acquainted.asked == [ALICE.id]


async def test_ac_1_6_a_forgery_before_the_change_does_not_hide_it(acquainted: World) -> None:
    """A hundred bad requests cost one fetch; five minutes later there is another for whoever is honest."""
    forger = Peer("alice", key_name="mallory's")
    for _ in range(100):
        await refusal(acquainted, forger.post(FOLLOW))
    assert acquainted.asked == [ALICE.id]
    second = Peer("alice", key_name="alice's second")
    acquainted.serve(ALICE.id, second.document())
    assert await refusal(acquainted, second.post(FOLLOW)) == (401, "signature-mismatch")
    acquainted.clock.forward(minutes=5)
    now = acquainted.clock.now()
    assert (await accepted(acquainted, second.post(FOLLOW, now=now))).fresh
    assert acquainted.asked == [ALICE.id] * 2


async def test_ac_1_6_a_stranger_that_changes_its_key_within_minutes(town: World) -> None:
    """Likes leave nobody's name here, so the next one of the same sender finds only what was kept in memory."""
    await accepted(town, ALICE.post(ALICE.activity("Like", HUB)))
    second = Peer("alice", key_name="alice's second")
    town.serve(ALICE.id, second.document())
    assert (await accepted(town, second.post(FOLLOW))).fresh
    assert town.asked == [ALICE.id] * 2
    for forger in (ALICE, Peer("alice", key_name="mallory's")):
        for _ in range(50):
            assert await refusal(town, forger.post(FOLLOW)) == (401, "signature-mismatch")
    await accepted(town, second.post(FOLLOW))
    assert town.asked == [ALICE.id] * 2


async def test_a_new_key_under_a_new_id_is_found(acquainted: World) -> None:
    second = Peer("alice", key_name="alice's second", key_id=f"{ALICE.id}#key-2")
    acquainted.serve(ALICE.id, second.document())
    activity = await accepted(acquainted, second.post(FOLLOW))
    assert (activity.fresh, list(activity.actor.public_keys)) == (True, [second.key_id])


@pytest.mark.parametrize(
    "key_id", [f"https://n{number}.evil.example/users/x#main-key" for number in (1, 2)] + [MALLORY.key_id]
)
async def test_a_blocked_host_of_a_key_is_403_before_anything_is_fetched(town: World, key_id: str) -> None:
    owner = key_id.partition("#")[0]
    request = ALICE.post(
        ALICE.activity("Follow", HUB, actor=owner), key=SigningKey(key_id, rsa_key("mallory"))
    )
    with pytest.raises(Forbidden, match="blocked"):
        await take(town, request, is_blocked=lambda authority: authority.endswith("evil.example"))
    assert town.requests == []


async def test_res_11_a_wildcard_in_the_dns_is_one_domain(town: World) -> None:
    reasons = []
    for number in range(40):
        invented = Peer("x", f"n{number}.evil.example", key_name="mallory")
        reasons.append(await refusal(town, invented.post(invented.activity("Follow", HUB))))
    most = FOR_FIRST.per_minute
    assert reasons == [(401, "key-gone")] * most + [(429, "too-many-strangers")] * (40 - most)
    assert (await accepted(town, ALICE.post(FOLLOW))).fresh, "nobody else is held up"


async def test_res_11_ports_of_one_name_are_one_and_addresses_are_told_apart(town: World) -> None:
    town.client = town.make_client(NetworkPolicy((ip_network("127.0.0.0/8"),)))
    reasons = []
    for number in range(40):
        invented = Peer("x", f"evil.example:{8000 + number}", key_name="mallory")
        reasons.append(await refusal(town, invented.post(invented.activity("Follow", HUB))))
    assert reasons.count((429, "too-many-strangers")) == 40 - FOR_FIRST.per_minute
    for number in range(40):
        invented = Peer("x", f"127.0.0.1:{8000 + number}", key_name="mallory")
        assert await refusal(town, invented.post(invented.activity("Follow", HUB))) == (401, "key-gone")


async def test_res_11_forged_keys_of_remembered_actors_have_a_small_pool_of_their_own(town: World) -> None:
    followers = [Peer(f"f{number}", key_name="alice@peer.example") for number in range(20)]
    for follower in followers:
        town.serve(follower.id, follower.document())
        town.memory.actors.append(follower.read())
    for follower in followers:
        forger = Peer(follower.name, key_name="mallory's")
        status, _ = await refusal(town, forger.post(forger.activity("Follow", HUB)))
        assert status in (401, 429)
    assert len(town.requests) == FOR_AGAIN.per_minute
    for follower in followers:
        assert not (await accepted(town, follower.post(follower.activity("Follow", HUB)))).fresh
    assert (await accepted(town, ALICE.post(FOLLOW))).fresh, "and strangers have theirs"


async def test_a_neighbour_that_lists_anothers_key_does_not_silence_its_owner(town: World) -> None:
    """The key is public: whoever is remembered with it would be taken for the signer of all that Alice sends."""
    stolen = {"id": ALICE.key_id, "owner": BOB.id, "publicKeyPem": rsa_key(ALICE.key_name).public.pem}
    town.memory.actors.append(BOB.read(publicKey=stolen))
    activity = await accepted(town, ALICE.post(FOLLOW))
    assert (activity.actor.id, activity.fresh, town.asked) == (ALICE.id, True, [ALICE.id])
    await accepted(town, ALICE.post(FOLLOW))
    assert town.asked == [ALICE.id]


async def test_a_silent_host_is_asked_once_for_all_its_keys(town: World) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("connection refused", request=request)

    for number in range(10):
        peer = Peer(f"x{number}", "silent.example", key_name="mallory")
        town.routes[peer.id] = refuse
        assert await refusal(town, peer.post(peer.activity("Follow", HUB))) == (401, "key-unreachable")
    assert len(town.requests) == 1


async def test_verified_senders_are_limited_by_their_own_origin_alone(acquainted: World) -> None:
    """A flood in the name of a server must not take what the server itself may send."""
    forger = Peer("alice", key_name="mallory's")
    for _ in range(300):
        assert await refusal(acquainted, forger.post(FOLLOW)) == (401, "signature-mismatch")
    for number in range(200):
        sender = (ALICE, BOB)[number % 2]
        await accepted(acquainted, sender.post(sender.activity("Like", HUB)))
    with pytest.raises(TooBusy) as caught:
        await take(acquainted, ALICE.post(FOLLOW))
    assert (caught.value.status, caught.value.reason, caught.value.retry_after) == (429, "too-fast", 1)
    await accepted(acquainted, MALLORY.post(MALLORY.activity("Like", HUB)))
    for _ in range(3):
        acquainted.clock.forward(seconds=1)
        for _ in range(100):
            await accepted(acquainted, ALICE.post(FOLLOW))
        assert await refusal(acquainted, ALICE.post(FOLLOW)) == (429, "too-fast")


async def test_one_verification_asks_five_times_at_most(town: World) -> None:
    """RES-10: a key that names an owner, each behind redirects, and then an author as well."""
    key_id = "https://evil.example/keys/1"
    for number in range(9):
        town.redirect(f"https://evil.example/keys/{number}", f"https://evil.example/keys/{number + 1}")
    looping = Peer("mallory", "evil.example", key_id=key_id)
    assert (await refusal(town, looping.post(looping.activity("Follow", HUB))))[0] == 401
    assert len(town.requests) <= 5
    town.requests.clear()
    owner = "https://chain.example/users/x"
    town.redirect("https://chain.example/k", "https://chain.example/k2")
    town.redirect("https://chain.example/k2", "https://chain.example/k3")
    town.serve("https://chain.example/k3", {"id": "https://chain.example/k4", "owner": owner})
    town.serve("https://chain.example/k4", {"id": "https://chain.example/k4", "owner": owner})
    town.redirect(owner, owner + "2")
    town.redirect(owner + "2", owner + "3")
    chained = Peer("x", "chain.example", key_id="https://chain.example/k")
    assert (await refusal(town, chained.post(chained.activity("Follow", HUB))))[0] == 401
    assert len(town.requests) == 5


SYNC = "collection-synchronization"
VALUE = f'collectionId="{ALICE.id}/followers", url="{ALICE.id}/followers-of-home", digest="{"0" * 64}"'


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_header_counts_where_the_actor_signed_it(acquainted: World, scheme: Any) -> None:
    signed = ALICE.post(FOLLOW, scheme=scheme, more_headers=[(SYNC, VALUE), ("x-other", "1")])
    assert (await accepted(acquainted, signed)).headers == {SYNC: VALUE}
    unsigned = replaced(ALICE.post(FOLLOW, scheme=scheme), SYNC, VALUE)
    assert (await accepted(acquainted, unsigned)).headers == {}
    assert await refusal(acquainted, replaced(signed, SYNC, VALUE + "x")) == (401, "signature-mismatch")


async def test_a_header_that_another_carrier_signed_is_not_the_actors(acquainted: World) -> None:
    proved = attach(FOLLOW, ALICE.proof_key, NOW)
    activity = await accepted(acquainted, MALLORY.post(proved, more_headers=[(SYNC, VALUE)]))
    assert (activity.actor.id, activity.headers) == (ALICE.id, {})
    assert (await accepted(acquainted, ALICE.post(proved, more_headers=[(SYNC, VALUE)]))).headers

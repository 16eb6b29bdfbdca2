"""Whose signature an inbox counts, and what a sender it does not know may cost it."""

from typing import Any

import httpx2
import pytest

from federation.actors import RemoteActor
from federation.errors import Forbidden, Malformed, NotAuthentic, TooBusy
from federation.inbox import RawRequest
from federation.integrity_proofs import attach
from federation.strangers import FOR_AGAIN, FOR_FIRST
from tests.federation.small_world import (
    ALICE,
    BOB,
    HUB,
    MALLORY,
    NOW,
    Memory,
    Peer,
    World,
    accepted,
    replaced,
    rsa_key,
    take,
)

pytestmark = pytest.mark.anyio


async def test_sig_01_without_a_signature_nothing_is_fetched(town: World) -> None:
    request = replaced(ALICE.post(ALICE.activity("Follow", HUB)), "signature", None)
    with pytest.raises(NotAuthentic) as caught:
        await take(town, request)
    assert caught.value.status == 401
    assert town.requests == []


async def test_a_request_signed_only_after_rfc_9421_is_answered_with_401(town: World) -> None:
    """So that the sender's second knock, after the older draft, arrives."""
    request = ALICE.post(ALICE.activity("Follow", HUB))
    request = replaced(request, "signature", "sig1=:AAAA:")
    request = replaced(
        request, "signature-input", 'sig1=("@method" "@target-uri");created=1;keyid="https://peer.example/k"'
    )
    with pytest.raises(NotAuthentic):
        await take(town, request)
    assert town.requests == []


@pytest.mark.parametrize("hours", [-13, -2, 2])
async def test_sig_02_a_date_far_off_is_401_unfetched(town: World, hours: int) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    town.clock.forward(hours=-hours)
    with pytest.raises(NotAuthentic, match="date-skew"):
        await take(town, request)
    assert town.requests == []


async def test_sig_04_a_body_changed_after_signing_is_not_even_parsed(town: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    for body in (request.body.replace(b"hub", b"hob"), request.body[:-1], b""):
        with pytest.raises(NotAuthentic, match="digest-mismatch"):
            await take(town, RawRequest("POST", "/inbox", request.headers, body))
    assert town.requests == []


async def test_sig_11_a_request_signed_for_another_server_does_not_count_here(town: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB), url="https://other.example/inbox")
    with pytest.raises(NotAuthentic, match="host-mismatch"):
        await take(town, request)
    assert town.requests == []


async def test_a_signature_for_another_path_does_not_count_here(acquainted: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        await take(acquainted, RawRequest("POST", "/users/other/inbox", list(request.headers), request.body))


async def test_idc_01_mallory_cannot_sign_for_alice(acquainted: World) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(acquainted, MALLORY.post(ALICE.activity("Follow", HUB)))
    assert acquainted.requests == []


async def test_sig_12_a_stranger_who_signs_for_a_stranger_costs_no_fetch(town: World) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(town, MALLORY.post(ALICE.activity("Follow", HUB)))
    assert town.requests == []


async def test_a_remembered_actor_that_does_not_list_the_key_proves_nothing(acquainted: World) -> None:
    class Confused(Memory):
        async def by_key_id(self, key_id: str) -> RemoteActor | None:
            return self.actors[0]

    acquainted.memory = Confused([ALICE.read(publicKey=None)])
    acquainted.serve(ALICE.id, ALICE.document(publicKey=None))
    with pytest.raises(Forbidden, match="key-not-listed"):
        await take(acquainted, Peer("alice", key_name="mallory's").post(ALICE.activity("Follow", HUB)))


async def test_idc_01_neither_can_a_neighbour_on_the_same_host(town: World) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(town, BOB.post(ALICE.activity("Follow", HUB)))


async def test_idc_06_a_key_written_into_the_activity_is_not_believed(town: World) -> None:
    forged = Peer("alice", key_name="mallory's")
    with pytest.raises(NotAuthentic):
        await take(town, forged.post(ALICE.activity("Follow", HUB, actor=forged.document())))


async def test_sig_13_a_key_whose_owner_does_not_list_it_is_refused(town: World) -> None:
    key_id = "https://peer.example/uploads/key"
    town.serve(key_id, {"id": key_id, "owner": ALICE.id, "publicKeyPem": rsa_key("mallory").public.pem})
    with pytest.raises(Forbidden, match="key-not-listed") as caught:
        await take(town, Peer("alice", key_id=key_id, key_name="mallory").post(ALICE.activity("Follow", HUB)))
    assert caught.value.status == 403


async def test_sig_17_a_weak_or_broken_key_is_401(town: World) -> None:
    for pem in ("nonsense", rsa_key("x").public.pem.replace("PUBLIC", "PRIVATE"), ""):
        key = ALICE.document()["publicKey"] | {"publicKeyPem": pem}
        town = World()
        town.serve(ALICE.id, ALICE.document(publicKey=key))
        with pytest.raises(NotAuthentic):
            await take(town, ALICE.post(ALICE.activity("Follow", HUB)))


@pytest.mark.parametrize(
    "key_id",
    [
        "http://127.0.0.1:8000/key",
        "https://127.0.0.1/key",
        "https://localhost/key",
        "https://169.254.169.254/latest",
        "https://peer.example:6379/key",
        "http://peer.example/users/alice#main-key",
        "file:///etc/passwd",
        "https://peer.example@127.0.0.1/key",
        "acct:alice@peer.example",
    ],
)
async def test_ssr_01_a_key_id_that_leads_inside_is_never_asked_for(town: World, key_id: str) -> None:
    for actor in (ALICE.id, key_id):
        request = Peer("alice", key_id=key_id).post(ALICE.activity("Follow", HUB, actor=actor))
        with pytest.raises((NotAuthentic, Malformed)):
            await take(town, request)
    assert town.requests == []


async def test_a_blocked_host_is_403_before_anything_is_fetched(town: World) -> None:
    asked: list[str] = []

    def is_blocked(authority: str) -> bool:
        asked.append(authority)
        return authority == "peer.example"

    with pytest.raises(Forbidden, match="blocked"):
        await take(town, ALICE.post(ALICE.activity("Follow", HUB)), is_blocked=is_blocked)
    assert asked == ["peer.example"]
    assert town.requests == []


async def test_a_blocked_author_is_not_let_in_by_a_forwarder(town: World) -> None:
    document = attach(ALICE.activity("Follow", HUB), ALICE.proof_key, NOW)
    with pytest.raises(Forbidden, match="blocked"):
        await take(town, MALLORY.post(document), is_blocked=lambda authority: authority == "peer.example")
    assert town.requests == []


async def test_ac_1_6_a_changed_key_is_fetched_once_and_forgeries_do_not_fetch_it_again(
    acquainted: World,
) -> None:
    rotated = Peer("alice", key_name="alice's second")
    acquainted.serve(ALICE.id, rotated.document())
    activity = await accepted(acquainted, rotated.post(ALICE.activity("Follow", HUB)))
    assert activity.fresh
    assert activity.actor.public_keys == {ALICE.key_id: rsa_key("alice's second").public.pem}
    forger = Peer("alice", key_name="mallory's")
    for _ in range(100):
        with pytest.raises(NotAuthentic, match="signature-mismatch"):
            await take(acquainted, forger.post(ALICE.activity("Follow", HUB)))
    assert acquainted.asked == [ALICE.id]


async def test_a_key_that_cannot_be_had_is_401_and_never_a_fault_of_ours(town: World) -> None:
    nobody = Peer("nobody")
    with pytest.raises(NotAuthentic, match="key-gone"):
        await take(town, nobody.post(nobody.activity("Follow", HUB)))
    silent = Peer("silent", "silent.example")
    town.routes[silent.id] = lambda _: httpx2.Response(502)
    with pytest.raises(NotAuthentic, match="key-unreachable"):
        await take(town, silent.post(silent.activity("Follow", HUB)))


async def test_a_silent_server_that_answers_again_is_heard_within_seconds(town: World) -> None:
    town.routes[ALICE.id] = lambda _: httpx2.Response(502)
    for _ in range(2):
        with pytest.raises(NotAuthentic):
            await take(town, ALICE.post(ALICE.activity("Follow", HUB)))
    assert len(town.requests) == 1
    town.serve(ALICE.id, ALICE.document())
    town.clock.forward(seconds=10)
    assert (await accepted(town, ALICE.post(ALICE.activity("Follow", HUB)))).fresh


@pytest.mark.parametrize(
    ("served", "media_type"),
    [
        (ALICE.document(), "application/json"),
        (b"not json", "application/activity+json"),
        (ALICE.document(inbox=None), "application/activity+json"),
        ({"id": ALICE.id, "type": "Note"}, "application/activity+json"),
    ],
)
async def test_an_unreadable_key_document_is_the_senders_fault(
    town: World, served: Any, media_type: str
) -> None:
    town.serve(ALICE.id, served, media_type=media_type)
    with pytest.raises(NotAuthentic, match="bad-key-document") as caught:
        await take(town, ALICE.post(ALICE.activity("Follow", HUB)))
    assert caught.value.status == 401


async def test_res_11_invented_keys_of_one_host_are_asked_for_a_few_times(town: World) -> None:
    refusals = []
    for number in range(40):
        invented = Peer(f"invented-{number}", key_name="mallory")
        with pytest.raises((NotAuthentic, TooBusy)) as caught:
            await take(town, invented.post(invented.activity("Follow", HUB)))
        refusals.append((caught.value.status, caught.value.reason))
    most = FOR_FIRST.per_minute
    assert refusals == [(401, "key-gone")] * most + [(429, "too-many-strangers")] * (40 - most)
    assert len(town.requests) == most
    assert most + FOR_AGAIN.per_minute <= 30

"""Documents that prove by themselves who wrote them (FEP-8b32), whoever delivers them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from federation.actors import RemoteActor, fetch_key
from federation.errors import Forbidden, NotAuthentic
from federation.integrity_proofs import attach
from federation.keys import ProofKey
from federation.multibase import did_key
from tests.federation.small_world import (
    ALICE,
    BOB,
    MALLORY,
    NOW,
    Peer,
    World,
    accepted,
    ed25519_key,
    take,
)

pytestmark = pytest.mark.anyio


async def test_a_forwarded_activity_with_a_proof_counts_as_its_authors(town: World) -> None:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    activity = await accepted(town, MALLORY.post(document))
    assert (activity.actor.id, activity.fresh) == (ALICE.id, True)
    assert set(town.asked) == {MALLORY.id, ALICE.id}


async def test_a_forwarded_activity_of_a_remembered_author_is_not_fresh(acquainted: World) -> None:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    activity = await accepted(acquainted, MALLORY.post(document))
    assert (activity.actor.id, activity.fresh) == (ALICE.id, False)
    assert acquainted.requests == []


async def test_a_changed_proof_key_of_a_remembered_author_is_asked_for_once(acquainted: World) -> None:
    rotated = Peer("alice", key_name="alice's second")
    acquainted.serve(ALICE.id, rotated.document())
    document = attach(ALICE.activity("Create", ALICE.note()), rotated.proof_key, NOW)
    assert (await accepted(acquainted, MALLORY.post(document))).fresh
    assert acquainted.asked == [ALICE.id]


def forged(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    change(document)
    return document


@pytest.mark.parametrize(
    "document",
    [
        forged(lambda d: d["object"].update(content="<p>changed</p>")),
        forged(lambda d: d["proof"].update(created="2026-11-23T11:59:00Z")),
        forged(lambda d: d["proof"].update(domain="home.example")),
        forged(lambda d: d["proof"].update(verificationMethod=MALLORY.method)),
        forged(lambda d: d["proof"].update(verificationMethod=BOB.method)),
        forged(lambda d: d["proof"].update(verificationMethod="did:key:z6Mk")),
        forged(lambda d: d.update(proof=[d["proof"], d["proof"]])),
        forged(lambda d: d.update(proof="trust me")),
        forged(lambda d: d["proof"].update(cryptosuite="mldsa44-jcs-2024")),
        forged(
            lambda d: d["proof"].update(cryptosuite="mldsa44-jcs-2024", verificationMethod=MALLORY.method)
        ),
        attach(ALICE.activity("Create", ALICE.note()), MALLORY.proof_key, NOW),
        attach(ALICE.activity("Create", ALICE.note()), BOB.proof_key, NOW),
    ],
)
async def test_ac_1_11_a_forwarded_activity_without_its_authors_proof_is_401(
    acquainted: World, document: dict[str, Any]
) -> None:
    with pytest.raises(NotAuthentic):
        await take(acquainted, MALLORY.post(document))


async def test_sig_27_a_proof_by_a_key_of_another_host_does_not_fetch_its_victim(town: World) -> None:
    town.memory.actors.append(MALLORY.read())
    document = attach(ALICE.activity("Create", ALICE.note()), MALLORY.proof_key, NOW)
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(town, MALLORY.post(document))
    assert town.requests == []


async def test_a_forwarder_has_to_sign_its_own_request(acquainted: World) -> None:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    forger = Peer("mallory", "evil.example", key_name="somebody's")
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        await take(acquainted, forger.post(document))


async def test_a_proof_does_not_widen_what_its_author_may_do(acquainted: World) -> None:
    document = attach(ALICE.activity("Delete", MALLORY.id), ALICE.proof_key, NOW)
    with pytest.raises(Forbidden, match="object-elsewhere"):
        await take(acquainted, MALLORY.post(document))


def proved(peer: Peer = ALICE, key: ProofKey | None = None) -> dict[str, Any]:
    return attach(peer.activity("Create", peer.note()), key or peer.proof_key, NOW)


async def test_a_proof_and_a_signature_by_the_same_actor_agree(town: World) -> None:
    activity = await accepted(town, ALICE.post(proved()))
    assert (activity.actor.id, activity.fresh) == (ALICE.id, True)
    assert town.asked == [ALICE.id], "one document has both keys"
    town.memory.actors.append(ALICE.read())
    assert not (await accepted(town, ALICE.post(proved()))).fresh
    assert town.asked == [ALICE.id]


@pytest.mark.parametrize(
    ("document", "reason", "asked"),
    [
        (forged(lambda d: d["object"].update(content="<p>changed</p>")), "proof-mismatch", 1),
        (forged(lambda d: d["proof"].update(domain="home.example")), "proof-mismatch", 1),
        (forged(lambda d: d["proof"].update(verificationMethod=f"{ALICE.id}#none")), "unknown-method", 1),
        (attach(ALICE.activity("Create", ALICE.note()), BOB.proof_key, NOW), "unknown-method", 1),
        (attach(ALICE.activity("Create", ALICE.note()), MALLORY.proof_key, NOW), "unknown-method", 1),
        (forged(lambda d: d.update(attributedTo=BOB.id)), "not-the-owner", 0),
        (forged(lambda d: d["proof"].update(expires="2026-11-23T11:00:00Z")), "proof-expired", 0),
        (forged(lambda d: d["proof"].update(created="2026-11-23T14:00:00Z")), "proof-created", 0),
        (forged(lambda d: d["proof"].update(previousProof="urn:x")), "proof-chain", 0),
        (forged(lambda d: d["proof"].update(proofValue="z")), "proof-malformed", 0),
        (forged(lambda d: d.update(proof=[d["proof"], d["proof"]])), "many-proofs", 0),
    ],
)
async def test_sig_27_a_proof_that_does_not_hold_is_401_although_the_signature_does(
    acquainted: World, document: dict[str, Any], reason: str, asked: int
) -> None:
    """FEP-8b32: the proof has precedence. What a new key of the author could mend is asked for, once."""
    for _ in range(3):
        with pytest.raises(NotAuthentic, match=reason):
            await take(acquainted, ALICE.post(document))
    assert acquainted.asked == [ALICE.id] * asked


async def test_sig_27_a_stranger_whose_proof_does_not_hold_is_not_asked_twice(town: World) -> None:
    document = forged(lambda d: d["object"].update(content="<p>changed</p>"))
    with pytest.raises(NotAuthentic, match="proof-mismatch"):
        await take(town, ALICE.post(document))
    assert town.asked == [ALICE.id]


async def test_a_changed_proof_key_beside_an_unchanged_signature_is_asked_for_once(acquainted: World) -> None:
    second = Peer("alice", key_name="alice's second")
    methods = second.document()["assertionMethod"]
    acquainted.serve(ALICE.id, ALICE.document(assertionMethod=methods))
    for _ in range(3):
        activity = await accepted(acquainted, ALICE.post(proved(key=second.proof_key)))
        assert activity.fresh
    assert acquainted.asked == [ALICE.id]


@pytest.mark.parametrize(
    "proof", [{"cryptosuite": "mldsa44-jcs-2024"}, {"type": "RsaSignature2017"}, "x", 7, {}]
)
async def test_a_proof_that_nobody_here_can_read_decides_nothing(acquainted: World, proof: Any) -> None:
    document = proved()
    document["proof"] = document["proof"] | proof if isinstance(proof, dict) and proof else proof
    activity = await accepted(acquainted, ALICE.post(document))
    assert not activity.fresh


DID_KEY = ed25519_key("alice's did")
DID = did_key(DID_KEY.public)


def statement(actor_id: str) -> dict[str, Any]:
    bare = {"type": "VerifiableIdentityStatement", "subject": DID, "alsoKnownAs": actor_id}
    return attach(bare, ProofKey(DID, DID_KEY), NOW)


@pytest.mark.parametrize("method", [DID, f"{DID}#{DID.removeprefix('did:key:')}"])
async def test_a_did_key_speaks_for_the_actor_that_shows_its_statement(town: World, method: str) -> None:
    town.serve(ALICE.id, ALICE.document(attachment=[statement(ALICE.id)]))
    document = proved(key=ProofKey(method, DID_KEY))
    for carrier in (ALICE, MALLORY):
        assert (await accepted(town, carrier.post(document))).actor.identities == (DID,)


@pytest.mark.parametrize(
    "attachment",
    [[], [statement(BOB.id)], [statement(ALICE.id) | {"subject": did_key(ed25519_key("x").public)}]],
)
async def test_a_did_key_without_a_statement_speaks_for_nobody(town: World, attachment: list[Any]) -> None:
    town.serve(ALICE.id, ALICE.document(attachment=attachment))
    town.serve(MALLORY.id, MALLORY.document(attachment=[statement(ALICE.id)]))
    document = proved(key=ProofKey(DID, DID_KEY))
    for carrier in (ALICE, MALLORY):
        with pytest.raises(NotAuthentic, match="unknown-method"):
            await take(town, carrier.post(document))


async def test_what_was_proved_long_ago_is_not_passed_on_anew(acquainted: World) -> None:
    """Ids are remembered for thirty days: after those an old edit could be brought back by anybody."""
    old = attach(ALICE.activity("Update", ALICE.note()), ALICE.proof_key, NOW - timedelta(days=8))
    with pytest.raises(NotAuthentic, match="proof-old"):
        await take(acquainted, MALLORY.post(old))
    assert (await accepted(acquainted, ALICE.post(old))).actor.id == ALICE.id
    recent = attach(ALICE.activity("Update", ALICE.note()), ALICE.proof_key, NOW - timedelta(days=6))
    assert (await accepted(acquainted, MALLORY.post(recent))).actor.id == ALICE.id
    assert acquainted.requests == []


async def test_a_slow_signer_does_not_make_its_victims_server_look_down(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mallory's server answers when the time of the request is nearly over, so Alice's has none left to answer in."""
    monkeypatch.setattr("federation.signers.VERIFICATION_SECONDS", 0.2)

    async def slowly(*arguments: Any, **options: Any) -> RemoteActor:
        await asyncio.sleep(0.1)
        return await fetch_key(*arguments, **options)

    async def never(*arguments: Any, **options: Any) -> RemoteActor:
        await asyncio.sleep(3600)
        return ALICE.read()

    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    with monkeypatch.context() as patched:
        patched.setattr("federation.signers.fetch_key", slowly)
        patched.setattr("federation.signers.fetch_actor", never)
        with pytest.raises(NotAuthentic, match="timeout"):
            await take(town, MALLORY.post(document))
    assert (await accepted(town, BOB.post(BOB.activity("Create", BOB.note())))).actor.id == BOB.id
    assert (await accepted(town, MALLORY.post(document))).actor.id == ALICE.id

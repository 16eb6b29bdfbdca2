"""What somebody passes on for its author, with a Linked Data signature that we do not read (PROTOCOL 2.6)."""

from typing import Any

import pytest

from federation.errors import Forbidden, Malformed, NotAuthentic, TooBusy
from federation.inbox import Forwarded, Ignored, VerifiedActivity
from federation.integrity_proofs import attach
from tests.federation.small_world import ALICE, BOB, HUB, MALLORY, NOW, Peer, World, take

pytestmark = pytest.mark.anyio

SIGNATURE = {
    "type": "RsaSignature2017",
    "creator": ALICE.key_id,
    "created": "2026-11-23T11:59:00Z",
    "signatureValue": "c2lnbmVkIGJ5IEFsaWNlLCBzYXlzIE1hbGxvcnk=",
}
NOTE = ALICE.note()


def passed_on(kind: str = "Create", object: Any = NOTE, **changes: Any) -> dict[str, Any]:
    return ALICE.activity(kind, object, signature=SIGNATURE) | changes


@pytest.mark.parametrize("carrier", [MALLORY, BOB], ids=["from another server", "from her own server"])
@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Create", NOTE),
        ("Create", NOTE["id"]),
        ("Update", NOTE),
        ("Delete", NOTE["id"]),
        ("Delete", {"id": NOTE["id"], "type": "Tombstone"}),
    ],
)
async def test_ac_1_11_what_is_passed_on_is_known_by_its_id_alone(
    town: World, carrier: Peer, kind: str, object: Any
) -> None:
    result = await take(town, carrier.post(passed_on(kind, object)))
    assert isinstance(result, Forwarded)
    assert (result.kind, result.object_id, result.actor_id) == (kind, NOTE["id"], ALICE.id)
    assert result.via.id == carrier.id
    assert town.asked == [carrier.id], "the author is not asked, nor is the object"


@pytest.mark.parametrize(
    "document",
    [
        passed_on("Create", ALICE.note(id=f"{MALLORY.id}/notes/1")),
        passed_on("Create", ALICE.note(id="https://peer.example:8443/notes/1")),
        passed_on("Create", ALICE.note(id=None)),
        passed_on("Create", [NOTE, NOTE]),
        passed_on("Delete", [NOTE["id"], BOB.note()["id"]]),
        passed_on("Create", None),
        passed_on("Follow", HUB),
        passed_on("Like", NOTE["id"]),
        passed_on("Announce", NOTE["id"]),
        passed_on("Undo", {"id": f"{ALICE.id}/follows/1", "type": "Follow", "actor": ALICE.id}),
        passed_on("Accept", f"{ALICE.id}/follows/1"),
        passed_on(signature=None),
        passed_on(signature="trust me"),
        passed_on(signature=[SIGNATURE]),
        passed_on(proof={"type": "DataIntegrityProof", "cryptosuite": "other"}, signature=None),
    ],
)
async def test_sig_12_ac_1_11_everything_else_of_another_signer_is_401_unasked(
    town: World, document: dict[str, Any]
) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(town, MALLORY.post(document))
    assert town.requests == []


async def test_ac_1_11_who_passes_something_on_has_to_sign_for_it(acquainted: World) -> None:
    forger = Peer("mallory", "evil.example", key_name="somebody's")
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        await take(acquainted, forger.post(passed_on()))


async def test_ac_1_11_a_proof_beside_the_signature_decides(acquainted: World) -> None:
    proved = attach(passed_on(), ALICE.proof_key, NOW) | {"signature": SIGNATURE}
    assert isinstance(await take(acquainted, MALLORY.post(proved)), VerifiedActivity)
    forged = attach(passed_on(), MALLORY.proof_key, NOW) | {"signature": SIGNATURE}
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(acquainted, MALLORY.post(forged))
    unreadable = proved | {"proof": proved["proof"] | {"cryptosuite": "mldsa44-jcs-2024"}}
    assert isinstance(await take(acquainted, MALLORY.post(unreadable)), Forwarded)


async def test_ac_1_11_a_signature_of_the_author_s_own_changes_nothing(acquainted: World) -> None:
    """Mastodon adds it to everything public, and it is no reason to fetch what came from the author anyway."""
    assert isinstance(await take(acquainted, ALICE.post(passed_on())), VerifiedActivity)
    assert acquainted.requests == []


async def test_a_deletion_of_an_account_never_heard_of_is_dropped_also_when_passed_on(town: World) -> None:
    assert await take(town, MALLORY.post(passed_on("Delete", ALICE.id))) == Ignored("unknown-actor")
    assert town.requests == []


@pytest.mark.parametrize("blocked", ["evil.example", "peer.example"])
async def test_neither_a_blocked_carrier_nor_a_blocked_author_gets_through(town: World, blocked: str) -> None:
    with pytest.raises(Forbidden, match="blocked"):
        await take(town, MALLORY.post(passed_on()), is_blocked=lambda authority: authority == blocked)
    assert town.requests == []


async def test_an_author_without_an_address_is_malformed(town: World) -> None:
    with pytest.raises(Malformed):
        await take(town, MALLORY.post(passed_on(actor=[ALICE.id, BOB.id])))


async def test_who_passes_on_too_much_is_told_to_slow_down(acquainted: World) -> None:
    request = MALLORY.post(passed_on())
    for _ in range(200):
        await take(acquainted, request)
    with pytest.raises(TooBusy, match="too-fast"):
        await take(acquainted, request)
    assert isinstance(await take(acquainted, ALICE.post(passed_on())), VerifiedActivity)

"""Whose ids and objects these are, also when somebody else delivers them (AC-2.1, a spoof matrix)."""

from collections.abc import Callable
from typing import Any

import pytest

from federation.errors import Forbidden, Malformed, NotAuthentic
from federation.inbox import Ignored
from federation.integrity_proofs import attach
from tests.federation.small_world import ALICE, BOB, HUB, MALLORY, NOW, Peer, World, accepted, take

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("identifier", [None, "", "urn:uuid:1", 5, ["https://peer.example/1"]])
async def test_an_activity_without_an_id_is_malformed(acquainted: World, identifier: Any) -> None:
    with pytest.raises(Malformed, match="no-id"):
        await take(acquainted, ALICE.post(ALICE.activity("Like", HUB, id=identifier)))


@pytest.mark.parametrize(
    "identifier",
    ["https://evil.example/1", "https://peer.example:8443/1", "http://peer.example/1", f"{HUB}/1"],
)
async def test_an_activity_id_elsewhere_is_403(acquainted: World, identifier: str) -> None:
    with pytest.raises(Forbidden, match="activity-elsewhere"):
        await take(acquainted, ALICE.post(ALICE.activity("Like", HUB, id=identifier)))


@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Create", ALICE.note(id="https://evil.example/notes/1")),
        ("Create", ALICE.note(id="https://peer.example:8443/notes/1")),
        ("Create", ALICE.note(attributedTo=BOB.id)),
        ("Create", ALICE.note(attributedTo=MALLORY.id)),
        ("Create", {"type": "Note", "content": "anonymous", "attributedTo": BOB.id}),
        ("Create", "https://evil.example/notes/1"),
        ("Update", BOB.note()),
        ("Update", BOB.document()),
        ("Update", BOB.document(attributedTo=ALICE.id)),
        ("Update", MALLORY.note(attributedTo=ALICE.id)),
        ("Update", "https://evil.example/notes/1"),
        ("Delete", "https://evil.example/notes/1"),
        ("Delete", MALLORY.id),
        ("Delete", {"id": "https://evil.example/notes/1", "type": "Tombstone"}),
        ("Delete", BOB.note(type="Tombstone")),
        ("Undo", {"id": "https://peer.example/follows/1", "type": "Follow", "actor": BOB.id}),
        ("Undo", {"id": "https://evil.example/follows/1", "type": "Follow", "actor": ALICE.id}),
        ("Undo", "https://evil.example/follows/1"),
    ],
)
async def test_ac_2_1_what_is_not_the_actors_is_403(acquainted: World, kind: str, object: Any) -> None:
    with pytest.raises(Forbidden) as caught:
        await take(acquainted, ALICE.post(ALICE.activity(kind, object)))
    assert caught.value.status == 403
    assert acquainted.requests == []


@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Create", ALICE.note(attributedTo="https://peer.example/groups/1")),
        ("Update", BOB.document()),
        ("Delete", "https://far.example/notes/1"),
        ("Undo", {"id": "https://peer.example/likes/1", "type": "Like", "actor": BOB.id}),
    ],
)
async def test_what_is_neither_the_actors_nor_of_anybody_we_know_is_ignored(
    town: World, kind: str, object: Any
) -> None:
    """Lemmy's moderators delete what others wrote; Mobilizon's members write for their group."""
    town.memory.actors.append(ALICE.read())
    request = ALICE.post(ALICE.activity(kind, object))
    assert await take(town, request) == Ignored("not-the-senders-own")


@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Delete", f"{HUB}/notes/1"),
        ("Undo", {"id": "https://peer.example/1", "type": "Follow", "actor": HUB}),
        ("Update", BOB.note()),
        ("Create", {"id": "https://far.example/1", "type": "Note", "attributedTo": BOB.id}),
        ("Delete", "https://evil.example/notes/1"),
    ],
)
async def test_what_is_ours_or_of_somebody_we_know_is_refused(town: World, kind: str, object: Any) -> None:
    town.memory.actors += [ALICE.read(), BOB.read(), MALLORY.read()]
    with pytest.raises(Forbidden):
        await take(town, ALICE.post(ALICE.activity(kind, object)))


@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Create", None),
        ("Create", [ALICE.note(), ALICE.note()]),
        ("Create", ALICE.note(id="note-1")),
        ("Create", "note-1"),
        ("Update", {"type": "Note", "content": "which?"}),
        ("Update", {"type": "Person"}),
        ("Delete", {"type": "Tombstone"}),
        ("Delete", 7),
        ("Undo", []),
    ],
)
async def test_what_has_to_name_an_object_and_does_not_is_malformed(
    acquainted: World, kind: str, object: Any
) -> None:
    with pytest.raises(Malformed):
        await take(acquainted, ALICE.post(ALICE.activity(kind, object)))


@pytest.mark.parametrize(
    ("kind", "object", "object_id"),
    [
        ("Create", {"type": "Note", "content": "anonymous"}, None),
        ("Create", ALICE.note(attributedTo=None), f"{ALICE.id}/notes/1"),
        ("Create", ALICE.note(attributedTo=[ALICE.document()]), f"{ALICE.id}/notes/1"),
        ("Delete", "https://peer.example/notes/1", "https://peer.example/notes/1"),
        ("Undo", {"type": "Follow", "actor": ALICE.id, "object": HUB}, None),
        ("Undo", "https://peer.example/follows/1", "https://peer.example/follows/1"),
    ],
)
async def test_what_is_the_actors_is_taken(
    acquainted: World, kind: str, object: Any, object_id: str | None
) -> None:
    assert (await accepted(acquainted, ALICE.post(ALICE.activity(kind, object)))).object_id == object_id


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

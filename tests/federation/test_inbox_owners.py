"""Whose ids and objects these are (AC-2.1, a spoof matrix)."""

from typing import Any

import pytest

from federation.errors import Forbidden, Malformed
from federation.inbox import Ignored
from tests.federation.small_world import ALICE, BOB, HUB, MALLORY, World, accepted, take

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

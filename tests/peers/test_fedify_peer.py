"""The peer itself is tested before anything is concluded from it: does its timeline show what was sent?"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.peers.fedify.driver import FedifyPeer, PeerRefused
from tests.peers.tiny_server import ACTOR_CONTEXT, AS2, OBJECT_CONTEXT, TinyServer

pytestmark = pytest.mark.peer

Json = dict[str, Any]


@dataclass(slots=True)
class World:
    """An author and a hub, both followed by the reader."""

    reader: FedifyPeer
    author: TinyServer
    hub: TinyServer
    inbox: str
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def author_sends(self, kind: str, what: Json | str, **members: Any) -> None:
        assert self.author.send(self.inbox, kind, what, next(self.numbers), **members) == 202

    def hub_sends(self, kind: str, what: Json | str, **members: Any) -> None:
        assert self.hub.send(self.inbox, kind, what, next(self.numbers), **members) == 202

    def shows(self, uri: str, condition: Callable[[Json], bool], otherwise: str) -> Json:
        return self.reader.wait_for_post(uri, condition, otherwise)

    def outcome(self, kind: str, uri: str) -> str:
        """What the peer made of the last activity of that kind about that object."""

        def outcomes() -> list[str]:
            told = [(one["type"], one["object"], one["outcome"]) for one in self.reader.received()]
            return [outcome for type_name, about, outcome in told if (type_name, about) == (kind, uri)]

        self.reader.wait(lambda: bool(outcomes()), f"no {kind} of {uri} arrived")
        return outcomes()[-1]


@pytest.fixture(scope="module")
def world(fedify: FedifyPeer) -> Iterator[World]:
    with (
        TinyServer(31, "garden", "Organization") as author,
        TinyServer(32, "hub", "Group") as hub,
    ):
        fedify.follow(author.handle)
        fedify.follow(hub.actor)
        yield World(fedify, author, hub, fedify.actor.replace("/users/reader", "/inbox"))


def test_a_follow_reaches_the_author_by_handle_and_is_accepted(world: World) -> None:
    follow = world.author.inbox[0]
    assert (follow["type"], follow["actor"], follow["object"]) == (
        "Follow",
        world.reader.actor,
        world.author.actor,
    )
    assert world.reader.following()[world.author.actor]["state"] == "accepted"


def test_a_post_is_shown_then_edited_then_deleted(world: World) -> None:
    note = world.author.note("/notes/1", "<p>Helft mit</p>")
    uri = note["id"]
    world.author_sends("Create", note)
    shown = world.shows(uri, lambda post: True, "the post is not shown")
    assert (shown["content"], shown["language"], shown["edited"]) == ("<p>Helft mit</p>", "de", False)
    assert shown["via"] == "Create"

    edited = world.author.note("/notes/1", "<p>Genug, danke</p>", updated="2026-11-23T08:00:00.001Z")
    world.author_sends("Update", edited)
    shown = world.shows(uri, lambda post: post["edited"], "the edit is not shown")
    assert shown["content"] == "<p>Genug, danke</p>"

    world.author_sends("Delete", {"id": uri, "type": "Tombstone"})
    shown = world.shows(uri, lambda post: post["deleted"], "the post is not deleted")
    assert shown["content"] is None


def test_an_edit_that_is_not_later_is_not_shown(world: World) -> None:
    note = world.author.note("/notes/2", "<p>eins</p>", updated="2026-11-23T08:00:00.500Z")
    world.author_sends("Create", note)
    world.shows(note["id"], lambda post: True, "the post is not shown")
    world.author_sends("Update", world.author.note("/notes/2", "<p>zwei</p>", updated=note["updated"]))
    assert world.outcome("Update", note["id"]) == "ignored: not later"
    assert world.reader.timeline()[note["id"]]["content"] == "<p>eins</p>"


def test_a_boost_of_an_unknown_post_fetches_it_signed_from_its_origin_and_can_be_undone(world: World) -> None:
    uri = world.author.note("/notes/3", "<p>boostet mich</p>")["id"]
    world.hub_sends("Announce", uri, id=f"{world.hub.origin}/announces/3")
    shown = world.shows(uri, lambda post: post["boostedBy"] == [world.hub.actor], "the boost is not shown")
    assert (shown["content"], shown["via"]) == ("<p>boostet mich</p>", "Announce")
    assert "/notes/3" in world.author.signed_gets
    world.hub_sends("Undo", f"{world.hub.origin}/announces/3")
    world.shows(uri, lambda post: post["boostedBy"] == [], "the boost is not undone")


def test_a_boost_of_what_cannot_be_fetched_shows_nothing(world: World) -> None:
    uri = f"{world.author.origin}/notes/none"
    world.hub_sends("Announce", uri)
    assert world.outcome("Announce", uri).startswith("not shown")
    assert uri not in world.reader.timeline()


def test_only_the_author_edits_and_deletes(world: World) -> None:
    note = world.author.note("/notes/4", "<p>meins</p>")
    world.author_sends("Create", note)
    world.shows(note["id"], lambda post: True, "the post is not shown")
    world.hub_sends("Delete", note["id"])
    assert world.outcome("Delete", note["id"]) == "ignored: somebody else's object"
    assert not world.reader.timeline()[note["id"]]["deleted"]


def test_a_post_of_somebody_who_is_not_followed_is_not_shown(world: World) -> None:
    with TinyServer(33, "stranger", "Person") as stranger:
        note = stranger.note("/notes/1", "<p>hallo</p>")
        assert stranger.send(world.inbox, "Create", note, 1) == 202
        assert world.outcome("Create", note["id"]) == "ignored: not followed"
        assert note["id"] not in world.reader.timeline()


def test_an_activity_signed_by_somebody_else_is_refused(world: World) -> None:
    note = world.author.note("/notes/5", "<p>falsch</p>")
    assert world.hub.send(world.inbox, "Create", note, 5, actor=world.author.actor) == 401
    assert note["id"] not in world.reader.timeline()


def test_a_proof_made_by_other_software_verifies_and_a_tampered_copy_does_not(world: World) -> None:
    note = world.author.note("/notes/6", "<p>echt</p>")
    right = world.reader.verify_proof(note["id"])
    assert right == {
        "verified": True,
        "key": f"{world.author.actor}#ed25519-key",
        "owner": world.author.actor,
        "reason": None,
    }
    assert world.reader.verify_proof(world.author.actor)["verified"]
    tampered = world.reader.verify_proof(note["id"], note | {"content": "<p>unecht</p>"})
    assert (tampered["verified"], tampered["reason"]) == (False, "the proof does not verify")


def test_a_proof_that_strict_readers_cannot_see_is_not_one(world: World) -> None:
    """An actor without the proof's terms in its context: verifyObject alone would call it verified."""
    bare = {
        key: value
        for key, value in world.author.documents["/actor"].items()
        if key not in ("proof", "@context")
    }
    invisible = world.author.prove(bare, [context for context in ACTOR_CONTEXT if "integrity" not in context])
    answer = world.reader.verify_proof(world.author.actor, invisible)
    assert not answer["verified"]
    assert "its context does not define" in answer["reason"]
    unproved = world.reader.verify_proof(world.author.actor, {"@context": ACTOR_CONTEXT, **bare})
    assert (unproved["verified"], "bears none" in unproved["reason"]) == (False, True)


def test_a_proof_by_somebody_elses_key_is_not_the_owners(world: World) -> None:
    note = world.author.note("/notes/7", "<p>geliehen</p>")
    foreign = world.hub.prove(
        {key: value for key, value in note.items() if key not in ("proof", "@context")}, OBJECT_CONTEXT
    )
    answer = world.reader.verify_proof(note["id"], foreign)
    assert (answer["verified"], answer["reason"]) == (False, "the key belongs to somebody else")


def test_parsing_reads_an_actor_and_refuses_another_type(world: World) -> None:
    document = copy.deepcopy(world.author.documents["/actor"])
    read = world.reader.parse(document, "Organization")
    assert (read["type"], read["id"], read["name"]) == ("Organization", world.author.actor, "Garden")
    assert read["inbox"] == f"{world.author.origin}/inbox"
    assert read["publicKeys"] == [{"id": f"{world.author.actor}#main-key", "owner": world.author.actor}]
    assert len(read["assertionMethods"]) == 1
    assert len(read["proofs"]) == 1
    with pytest.raises(PeerRefused, match="TypeError"):
        world.reader.parse(document, "Note")


def test_parsing_asks_nobody_for_a_context(world: World) -> None:
    with pytest.raises(PeerRefused, match="not one that Fedify brings along"):
        world.reader.parse({"@context": [AS2, "https://antipole.invalid/ns"], "type": "Note"}, "Note")


def test_an_undone_follow_reaches_the_author(world: World) -> None:
    with TinyServer(34, "leaving", "Organization") as author:
        followed = world.reader.follow(author.actor)
        world.reader.unfollow(author.actor)
        undo = author.inbox[-1]
        assert (undo["type"], undo["object"]["id"]) == ("Undo", followed["follow"])
        assert author.actor not in world.reader.following()

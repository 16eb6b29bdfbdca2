"""Our codec against two strict readers that share no code with it: Fedify's vocabulary and pyld's expansion.

A member whose term no context defines is there for readers of JSON and gone for readers of JSON-LD; both
of these read JSON-LD.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.integrity_proofs import attach
from federation.keys import ProofKey, generate_ed25519, generate_rsa
from federation.multibase import multikey_ed25519
from server.documents.call import Call, call_document
from server.documents.profile import (
    ActorEndpoints,
    Icon,
    Profile,
    ProfileLink,
    PublicKeys,
    profile_document,
)
from server.taxonomy.kinds import KINDS
from server.taxonomy.sizes import SIZES
from server.taxonomy.themes import THEMES
from tests.contexts import dropped_terms
from tests.peers.fedify.driver import FedifyPeer
from tests.peers.tiny_server import TinyServer

pytestmark = pytest.mark.peer

Json = dict[str, Any]

WRITTEN = datetime(2026, 11, 23, 8, 0, 0, 120_000, tzinfo=UTC)
EDITED = datetime(2026, 11, 23, 9, 0, 0, 1_000, tzinfo=UTC)

PROFILE = Profile(
    handle="garden",
    name="Gemeinschaftsgarten Nord",
    summary="Wir pflanzen *Bäume*.\n\n[Mehr](https://garden.example/)",
    languages=("de", "uk"),
    themes=("education", "cooperation"),
    place="Leipzig, DE",
    links=(ProfileLink("Website", "https://garden.example/"),),
    icon=Icon("https://garden.example/media/icon.png", "image/png", "Ein Baum"),
    published=WRITTEN,
    updated=EDITED,
    page_url="https://garden.example/@garden",
)


@dataclass(frozen=True, slots=True)
class Ours:
    """Documents of our making, served where they say that they live."""

    host: TinyServer
    key: ProofKey
    endpoints: ActorEndpoints
    actor: Json
    call: Call

    def serve(self, path: str, document: Json) -> Json:
        self.host.documents[path] = attach(document, self.key, EDITED)
        return self.host.documents[path]


@pytest.fixture(scope="module")
def ours() -> Iterator[Ours]:
    with TinyServer(35, "unused", "Person") as host:
        actor_id = f"{host.origin}/actors/garden"
        endpoints = ActorEndpoints(
            id=actor_id,
            inbox=f"{actor_id}/inbox",
            outbox=f"{actor_id}/outbox",
            followers=f"{actor_id}/followers",
            following=f"{actor_id}/following",
            featured=f"{actor_id}/featured",
            shared_inbox=f"{host.origin}/inbox",
        )
        key = ProofKey(f"{actor_id}#ed25519-key", generate_ed25519())
        keys = PublicKeys(
            main_key_id=f"{actor_id}#main-key",
            main_key_pem=generate_rsa().public.pem,
            proof_key_id=key.verification_method,
            proof_key_multibase=multikey_ed25519(key.private.public.raw),
        )
        actor = attach(profile_document(PROFILE, endpoints, keys), key, EDITED)
        host.documents["/actors/garden"] = actor
        call = Call(
            uri=f"{host.origin}/calls/1",
            actor_id=actor_id,
            state="open",
            title="Helfende Hände für die Baumpflanzung",
            text="Bringt **Spaten** mit.",
            kind="host",
            size="day",
            language="de",
            themes=("education",),
            start="2026-12-05T10:00:00+01:00",
            deadline="2026-12-04",
            link="https://garden.example/pflanzen",
            place="Leipzig, DE",
            published=WRITTEN,
            updated=EDITED,
        )
        yield Ours(host, key, endpoints, actor, call)


def test_ac_4_1_no_term_of_an_actor_is_dropped(ours: Ours) -> None:
    assert dropped_terms(ours.actor) == []


def test_ac_4_1_fedify_reads_an_actor(ours: Ours, fedify: FedifyPeer) -> None:
    read = fedify.parse(ours.actor, "Organization")
    endpoints = ours.endpoints
    assert (read["type"], read["id"], read["preferredUsername"]) == ("Organization", endpoints.id, "garden")
    assert (read["name"], read["inbox"]) == (PROFILE.name, endpoints.inbox)
    assert (read["sharedInbox"], read["outbox"]) == (endpoints.shared_inbox, endpoints.outbox)
    assert (read["followers"], read["following"]) == (endpoints.followers, endpoints.following)
    assert read["featured"] == endpoints.featured
    assert read["publicKeys"] == [{"id": f"{endpoints.id}#main-key", "owner": endpoints.id}]
    assert read["assertionMethods"] == [{"id": f"{endpoints.id}#ed25519-key", "controller": endpoints.id}]
    assert read["icon"] == {
        "url": "https://garden.example/media/icon.png",
        "mediaType": "image/png",
        "name": "Ein Baum",
    }
    assert (read["location"], read["url"]) == ("Leipzig, DE", PROFILE.page_url)
    assert "<em>Bäume</em>" in read["summary"]
    assert (read["discoverable"], read["indexable"], read["manuallyApprovesFollowers"]) == (True, True, False)
    assert {"type": "PropertyValue", "name": "Website"}.items() <= read["attachments"][0].items()
    assert 'rel="me' in read["attachments"][0]["value"]
    assert len(read["proofs"]) == 1


@pytest.mark.parametrize("actor_type", ["Group", "Application"])
def test_ac_4_1_the_other_actors_drop_no_term_either(ours: Ours, fedify: FedifyPeer, actor_type: str) -> None:
    keys = PublicKeys(
        main_key_id=f"{ours.endpoints.id}#main-key",
        main_key_pem=ours.actor["publicKey"]["publicKeyPem"],
        proof_key_id=ours.key.verification_method,
        proof_key_multibase=multikey_ed25519(ours.key.private.public.raw),
    )
    bare = replace(PROFILE, languages=(), themes=(), place=None, links=(), icon=None)
    document = attach(profile_document(bare, ours.endpoints, keys, type=actor_type), ours.key, EDITED)
    assert dropped_terms(document) == []
    assert fedify.parse(document, actor_type)["inbox"] == ours.endpoints.inbox


def test_ac_5_1_no_term_of_a_call_is_dropped(ours: Ours) -> None:
    note = attach(call_document(ours.call, followers=ours.endpoints.followers), ours.key, EDITED)
    assert dropped_terms(note) == []


@pytest.mark.parametrize("kind", [*KINDS, None])
@pytest.mark.parametrize("size", [SIZES[0], None])
def test_ac_5_1_no_word_of_ours_loses_its_meaning(ours: Ours, kind: str | None, size: str | None) -> None:
    call = replace(ours.call, kind=kind, size=size, themes=THEMES, start="2026-12-05")
    assert dropped_terms(call_document(call, followers=ours.endpoints.followers)) == []


def test_ac_5_1_fedify_reads_a_call(ours: Ours, fedify: FedifyPeer) -> None:
    note = ours.serve("/calls/1", call_document(ours.call, followers=ours.endpoints.followers))
    read = fedify.parse(note, "Note")
    assert (read["type"], read["id"], read["name"]) == ("Note", ours.call.uri, ours.call.title)
    assert read["attribution"] == [ours.endpoints.id]
    assert read["language"] == "de"
    assert read["contentMap"] == {"de": read["content"]}
    for said in (ours.call.title, "<strong>Spaten</strong>", "Leipzig", "https://garden.example/pflanzen"):
        assert said in read["content"]
    assert read["summary"] is None, "a summary of a Note is a content warning"
    assert read["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert read["cc"] == [ours.endpoints.followers]
    assert [(tag["type"], tag["name"]) for tag in read["tags"]] == [("Hashtag", "#Education")]
    assert datetime.fromisoformat(read["published"]) == WRITTEN
    assert datetime.fromisoformat(read["updated"]) == EDITED
    assert read["startTime"] == "2026-12-05T09:00:00Z"
    assert (read["location"], read["sensitive"]) == ("Leipzig, DE", False)
    assert len(read["proofs"]) == 1


@pytest.mark.parametrize("language", ["en", "uk", "ru", "zh-Hant"])
def test_ac_5_1_fedify_reads_every_language_by_its_tag(ours: Ours, fedify: FedifyPeer, language: str) -> None:
    call = replace(ours.call, language=language, state="closed")
    note = call_document(call, followers=ours.endpoints.followers)
    assert dropped_terms(note) == []
    assert fedify.parse(note, "Note")["language"] == language


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_ac_5_1_fedify_reads_the_activity_around_a_call(ours: Ours, fedify: FedifyPeer, kind: str) -> None:
    note = attach(call_document(ours.call, followers=ours.endpoints.followers), ours.key, EDITED)
    activity = attach(
        {
            "@context": note["@context"],
            "id": f"{ours.host.origin}/activities/1",
            "type": kind,
            "actor": ours.endpoints.id,
            "object": {key: value for key, value in note.items() if key != "@context"},
            "published": note["published"],
            "to": note["to"],
            "cc": note["cc"],
        },
        ours.key,
        EDITED,
    )
    assert dropped_terms(activity) == []
    read = fedify.parse(activity, kind)
    assert (read["type"], read["actors"], read["objects"]) == (kind, [ours.endpoints.id], [ours.call.uri])
    assert read["object"]["language"] == "de"
    assert len(read["object"]["proofs"]) == 1


def test_ac_1_10_fedify_verifies_our_proofs_and_no_changed_copy_of_them(
    ours: Ours, fedify: FedifyPeer
) -> None:
    note = ours.serve(
        "/calls/2", call_document(replace(ours.call, uri=f"{ours.host.origin}/calls/2"), followers="x")
    )
    answer = fedify.verify_proof(note["id"])
    assert answer == {
        "verified": True,
        "key": ours.key.verification_method,
        "owner": ours.endpoints.id,
        "reason": None,
    }
    assert fedify.verify_proof(ours.endpoints.id)["verified"]
    changes: list[Json] = [
        {"content": note["content"] + " "},
        {"callStatus": "antipole:closed"},
        {"updated": "2026-11-23T09:00:00.002Z"},
        {"antipole:unsaid": "yes"},
        {"proof": note["proof"] | {"created": "2026-11-23T09:00:01Z"}},
    ]
    for change in changes:
        tampered = fedify.verify_proof(note["id"], note | change)
        assert (tampered["verified"], tampered["reason"]) == (False, "the proof does not verify"), change

"""An Event of ours before Fedify's strict parser, which knows nothing of FEP-8a8e and must stumble over none of it."""

from dataclasses import replace

import pytest

from federation.integrity_proofs import attach
from federation.keys import ProofKey, generate_ed25519
from server.documents.call import call_document
from server.documents.event import event_document
from tests.contexts import dropped_terms
from tests.peers.fedify.driver import FedifyPeer
from tests.server.documents.examples import ACTOR
from tests.server.documents.test_event import CALL, FOLLOWERS, WRITTEN

pytestmark = pytest.mark.peer

KEY = ProofKey(f"{ACTOR}#ed25519-key", generate_ed25519())


@pytest.mark.parametrize("language", ["en", "uk"])
def test_ac_5_1_fedify_reads_an_event(fedify: FedifyPeer, language: str) -> None:
    call = replace(CALL, language=language)
    event = attach(event_document(call, followers=FOLLOWERS), KEY, WRITTEN)
    assert dropped_terms(event) == []
    read = fedify.parse(event, "Event")
    assert (read["type"], read["id"], read["name"]) == ("Event", event["id"], CALL.title)
    assert (read["attribution"], read["url"]) == ([ACTOR], CALL.uri)
    assert read["language"] == language
    assert "Paper" in read["content"]
    assert "Paper" in read["summary"]
    assert (read["startTime"], read["location"]) == ("2026-12-05T17:00:00Z", "Leipzig, DE")
    assert [(tag["type"], tag["name"]) for tag in read["tags"]] == [("Hashtag", "#PoliticalPrisoners")]
    assert read["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert len(read["proofs"]) == 1


def test_ac_5_1_fedify_reads_the_note_that_names_its_event(fedify: FedifyPeer) -> None:
    note = attach(call_document(CALL, followers=FOLLOWERS), KEY, WRITTEN)
    read = fedify.parse(note, "Note")
    assert {tag["type"] for tag in read["tags"]} >= {"Hashtag"}
    assert (read["name"], read["startTime"]) == (CALL.title, "2026-12-05T17:00:00Z")


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_ac_5_1_fedify_reads_the_activity_around_an_event(fedify: FedifyPeer, kind: str) -> None:
    event = attach(event_document(CALL, followers=FOLLOWERS), KEY, WRITTEN)
    activity = attach(
        {
            "@context": event["@context"],
            "id": "https://letters.example/activities/1",
            "type": kind,
            "actor": ACTOR,
            "object": event,
            "published": event["published"],
            "to": event["to"],
            "cc": event["cc"],
        },
        KEY,
        WRITTEN,
    )
    assert dropped_terms(activity) == []
    read = fedify.parse(activity, kind)
    assert (read["type"], read["actors"], read["objects"]) == (kind, [ACTOR], [event["id"]])
    assert read["object"]["type"] == "Event"

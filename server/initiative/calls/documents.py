"""What is sent when a call is published, changed or taken down."""

from datetime import datetime
from typing import Literal

from federation.documents import JsonObject
from federation.integrity_proofs import attach
from federation.keys import ProofKey
from federation.vocabulary import AS_CONTEXT, PUBLIC
from server.clock import iso
from server.documents.call import Call, call_document
from server.documents.event import event_document


def signed_note(call: Call, followers: str, key: ProofKey) -> JsonObject:
    """The Note with a proof of its own: a hub keeps these bytes and can prove them without asking us."""
    return attach(call_document(call, followers=followers), key, call.updated)


def signed_event(call: Call, followers: str, key: ProofKey) -> JsonObject:
    """The Event with a proof of its own, for a call that is `as_event`."""
    return attach(event_document(call, followers=followers), key, call.updated)


def create(document: JsonObject) -> JsonObject:
    """Of a Note or an Event. A call offered in another dialect later is dated then: one dated long ago is hidden."""
    return _about("Create", document, document["updated"])


def update(document: JsonObject) -> JsonObject:
    return _about("Update", document, document["updated"])


def delete(uri: str, followers: str) -> JsonObject:
    """A Delete names no more than the address: the receiver is to forget the rest."""
    return {
        "type": "Delete",
        "to": [PUBLIC],
        "cc": [followers],
        "object": {"id": uri, "type": "Tombstone"},
    }


def tombstone(uri: str, now: datetime, former: Literal["Note", "Event"] = "Note") -> JsonObject:
    """What the address of a withdrawn call or event answers with 410 (ActivityPub 6.4)."""
    return {"@context": AS_CONTEXT, "id": uri, "type": "Tombstone", "formerType": former, "deleted": iso(now)}


def _about(kind: str, document: JsonObject, published: str) -> JsonObject:
    return {
        "@context": document["@context"],
        "type": kind,
        "published": published,
        "to": document["to"],
        "cc": document["cc"],
        "object": document,
    }

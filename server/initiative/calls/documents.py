"""What is sent when a call is published, changed or taken down."""

from datetime import datetime

from federation.documents import JsonObject
from federation.integrity_proofs import attach
from federation.keys import ProofKey
from federation.vocabulary import AS_CONTEXT, PUBLIC
from server.clock import iso
from server.documents.call import Call, call_document


def signed_note(call: Call, followers: str, key: ProofKey) -> JsonObject:
    """The Note with a proof of its own: a hub keeps these bytes and can prove them without asking us."""
    return attach(call_document(call, followers=followers), key, call.updated)


def create(note: JsonObject) -> JsonObject:
    return _about("Create", note, note["published"])


def update(note: JsonObject) -> JsonObject:
    return _about("Update", note, note["updated"])


def delete(uri: str, followers: str) -> JsonObject:
    """A Delete names no more than the address: the receiver is to forget the rest."""
    return {
        "type": "Delete",
        "to": [PUBLIC],
        "cc": [followers],
        "object": {"id": uri, "type": "Tombstone"},
    }


def tombstone(uri: str, now: datetime) -> JsonObject:
    """What the address of a withdrawn call answers with 410 (ActivityPub 6.4)."""
    return {"@context": AS_CONTEXT, "id": uri, "type": "Tombstone", "formerType": "Note", "deleted": iso(now)}


def _about(kind: str, note: JsonObject, published: str) -> JsonObject:
    return {"type": kind, "published": published, "to": note["to"], "cc": note["cc"], "object": note}

"""What is sent when an initiative goes."""

from datetime import datetime

from federation.documents import JsonObject
from federation.vocabulary import AS_CONTEXT, PUBLIC
from server.clock import iso


def delete(actor_id: str, followers: str) -> JsonObject:
    return {"type": "Delete", "to": [PUBLIC], "cc": [followers], "object": actor_id}


def tombstone(actor_id: str, now: datetime) -> JsonObject:
    """What the actor's address answers with 410 from now on."""
    return {
        "@context": AS_CONTEXT,
        "id": actor_id,
        "type": "Tombstone",
        "formerType": "Organization",
        "deleted": iso(now),
    }

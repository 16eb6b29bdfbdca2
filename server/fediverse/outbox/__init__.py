"""What our actors said: written once, with its proof, and owed to every inbox it is for."""

from server.fediverse.dialects.model import Dialect
from server.fediverse.outbox.actions import erase_object, publish, redated
from server.fediverse.outbox.store import (
    Activity,
    activities_of,
    count_listed,
    find_activity,
    inboxes_told,
    last_activity,
    prune_unlisted,
)

__all__ = [
    "Activity",
    "Dialect",
    "activities_of",
    "count_listed",
    "erase_object",
    "find_activity",
    "inboxes_told",
    "last_activity",
    "prune_unlisted",
    "publish",
    "redated",
]

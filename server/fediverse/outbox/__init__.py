"""What our actors said: written once, with its proof, and owed to every inbox it is for."""

from server.fediverse.outbox.actions import erase_object, publish, redated
from server.fediverse.outbox.store import (
    Activity,
    activities_of,
    count_listed,
    find_activity,
    prune_unlisted,
)

__all__ = [
    "Activity",
    "activities_of",
    "count_listed",
    "erase_object",
    "find_activity",
    "prune_unlisted",
    "publish",
    "redated",
]

"""Actors: those that live here (`ours`), and what delivery and verification need of everybody else
(`others`).
"""

from server.fediverse.actors.others.store import (
    Remembered,
    Whereabouts,
    behind_inbox,
    forget,
    forget_unrelated,
    is_known,
    prune_unrelated,
    remember,
    whereabouts,
)
from server.fediverse.actors.ours.store import (
    HandleTaken,
    Kind,
    LocalActor,
    all_local,
    bury,
    by_handle,
    by_id,
    insert_local,
    replace_document,
)

__all__ = [
    "HandleTaken",
    "Kind",
    "LocalActor",
    "Remembered",
    "Whereabouts",
    "all_local",
    "behind_inbox",
    "bury",
    "by_handle",
    "by_id",
    "forget",
    "forget_unrelated",
    "insert_local",
    "is_known",
    "prune_unrelated",
    "remember",
    "replace_document",
    "whereabouts",
]

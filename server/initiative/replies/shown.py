"""Replies on public pages: as many as a page has room for, the newest first."""

from dataclasses import dataclass
from typing import Final

from server.initiative.replies import store
from server.initiative.replies.model import Reply, weight
from server.storage.database import Transaction

__all__ = ["Excerpt", "shown_replies", "weight"]

MOST_ON_CALL: Final = 5
MOST_ON_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some of the shown replies to a call; `more` says whether others come after them."""

    replies: tuple[Reply, ...]
    more: bool


def shown_replies(tx: Transaction, call_uri: str, *, room: int, most: int, start: int = 0) -> Excerpt:
    """From the `start`-th on, at most `most`, in `room` bytes on the wire; each takes `MAX_WEIGHT` at most."""
    found = store.shown(tx, call_uri, limit=most + 1, offset=start)
    kept: list[Reply] = []
    for reply in found[:most]:
        room -= weight(reply.html)
        if room < 0:
            break
        kept.append(reply)
    return Excerpt(tuple(kept), len(found) > len(kept))

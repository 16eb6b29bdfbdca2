"""A call as a hub keeps it, and which of two versions wins."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

CallState = Literal["open", "closed"]

PAGE = 10
"""Calls on one page; keeps the page within its weight."""

MAX_OPEN_CALLS = 200
"""Open calls kept of one initiative. When it has more, a new one is not taken: those already shown and announced stay,
so a flood cannot push out what people are working on; room comes when the initiative closes or withdraws some."""

MAX_CLOSED_CALLS = 1000
"""Closed calls kept of one initiative; beyond that an ended call is not taken in anew."""

MAX_CALLS = {"open": MAX_OPEN_CALLS, "closed": MAX_CLOSED_CALLS}

MAX_FEATURED = 20
"""Featured calls at once; more of them would be a second list."""

MAX_FUTURE = timedelta(hours=1)
"""An `updated` further ahead than this is refused: it would stand first in every list and could never be corrected."""

ERASED_FOR = timedelta(days=90)
"""How long the hash of a deleted call's address is remembered."""

VALIDATORS_KEPT = timedelta(days=2)
"""How long it is remembered what an outbox was like: older than a day it is read in full anyway."""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """`document` is the Note byte for byte as its author signed it; the rest was read from it for filters and lists.

    `featured`: the editors have put it first.
    """

    uri: str
    call_id: str
    actor_id: str
    state: CallState
    document: bytes
    updated: datetime
    title: str
    language: str
    kind: str | None
    size: str | None
    themes: tuple[str, ...]
    place: str | None
    featured: bool = False


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What a reader asks for; None means any. Values are known words, never a reader's raw text."""

    theme: str | None = None
    kind: str | None = None
    language: str | None = None
    size: str | None = None
    state: CallState | None = None
    actor_id: str | None = None
    place: str | None = None


def is_newer(updated: datetime, document: bytes, than: KeptCall) -> bool:
    """Later `updated` wins; of two with the same, the larger hash: every order of arrival ends alike."""
    if updated != than.updated:
        return updated > than.updated
    return hashlib.sha256(document).digest() > hashlib.sha256(than.document).digest()

"""What is being written, and how two versions of it differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.initiative.calls.model import Draft

MOST_DRAFTS: Final = 100
PARTS: Final = (
    "title",
    "text",
    "kind",
    "size",
    "language",
    "themes",
    "start",
    "deadline",
    "place",
    "link",
    "as_event",
)


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """`call_uri` is the published call that the words are to replace, None for a new one.

    `version` grows by one with each save, from 1.
    """

    draft_id: str
    actor_id: str
    call_uri: str | None
    version: int
    words: Draft
    changed: datetime


def differing_parts(mine: Draft, theirs: Draft) -> Iterator[str]:
    """The names of what the two do not say alike."""
    return (part for part in PARTS if getattr(mine, part) != getattr(theirs, part))

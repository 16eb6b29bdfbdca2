"""An initiative as a hub records it."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

ListingState = Literal["applied", "listed", "refused", "removed", "withdrawn", "gone"]
"""`applied` waits for a curator, `listed` is public; in the other four nothing of the profile is kept."""

PAGE = 20
"""Initiatives on one page; keeps the page within its weight."""

MAX_FUTURE = timedelta(hours=1)
READ_EVERY = timedelta(hours=6)
"""How often the outbox of a listed initiative is read in case a delivery was lost."""


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """The key that proved the application. A profile or call by any other key is not shown (TRU-14)."""

    method: str
    multibase: str


@dataclass(frozen=True, slots=True)
class Listing:
    """`document` is the signed profile byte for byte; nothing of it is kept once the listing has ended."""

    actor_id: str
    listing_id: str
    handle: str
    state: ListingState
    reason: str
    since: datetime
    disputed: bool
    follow_id: str | None
    key: PinnedKey | None
    document: bytes | None
    updated: datetime | None
    name: str
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    place: str | None
    icon_url: str | None
    icon_file: str | None

    @property
    def is_listed(self) -> bool:
        return self.state == "listed"

    @property
    def is_kept(self) -> bool:
        return self.state in ("applied", "listed")


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """What a reader asks for; None means any. Values are known words, never a reader's raw text."""

    theme: str | None = None
    language: str | None = None


def short_id(uri: str) -> str:
    """16 letters and digits that stand for `uri` in the addresses of our pages.

    Made from the address alone, so a page keeps its address when an initiative leaves and comes back, and a deleted
    call can be recognised although nothing else of it is kept.
    """
    return base64.b32encode(hashlib.sha256(uri.encode()).digest()[:10]).decode().lower()

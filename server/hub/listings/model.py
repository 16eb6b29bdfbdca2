"""An initiative as a hub records it."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from server.taxonomy.places import UNDISCLOSED, Place, by_label, is_risky
from server.taxonomy.words import N_

ListingState = Literal["applied", "listed", "refused", "removed", "withdrawn", "gone"]
"""`applied` waits for a curator, `listed` is public; in the other four nothing of the profile is kept."""

PAGE = 20
"""Initiatives on one page; keeps the page within its weight."""

MAX_FUTURE = timedelta(hours=1)
STALE_AFTER = timedelta(days=180)
"""Who changed neither profile nor calls for so long may be gone without having said so."""

READ_EVERY = timedelta(hours=6)
"""How often the outbox of a listed initiative is read in case a delivery was lost."""

READ_LATER = timedelta(minutes=72)
"""By how much each reading is put off at random: initiatives that were admitted together are not asked together."""


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """The key that proved the application. A profile or call by any other key is not shown (TRU-14)."""

    method: str
    multibase: str


@dataclass(frozen=True, slots=True)
class Edits:
    """What editors say in place of the initiative; None is "as it says itself". The signed profile is never touched.

    `place` is a label of the gazetteer, or `undisclosed`.
    """

    themes: tuple[str, ...] | None = None
    place: str | None = None

    @property
    def any(self) -> bool:
        return self.themes is not None or self.place is not None


@dataclass(frozen=True, slots=True)
class Listing:
    """`document` is the signed profile byte for byte; nothing of it is kept once the listing has ended.

    `themes` and `place` are what is shown here: the editors' word where there is one, else the initiative's own.
    `moved_to`: where it says that it went, as far as that address confirms it; editors have not acted on it yet.
    """

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
    edits: Edits = Edits()
    moved_to: str | None = None

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


def why_not_there(said: Place | None, wished: Place | None) -> str | None:
    """Why editors may not show an initiative at `wished` when it says `said` (None: undisclosed) itself; a msgid.

    Less precise is always allowed, more precise never: what somebody left out, they may have left out for their safety
    (docs/decisions/0011-may-editors-move-an-initiative-on-the-map.md).
    """
    if wished is None or wished == said:
        return None
    if said is None:
        return N_("It does not say where it is, perhaps for its safety. Only it can change that.")
    if said.kind == "country" and wished.kind == "city":
        return N_("It names only a country, perhaps for its safety. Only it can name a city.")
    if is_risky(wished) and not (wished.kind == "country" and wished.country == said.country):
        return N_(
            "People there are prosecuted or occupied. Only the initiative itself can say that it is there."
        )
    return None


def shown_place(said: str | None, edited: str | None) -> tuple[str | None, str | None]:
    """(the place that is shown, the edit that still holds), as labels; an edit ends when it would tell more than the
    initiative does by now."""
    if edited is None:
        return said, None
    wished = None if edited == UNDISCLOSED else by_label(edited)
    if why_not_there(by_label(said) if said else None, wished) is not None:
        return said, None
    return (None if wished is None else wished.label), edited

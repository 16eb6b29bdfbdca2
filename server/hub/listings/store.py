"""Rows of `hub_listings` and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.clock import from_millis, millis
from server.hub.listings.model import Edits, Listing, ListingFilter, ListingState, PinnedKey, short_id
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries
from server.storage.remembered import Remembered, Remembering

QUERIES = load_queries(__file__)

Position = tuple[int, str]
"""Where a page begins: (updated in milliseconds, short id) of the last item of the page before."""


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What is kept of a verified profile. `document` is byte-exact, the rest was read from it."""

    document: bytes
    updated: datetime
    key: PinnedKey
    name: str
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    place: str | None
    icon_url: str | None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class KnownListing:
    """A record in short, for lists of the desk and for comparing names. `heard`: its latest change, profile or call."""

    actor_id: str
    listing_id: str
    handle: str
    state: ListingState
    since: datetime
    name: str
    themes: tuple[str, ...]
    disputed: bool
    key: str | None
    heard: datetime
    moved: bool = False


@dataclass(frozen=True, slots=True)
class PlacedListing:
    actor_id: str
    listing_id: str
    handle: str
    name: str
    place: str


def by_actor(tx: Transaction, actor_id: str) -> Listing | None:
    return _listing(tx.one(QUERIES.by_actor, actor_id=actor_id))


def by_listing_id(tx: Transaction, listing_id: str) -> Listing | None:
    return _listing(tx.one(QUERIES.by_listing_id, listing_id=listing_id))


def by_handle(tx: Transaction, handle: str) -> Listing | None:
    rows = tx.all(QUERIES.by_handle, handle=handle.lower())
    return _listing(rows[0]) if rows else None


def insert_application(
    tx: Transaction, actor_id: str, handle: str, follow_id: str | None, facts: ProfileFacts, now: datetime
) -> None:
    """A first application, or a new one after the record had ended."""
    values: dict[str, Any] = {
        "actor_id": actor_id,
        "handle": handle.lower(),
        "since": millis(now),
        "follow_id": follow_id,
        "key_multibase": facts.key.multibase,
        **_columns(facts),
    }
    if not tx.run(QUERIES.apply_again, **values):
        tx.run(QUERIES.insert_application, listing_id=short_id(actor_id), **values)


def replace_profile(
    tx: Transaction, actor_id: str, facts: ProfileFacts, edits: Edits, place: str | None
) -> None:
    """`place` is the one that is shown from now on."""
    shown = {**_columns(facts), "place": place}
    if edits.themes is not None:
        shown["themes"] = " ".join(edits.themes)
    tx.run(QUERIES.replace_profile, actor_id=actor_id, edited_place=edits.place, **shown)


def set_edits(
    tx: Transaction, actor_id: str, edits: Edits, themes: tuple[str, ...], place: str | None
) -> None:
    """`themes` and `place` are what is shown from now on."""
    tx.run(
        QUERIES.set_edits,
        actor_id=actor_id,
        edited_themes=None if edits.themes is None else " ".join(edits.themes),
        edited_place=edits.place,
        themes=" ".join(themes),
        place=place,
    )


def set_follow(tx: Transaction, actor_id: str, handle: str, follow_id: str | None) -> None:
    tx.run(QUERIES.set_follow, actor_id=actor_id, handle=handle.lower(), follow_id=follow_id)


def set_disputed(tx: Transaction, actor_id: str, disputed: bool) -> bool:
    """True if that was news."""
    return tx.run(QUERIES.set_disputed, actor_id=actor_id, disputed=int(disputed)) == 1


def set_moved(tx: Transaction, actor_id: str, moved_to: str | None) -> None:
    """Where it says that it went, confirmed by that address; None when it does not say so any more."""
    tx.run(QUERIES.set_moved, actor_id=actor_id, moved_to=moved_to)


def count_moved(tx: Transaction) -> int:
    return _number(tx.one(QUERIES.count_moved))


def admit(tx: Transaction, actor_id: str, now: datetime) -> bool:
    return tx.run(QUERIES.admit, actor_id=actor_id, since=millis(now)) == 1


def finish(tx: Transaction, listing: Listing, state: ListingState, reason: str, now: datetime) -> None:
    """Ends a record and erases the profile; the icon's file goes with the next round of the chore."""
    discard_icon(tx, listing)
    tx.run(QUERIES.finish, actor_id=listing.actor_id, state=state, reason=reason, since=millis(now))


def set_icon(tx: Transaction, listing: Listing, icon_url: str, icon_file: str) -> None:
    """The new copy replaces the old one; if the profile names another icon by now, the new copy is discarded."""
    if tx.run(QUERIES.set_icon, actor_id=listing.actor_id, icon_url=icon_url, icon_file=icon_file):
        if listing.icon_file is not None and listing.icon_file != icon_file:
            discard_file(tx, listing.icon_file)
    else:
        discard_file(tx, icon_file)


def discard_icon(tx: Transaction, listing: Listing) -> None:
    if listing.icon_file is not None:
        tx.run(QUERIES.drop_icon, actor_id=listing.actor_id)
        discard_file(tx, listing.icon_file)


def discard_file(tx: Transaction, icon_file: str) -> None:
    tx.run(QUERIES.discard_icon, icon_file=icon_file)


def discarded_icons(tx: Transaction, limit: int) -> list[str]:
    return [row["icon_file"] for row in tx.all(QUERIES.discarded_icons, limit=limit)]


def forget_discarded_icons(tx: Transaction, files: Sequence[str]) -> None:
    tx.run_many(QUERIES.forget_discarded_icon, [{"icon_file": file} for file in files])


def applications(tx: Transaction, limit: int) -> list[Listing]:
    """Who waits, longest first."""
    return [_read(row) for row in tx.all(QUERIES.applications, limit=limit)]


def count_applications(tx: Transaction) -> int:
    return _number(tx.one(QUERIES.count_applications))


def count_waiting(tx: Transaction, origin: str) -> tuple[int, int]:
    """How many of one server wait, and how many of all."""
    return _number(tx.one(QUERIES.count_applications_of, origin=origin)), count_applications(tx)


def kept_ids(tx: Transaction) -> list[str]:
    """The accounts of all who wait or are listed."""
    return [row["actor_id"] for row in tx.all(QUERIES.kept_ids)]


def all_known(tx: Transaction) -> list[KnownListing]:
    """Everybody of whom there is a record, by name; without documents."""
    return [
        KnownListing(
            actor_id=row["actor_id"],
            listing_id=row["listing_id"],
            handle=row["handle"],
            state=row["state"],
            since=from_millis(row["since"]),
            name=row["name"] or "",
            themes=tuple((row["themes"] or "").split()),
            disputed=bool(row["disputed"]),
            key=row["key_multibase"],
            heard=from_millis(row["heard_at"]),
            moved=row["moved_to"] is not None,
        )
        for row in tx.all(QUERIES.all_known)
    ]


def kept_documents(tx: Transaction) -> list[tuple[str, bytes]]:
    """(handle, signed profile) of everybody who waits or is listed."""
    return [(row["handle"], row["document"].encode()) for row in tx.all(QUERIES.kept_documents)]


def forget_ended(tx: Transaction, *, before: datetime, removed_before: datetime) -> int:
    return tx.run(QUERIES.forget_ended, before=millis(before), removed_before=millis(removed_before))


def page(tx: Transaction, wanted: ListingFilter, after: Position | None, limit: int) -> list[Listing]:
    before, before_id = after if after is not None else (None, None)
    rows = tx.all(
        QUERIES.page,
        theme=wanted.theme,
        language=wanted.language,
        before=before,
        before_id=before_id,
        limit=limit,
    )
    return [_read(row) for row in rows]


def count(tx: Transaction, wanted: ListingFilter) -> int:
    return _number(tx.one(QUERIES.count_filtered, theme=wanted.theme, language=wanted.language))


def remembered_whole(
    remembered: Remembered, wanted: ListingFilter
) -> Remembering[tuple[int, tuple[str, ...]]]:
    """How many a filter finds, and the languages in use; without going through all again while nothing has changed."""
    tables = QUERIES.count_filtered.reads | QUERIES.languages_in_use.reads
    return remembered.ask(
        ("listings", wanted), tables, lambda tx: (count(tx, wanted), tuple(languages_in_use(tx)))
    )


def placed(tx: Transaction) -> list[PlacedListing]:
    return [
        PlacedListing(row["actor_id"], row["listing_id"], row["handle"], row["name"], row["place"])
        for row in tx.all(QUERIES.placed)
    ]


def count_undisclosed(tx: Transaction) -> int:
    return _number(tx.one(QUERIES.count_undisclosed))


def languages_in_use(tx: Transaction) -> list[str]:
    return sorted({tag for row in tx.all(QUERIES.languages_in_use) for tag in row["languages"].split()})


def due_for_reading(tx: Transaction, before: datetime, limit: int) -> list[tuple[str, bool]]:
    """(actor id, whether it is urgent): it was never read, or is to be read again since the last start."""
    rows = tx.all(QUERIES.due_for_reading, before=millis(before), limit=limit)
    return [(row["actor_id"], row["read_at"] is None) for row in rows]


def forget_reading(tx: Transaction, before: datetime) -> None:
    tx.run(QUERIES.forget_reading, before=millis(before))


def set_read(tx: Transaction, actor_id: str, now: datetime) -> None:
    tx.run(QUERIES.set_read, actor_id=actor_id, read_at=millis(now))


def position_of(listing: Listing) -> Position:
    return (millis(listing.updated) if listing.updated is not None else 0, listing.listing_id)


def _number(row: Row | None) -> int:
    return 0 if row is None else int(row["found"])


def _columns(facts: ProfileFacts) -> dict[str, Any]:
    return {
        "key_method": facts.key.method,
        "document": facts.document.decode(),
        "updated_at": millis(facts.updated),
        "name": facts.name,
        "languages": " ".join(facts.languages),
        "themes": " ".join(facts.themes),
        "place": facts.place,
        "icon_url": facts.icon_url,
    }


def _listing(row: Row | None) -> Listing | None:
    return None if row is None else _read(row)


def _read(row: Row) -> Listing:
    pinned = row["key_method"] is not None
    return Listing(
        actor_id=row["actor_id"],
        listing_id=row["listing_id"],
        handle=row["handle"],
        state=row["state"],
        reason=row["reason"],
        since=from_millis(row["since"]),
        disputed=bool(row["disputed"]),
        follow_id=row["follow_id"],
        key=PinnedKey(row["key_method"], row["key_multibase"]) if pinned else None,
        document=None if row["document"] is None else row["document"].encode(),
        updated=None if row["updated_at"] is None else from_millis(row["updated_at"]),
        name=row["name"] or "",
        languages=tuple((row["languages"] or "").split()),
        themes=tuple((row["themes"] or "").split()),
        place=row["place"],
        icon_url=row["icon_url"],
        icon_file=row["icon_file"],
        edits=Edits(
            None if row["edited_themes"] is None else tuple(row["edited_themes"].split()), row["edited_place"]
        ),
        moved_to=row["moved_to"],
    )

"""Acts on one record: a newer profile, a dispute about its key, a new icon."""

import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from server.documents.profile import ReadProfile
from server.fediverse import errands
from server.hub.listings import store
from server.hub.listings.model import READ_LATER, Edits, Listing, shown_place
from server.hub.listings.store import ProfileFacts
from server.hub.search import actions as search
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)

FETCH_PROFILE = "fetch-profile"
FETCH_ICON = "fetch-icon"
AT_MOST_EVERY = timedelta(seconds=10)


def take_profile(tx: Transaction, listing: Listing, facts: ProfileFacts) -> None:
    """Keep a verified profile if the pinned key proved it and it is newer than the one held (INT-11, TRU-12).

    Another key is a dispute: the address may have been seized, so the old copy stays and nothing new is shown until
    the pinned key speaks again or a curator removes the listing and takes a new application (TRU-14).
    """
    if not listing.is_kept or listing.key is None or listing.updated is None:
        return
    if facts.key.multibase != listing.key.multibase:
        dispute(tx, listing, "another-key")
        return
    if facts.updated < listing.updated:
        return
    place, edited_place = shown_place(facts.place, listing.edits.place)
    store.replace_profile(tx, listing.actor_id, facts, Edits(listing.edits.themes, edited_place), place)
    search.index_initiative(tx, listing.actor_id)
    if listing.moved_to is not None and facts.moved_to is None and facts.updated > listing.updated:
        # Written after the Move and silent about it: they took it back. The same copy read once more says nothing new.
        store.set_moved(tx, listing.actor_id, None)
    if facts.icon_url != listing.icon_url:
        store.discard_icon(tx, listing)
    want_icon(tx, listing.actor_id, facts, listing)


def edit(tx: Transaction, listing: Listing, said: ReadProfile, edits: Edits) -> None:
    """Shows other themes or another place than the initiative says itself; its signed profile stays as it is.

    `said` is the profile that is kept. What editors may not say of a place was refused before (`why_not_there`).
    """
    place, edited_place = shown_place(said.place, edits.place)
    themes = said.themes if edits.themes is None else edits.themes
    store.set_edits(tx, listing.actor_id, Edits(edits.themes, edited_place), themes, place)


def dispute(tx: Transaction, listing: Listing, reason: str) -> None:
    if store.set_disputed(tx, listing.actor_id, True):
        log.warning("listing %s is disputed: %s", listing.actor_id, reason)


def want_icon(tx: Transaction, actor_id: str, facts: ProfileFacts, before: Listing | None = None) -> None:
    """Leaves an errand for the icon unless the copy held is of the same address."""
    held = before is not None and before.icon_url == facts.icon_url and before.icon_file is not None
    if facts.icon_url is not None and not held:
        errands.add(tx, FETCH_ICON, actor_id, {"url": facts.icon_url})


def want_profile(tx: Transaction, actor_id: str, due: datetime | None = None) -> None:
    errands.add(tx, FETCH_PROFILE, actor_id, due=due)


def due_for_reading(
    tx: Transaction, kind: str, before: datetime, now: datetime, limit: int, *, rng: random.Random
) -> int:
    """Leaves an errand of `kind` and one for the profile of each listing not read since `before`.

    What is not urgent is done at some moment of the next `READ_LATER`, and its detail says {"again": true}.
    """
    due = store.due_for_reading(tx, before, limit)
    for actor_id, urgent in due:
        at = None if urgent else now + READ_LATER * rng.random()
        store.set_read(tx, actor_id, now)
        errands.add(tx, kind, actor_id, {"again": not urgent}, due=at)
        want_profile(tx, actor_id, at)
    return len(due)


def read_again_soon(tx: Transaction, services: Services) -> None:
    """Runs at each start: what was sent while this hub was away comes by itself only when its sender tries again, and
    that can take hours. A hub that restarts over and over does not ask over and over."""
    store.forget_reading(tx, services.here.clock.now() - AT_MOST_EVERY)


def icon_url_in(detail: Mapping[str, object]) -> str | None:
    url = detail.get("url")
    return url if isinstance(url, str) else None

"""Acts of curation. Each is one transaction."""

import logging
from datetime import datetime

from federation.actors import RemoteActor
from server.fediverse import errands, followers, moderation
from server.fediverse.instance import Instance
from server.hub.calls import actions as calls
from server.hub.calls.errands import READ_OUTBOX
from server.hub.curation import store
from server.hub.curation.model import Wish
from server.hub.listings import actions as listing_actions
from server.hub.listings import store as listings
from server.hub.listings.documents import actor_of, wants_to_be_found
from server.hub.listings.model import Listing, ListingState
from server.hub.listings.store import ProfileFacts
from server.storage.database import Transaction

log = logging.getLogger(__name__)

CHECK_APPLICATION = "check-application"


def want_check(tx: Transaction, actor_id: str, follow_id: str) -> None:
    """Leaves an errand: an Organization followed the hub; its profile and name are checked outside the transaction."""
    errands.add(tx, CHECK_APPLICATION, actor_id, {"follow": follow_id})


def apply(
    tx: Transaction,
    here: Instance,
    actor: RemoteActor,
    facts: ProfileFacts,
    handle: str,
    follow_id: str | None,
    now: datetime,
) -> None:
    """Record a checked application, and fulfil the wish that waits for it.

    What changed since the Follow counts: whoever unfollowed or was blocked during the check has not applied.
    """
    if moderation.is_blocked(tx, actor.id) or not followers.is_follower(tx, hub_of(here), actor.id):
        return
    listing = listings.by_actor(tx, actor.id)
    if listing is not None and listing.is_kept:
        # The Follow came again. The pinned key stays the pinned key, or a seized address could re-introduce itself.
        listings.set_follow(tx, actor.id, handle, follow_id)
        listing_actions.take_profile(tx, listing, facts)
    else:
        listings.insert_application(tx, actor.id, handle, follow_id, facts, now)
        listing_actions.want_icon(tx, actor.id, facts)
    applied = listings.by_actor(tx, actor.id)
    wish = store.take_wish(tx, actor.id, handle, now)
    if applied is None or wish is None:
        return
    if wish.wish == "admit":
        admit(tx, here, applied, now)
    elif applied.state == "applied":
        refuse(tx, here, applied, wish.reason, now)


def admit(tx: Transaction, here: Instance, listing: Listing, now: datetime) -> None:
    """List it, follow it back, read its outbox. An initiative already listed is left as it is."""
    if listing.document is None or not listings.admit(tx, listing.actor_id, now):
        return
    followers.follow(tx, here, hub_of(here), actor_of(listing.document, now))
    listings.set_read(tx, listing.actor_id, now)
    errands.add(tx, READ_OUTBOX, listing.actor_id)


def refuse(tx: Transaction, here: Instance, listing: Listing, reason: str, now: datetime) -> None:
    """Reject their Follow with the reason; they are no followers any more and may apply again."""
    followers.reject_follower(tx, here, hub_of(here), listing.actor_id, reason)
    listings.finish(tx, listing, "refused", reason, now)


def finish(
    tx: Transaction, here: Instance, listing: Listing, state: ListingState, reason: str, now: datetime
) -> None:
    """End an application or a listing: calls and profile are erased; the announcing chore undoes what it announced."""
    calls.erase_all_of(tx, listing.actor_id)
    if listing.is_listed and state != "gone":
        followers.unfollow(tx, here, hub_of(here), listing.actor_id)
    listings.finish(tx, listing, state, reason, now)
    log.info("listing %s: %s", listing.actor_id, state)


def respect_wish_to_be_found(tx: Transaction, here: Instance, actor_id: str, now: datetime) -> None:
    """FEP-5feb: whoever switches `discoverable` or `indexable` off is taken from the directory at once."""
    listing = listings.by_actor(tx, actor_id)
    if listing is None or listing.document is None:
        return
    if not wants_to_be_found(actor_of(listing.document, now)):
        finish(tx, here, listing, "withdrawn", "not-discoverable", now)


def wish(tx: Transaction, target: str, wished: Wish, now: datetime) -> None:
    store.save_wish(tx, target, wished, now)


def hub_of(here: Instance) -> str:
    return here.uris.actor(here.settings.hub_handle)

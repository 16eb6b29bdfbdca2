"""Acts of curation. Each is one transaction, and what editors decide is in the log by the same transaction."""

import logging
from datetime import datetime

from federation.actors import RemoteActor
from federation.origins import origin_of
from server.fediverse import errands, followers, moderation, moves
from server.fediverse.instance import Instance
from server.hub.calls import actions as calls
from server.hub.calls.errands import READ_OUTBOX
from server.hub.curation import store
from server.hub.curation.model import LOOK_AFTER, MAX_WAITING, MAX_WAITING_OF_HOST, Wish
from server.hub.decisions import actions as decisions
from server.hub.decisions.model import COMMAND_LINE, Decision
from server.hub.listings import actions as listing_actions
from server.hub.listings import store as listings
from server.hub.listings.documents import actor_of, wants_to_be_found
from server.hub.listings.model import Listing, ListingState
from server.hub.listings.store import ProfileFacts
from server.hub.search import actions as search
from server.storage.database import Transaction

log = logging.getLogger(__name__)

CHECK_APPLICATION = "check-application"
CONFIRM_MOVE = "confirm-listing-move"
EXAMINE = "examine"


def want_check(tx: Transaction, actor_id: str, follow_id: str) -> None:
    """Leaves an errand: an Organization followed the hub; its profile and name are checked outside the transaction."""
    errands.add(tx, CHECK_APPLICATION, actor_id, {"follow": follow_id})


def want_examination(tx: Transaction, actor_id: str, due: datetime | None = None) -> None:
    """Leaves an errand: what editors want to know before they decide."""
    errands.add(tx, EXAMINE, actor_id, due=due)


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

    What changed since the Follow counts: whoever unfollowed or was blocked during the check has not applied. When more
    wait than anybody can look at, new ones are followers and no more: strangers must not bury the others (RES-12).
    """
    if moderation.is_blocked(tx, actor.id) or not followers.is_follower(tx, hub_of(here), actor.id):
        return
    listing = listings.by_actor(tx, actor.id)
    wish = store.take_wish(tx, actor.id, handle, now)
    if listing is not None and listing.is_kept:
        # The Follow came again. The pinned key stays the pinned key, or a seized address could re-introduce itself.
        listings.set_follow(tx, actor.id, handle, follow_id)
        listing_actions.take_profile(tx, listing, facts)
    elif wish is None and _too_many_wait(tx, actor.id):
        log.info("%s follows, but too many applications wait", actor.id)
        return
    else:
        listings.insert_application(tx, actor.id, handle, follow_id, facts, now)
        listing_actions.want_icon(tx, actor.id, facts)
        want_examination(tx, actor.id, now + LOOK_AFTER)
    applied = listings.by_actor(tx, actor.id)
    if applied is None or wish is None:
        return
    if wish.wish == "admit":
        admit(tx, here, applied, COMMAND_LINE, now, reason=wish.reason)
    elif applied.state == "applied":
        refuse(tx, here, applied, COMMAND_LINE, wish.reason, now)


def admit(
    tx: Transaction, here: Instance, listing: Listing, by: str, now: datetime, *, reason: str = ""
) -> bool:
    """List it, follow it back, read its outbox. False for an initiative that does not wait: it is left as it is."""
    if listing.document is None or not listings.admit(tx, listing.actor_id, now):
        return False
    search.index_initiative(tx, listing.actor_id)
    store.forget_previews(tx, listing.actor_id)
    followers.follow(tx, here, hub_of(here), actor_of(listing.document, now))
    listings.set_read(tx, listing.actor_id, now)
    errands.add(tx, READ_OUTBOX, listing.actor_id)
    decisions.record(tx, _about("admit", listing, by, reason), now)
    return True


def refuse(tx: Transaction, here: Instance, listing: Listing, by: str, reason: str, now: datetime) -> None:
    """Reject their Follow with the reason; they are no followers any more and may apply again."""
    followers.reject_follower(tx, here, hub_of(here), listing.actor_id, reason)
    finish(tx, here, listing, "refused", reason, now)
    decisions.record(tx, _about("refuse", listing, by, reason), now)


def remove(tx: Transaction, here: Instance, listing: Listing, by: str, reason: str, now: datetime) -> None:
    """End a listing. The reason is public; who decided is not."""
    finish(tx, here, listing, "removed", reason, now)
    decisions.record(tx, _about("remove", listing, by, reason), now)


def finish(
    tx: Transaction, here: Instance, listing: Listing, state: ListingState, reason: str, now: datetime
) -> None:
    """End an application or a listing: calls and profile are erased; the announcing chore undoes what it announced."""
    calls.erase_all_of(tx, listing.actor_id)
    store.forget_previews(tx, listing.actor_id)
    store.forget_examination(tx, listing.actor_id)
    if listing.is_listed and state != "gone":
        # Only what editors say to everybody: other reasons are codes of ours, or for the log alone.
        told = reason if state == "removed" else ""
        followers.unfollow(tx, here, hub_of(here), listing.actor_id, told)
    if state == "gone":
        decisions.erase_actor(tx, listing.actor_id)
    listings.finish(tx, listing, state, reason, now)
    log.info("listing %s: %s", listing.actor_id, state)


def respect_wish_to_be_found(tx: Transaction, here: Instance, actor_id: str, now: datetime) -> None:
    """FEP-5feb: whoever switches `discoverable` or `indexable` off is taken from the directory at once."""
    listing = listings.by_actor(tx, actor_id)
    if listing is None or listing.document is None:
        return
    if not wants_to_be_found(actor_of(listing.document, now)):
        finish(tx, here, listing, "withdrawn", "not-discoverable", now)


def want_move(tx: Transaction, actor_id: str, target: str) -> None:
    errands.add(tx, CONFIRM_MOVE, actor_id, {"target": target})


def note_move(tx: Transaction, actor_id: str, new: str, now: datetime) -> None:
    """It says that it has moved, and the new address confirms it: the editors see that, and nothing follows by itself.

    Whoever seized the domain, or the server with its keys, says exactly the same (SAFETY T2), and the log of decisions
    is for what editors decided.
    """
    listing = listings.by_actor(tx, actor_id)
    if listing is None or not listing.is_kept or not moves.record(tx, actor_id, new, now):
        return
    listings.set_moved(tx, actor_id, new)
    log.warning("listing %s says that it has moved", actor_id)


def wish(tx: Transaction, target: str, wished: Wish, now: datetime) -> None:
    store.save_wish(tx, target, wished, now)


def hub_of(here: Instance) -> str:
    return here.uris.actor(here.settings.hub_handle)


def _too_many_wait(tx: Transaction, actor_id: str) -> bool:
    here, everywhere = listings.count_waiting(tx, str(origin_of(actor_id)))
    return here >= MAX_WAITING_OF_HOST or everywhere >= MAX_WAITING


def _about(act: str, listing: Listing, by: str, reason: str) -> Decision:
    return Decision(act, by, reason, actor_id=listing.actor_id, handle=listing.handle, name=listing.name)

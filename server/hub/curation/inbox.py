"""What decides who is in the directory, as far as initiatives decide it themselves."""

from federation.documents import id_of, one
from federation.errors import Malformed
from federation.inbox import VerifiedActivity
from server.fediverse import moves
from server.hub.curation import actions
from server.hub.listings import store as listings
from server.hub.listings.documents import APPLICANT
from server.services import Services
from server.storage.database import Transaction


def follow(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """An Organization that follows the hub applies. Everybody who follows is a follower; that is not decided here."""
    if activity.object_id == actions.hub_of(services.here) and activity.actor.type == APPLICANT:
        actions.want_check(tx, activity.actor.id, activity.id)


def undo(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Undo of the Follow withdraws application or listing. The record is found by the sender, so nobody can undo
    another's (IDC-16); the Follow comes embedded or as its bare id."""
    listing = listings.by_actor(tx, activity.actor.id)
    if listing is None or not listing.is_kept:
        return
    undone = activity.document.get("object")
    undone = undone[0] if isinstance(undone, list) and len(undone) == 1 else undone
    hub = actions.hub_of(services.here)
    if listing.follow_id is not None and id_of(undone) == listing.follow_id:
        withdraws = True
    else:
        withdraws = isinstance(undone, dict) and _is_follow_of(undone, activity.actor.id, hub)
    if withdraws:
        actions.finish(tx, services.here, listing, "withdrawn", "", activity.received_at)


def delete(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Delete of the account itself: everything kept of it goes."""
    if activity.object_id != activity.actor.id:
        return
    listing = listings.by_actor(tx, activity.actor.id)
    if listing is not None and listing.is_kept:
        actions.finish(tx, services.here, listing, "gone", "", activity.received_at)


def update(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Runs after the listing has taken the newer profile."""
    if activity.object_id == activity.actor.id:
        actions.respect_wish_to_be_found(tx, services.here, activity.actor.id, activity.received_at)


def block(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """An initiative that blocks the hub wants to be out of the directory, as by an Undo of its Follow.

    Runs after the followings were ended, so nothing is sent to it.
    """
    listing = listings.by_actor(tx, activity.actor.id)
    if listing is not None and listing.is_kept and activity.object_id == actions.hub_of(services.here):
        actions.finish(tx, services.here, listing, "withdrawn", "blocked", activity.received_at)


def move(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """It says that it has moved. That is confirmed outside of the transaction, and then it is for the editors."""
    target = moves.said_target(services.here, activity)
    listing = listings.by_actor(tx, activity.actor.id)
    if target is not None and listing is not None and listing.is_kept:
        actions.want_move(tx, listing.actor_id, target)


def _is_follow_of(undone: dict[str, object], actor_id: str, hub: str) -> bool:
    try:
        actor, followed = id_of(one(undone, "actor")), id_of(one(undone, "object"))
    except Malformed:
        return False
    return undone.get("type") == "Follow" and actor in (None, actor_id) and followed == hub

"""What every role does with Follow, Undo, Accept, Reject, and with actors that changed or are no more."""

from federation.inbox import VerifiedActivity
from server.fediverse import actors, errands, followers
from server.services import Services
from server.storage.database import Transaction


def follow(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    followers.accept_follow(tx, services.here, activity)


def undo(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    followers.undo_follow(tx, activity)


def accept(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    followers.accepted(tx, activity)


def reject(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    followers.rejected(tx, activity)


def update(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """An actor that changed is fetched again: keys and inboxes are never taken from what was sent (IDC-06)."""
    if activity.object_id == activity.actor.id and not activity.fresh:
        errands.add(tx, "refresh-actor", activity.actor.id)


def delete(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Only by its own signature (IDC-04)."""
    if activity.object_id == activity.actor.id:
        actors.forget(tx, activity.actor.id)

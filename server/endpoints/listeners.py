"""What every role does with Follow, Undo, Accept, Reject, Block, and with actors that changed or are no more.

A follower of ours that moves needs no listener: its new account follows by itself, and the old one is forgotten when
its server says that it is gone. Only whom we follow concerns us (`server/fediverse/moves`).
"""

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


def block(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """They want nothing more of one of ours. An Undo of it needs no listener: it allows a new Follow, and none was
    forbidden.
    """
    local = actors.by_id(tx, activity.object_id) if activity.object_id else None
    if local is not None and not local.deleted and local.kind != "instance":
        followers.blocked_by(tx, local.id, activity.actor.id, services.here.clock.now())

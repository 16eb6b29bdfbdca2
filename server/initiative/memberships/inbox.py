"""What hubs send to initiatives that applied. Each record is found by the sender: nobody answers for another."""

from federation.documents import id_of, one, type_of
from federation.inbox import VerifiedActivity
from server.fediverse import followers, moves
from server.initiative.memberships import actions
from server.services import Services
from server.storage.database import Transaction


def answer(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Accept and Reject: runs after the following itself was settled."""
    actions.take_answer(tx, activity.actor.id, services.here.clock.now())


def follow(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    if activity.object_id is not None:
        now = services.here.clock.now()
        actions.admitted(tx, activity.actor.id, activity.object_id, activity.id, now)


def undo(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    undone = one(activity.document, "object")
    followed = None
    if isinstance(undone, dict) and type_of(undone) == "Follow":
        followed = id_of(one(undone, "object"))
    now = services.here.clock.now()
    actions.left_by(
        tx,
        activity.actor.id,
        actor_id=followed,
        follow_id=activity.object_id,
        reason=followers.reason_in(activity),
        now=now,
    )


def delete(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    if activity.object_id == activity.actor.id:
        actions.hub_is_gone(tx, activity.actor.id, services.here.clock.now())


def block(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """A hub wants nothing more of one of ours: runs after the following itself was ended."""
    if activity.object_id is not None:
        now = services.here.clock.now()
        actions.blocked_by_hub(tx, activity.actor.id, activity.object_id, now)


def move(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """A hub says that it has moved. What it says is confirmed outside of the transaction."""
    target = moves.said_target(services.here, activity)
    if target is not None:
        actions.want_move(tx, activity.actor.id, target)

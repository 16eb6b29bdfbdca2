"""Applying, and taking in what the hub answers: one function, one act, one transaction."""

import logging
from datetime import datetime

from federation.actors import RemoteActor
from federation.delivery import GIVE_UP_AFTER
from federation.errors import FederationError, Unreachable
from server.feature import Refusal
from server.fediverse import errands, followers, moves
from server.fediverse.instance import Instance
from server.initiative.memberships import store
from server.initiative.memberships.model import UNDERWAY, Application, not_a_hub, problem_with
from server.storage.database import Transaction

log = logging.getLogger(__name__)

FIND_HUB = "find-hub"
CONFIRM_MOVE = "confirm-hub-move"
MOST_UNDERWAY = 20


def apply(tx: Transaction, here: Instance, actor_id: str, hub: str) -> list[str]:
    """Durable at once; an errand finds the hub and asks. Answers notes for the person.

    Raises `Refusal` when too many are to answer still: whoever edits one initiative must not have this server knock at
    every door.
    """
    before = store.find(tx, actor_id, hub)
    if before is not None and before.state in ("asked", "waiting"):
        return [f"{hub} has been asked already; its people decide."]
    if before is not None and before.state == "listed":
        return [f"{hub} lists this initiative already."]
    if sum(entry.state in UNDERWAY for entry in store.of_initiative(tx, actor_id)) >= MOST_UNDERWAY:
        raise Refusal(
            f"{MOST_UNDERWAY} hubs have not answered yet; wait for them, or take some of the wishes back."
        )
    if before is not None and before.hub_id is not None and before.state in ("refused", "removed"):
        # Our Follow may still stand; only a new one is a new application.
        followers.unfollow(tx, here, actor_id, before.hub_id)
    store.begin(tx, actor_id, hub, here.clock.now())
    errands.add(tx, FIND_HUB, f"{actor_id} {hub}", {"actor": actor_id, "hub": hub})
    return []


def leave(tx: Transaction, here: Instance, actor_id: str, hub: str) -> None:
    """Takes an application or a listing back: the hub gets an Undo of the Follow that asked for it.

    Raises `Refusal` when there is nothing to take back.
    """
    application = store.find(tx, actor_id, hub)
    if application is None or not application.can_be_left:
        raise Refusal(f"There is no application to {hub} that could be taken back.")
    now = here.clock.now()
    if application.hub_id is None:
        store.set_state(tx, application, "withdrawn", now)
        return
    followers.unfollow(tx, here, actor_id, application.hub_id)
    # A hub that was asked under two spellings is one hub.
    for entry in _of(tx, application.hub_id, actor_id):
        if entry.can_be_left:
            store.set_state(tx, entry, "withdrawn", now)


def ask(tx: Transaction, here: Instance, actor_id: str, hub: str, actor: RemoteActor) -> None:
    """The hub was found: the Follow is the application, unless it was taken back meanwhile."""
    application = store.find(tx, actor_id, hub)
    if application is None or application.state not in ("resolving", "failed"):
        return
    now = here.clock.now()
    if actor.type != "Group":
        store.set_state(tx, application, "failed", now, problem=not_a_hub(hub, actor.type))
        return
    store.found(tx, application, actor.id, actor.handle, now)
    followers.follow(tx, here, actor_id, actor)


def note_problem(tx: Transaction, actor_id: str, hub: str, error: FederationError, now: datetime) -> None:
    """Says what is wrong where people look for it, and once in the log however often it is tried."""
    application = store.find(tx, actor_id, hub)
    if application is None or application.state not in ("resolving", "failed"):
        return
    problem = problem_with(hub, error)
    for_good = not (isinstance(error, Unreachable) and error.retry)
    # The worker stops trying in a day or less; should its last try succeed, the state changes once more.
    over = now - application.asked >= GIVE_UP_AFTER * 6 / 7
    if not application.problem:
        log.warning("application to a hub waits: %s", error.reason)
    state = "failed" if for_good or over else application.state
    store.set_state(tx, application, state, now, problem=problem)


def take_answer(tx: Transaction, hub_id: str, now: datetime) -> None:
    """An Accept or Reject of our Follow was taken in before; what became of the Follow becomes our state."""
    for application in store.to_hub(tx, hub_id):
        following = followers.following_of(tx, application.actor_id, hub_id)
        if following is None:
            continue
        if following.state == "accepted" and application.state == "asked":
            store.set_state(tx, application, "waiting", now)
        if following.state == "rejected" and application.state in ("asked", "waiting", "listed"):
            store.set_state(tx, application, "refused", now, problem=following.reason)


def admitted(tx: Transaction, hub_id: str, actor_id: str, follow_id: str, now: datetime) -> None:
    """The hub follows back: that is the listing."""
    for application in _of(tx, hub_id, actor_id):
        if application.state not in ("resolving", "failed", "withdrawn"):
            store.set_state(tx, application, "listed", now, follow_id=follow_id)


def left_by(
    tx: Transaction,
    hub_id: str,
    *,
    actor_id: str | None,
    follow_id: str | None,
    reason: str,
    now: datetime,
) -> None:
    """The hub takes its Follow back; it may name the Follow by its id or by whom it followed, and say why."""
    for application in store.to_hub(tx, hub_id):
        by_id = follow_id is not None and application.hub_follow_id == follow_id
        if application.state == "listed" and (by_id or application.actor_id == actor_id):
            store.set_state(tx, application, "removed", now, problem=reason)


def hub_is_gone(tx: Transaction, hub_id: str, now: datetime) -> None:
    for application in store.to_hub(tx, hub_id):
        problem = f"{application.hub} was deleted by its people."
        store.set_state(tx, application, "removed", now, problem=problem)


def blocked_by_hub(tx: Transaction, hub_id: str, actor_id: str, now: datetime) -> None:
    """No answer will come any more, and no listing is left."""
    for application in _of(tx, hub_id, actor_id):
        problem = f"{application.hub} has blocked this initiative."
        if application.state == "listed":
            store.set_state(tx, application, "removed", now, problem=problem)
        elif application.state in UNDERWAY:
            store.set_state(tx, application, "refused", now, problem=problem)


def want_move(tx: Transaction, hub_id: str, target: str) -> None:
    """Leaves an errand if any of ours has to do with that hub."""
    if any(application.can_be_left for application in store.to_hub(tx, hub_id)):
        errands.add(tx, CONFIRM_MOVE, hub_id, {"target": target})


def follow_moved_hub(tx: Transaction, here: Instance, hub_id: str, moved: RemoteActor, now: datetime) -> None:
    """A hub has moved, and the new address confirms it: whoever asked the old one to be listed asks the new one.

    All that goes along is a Follow and what is public anyway; whether to list anybody is for the new hub's people.
    """
    wishes = [entry for entry in store.to_hub(tx, hub_id) if entry.can_be_left]
    if not wishes or moved.type != "Group" or not moves.record(tx, hub_id, moved.id, now):
        return
    for actor_id in dict.fromkeys(entry.actor_id for entry in wishes):
        if not any(entry.can_be_left for entry in _of(tx, moved.id, actor_id)):
            store.begin(tx, actor_id, moved.handle, now)
            wish = store.find(tx, actor_id, moved.handle)
            if wish is not None:
                store.found(tx, wish, moved.id, moved.handle, now)
            followers.follow(tx, here, actor_id, moved)
        followers.unfollow(tx, here, actor_id, hub_id)
    for entry in wishes:
        problem = f"{entry.hub} has moved to {moved.handle}, as both say; that one was asked instead."
        store.set_state(tx, entry, "withdrawn", now, problem=problem)


def _of(tx: Transaction, hub_id: str, actor_id: str) -> list[Application]:
    return [entry for entry in store.to_hub(tx, hub_id) if entry.actor_id == actor_id]

"""Applying, and taking in what the hub answers: one function, one act, one transaction."""

import logging
from datetime import datetime

from federation.actors import RemoteActor
from federation.delivery import GIVE_UP_AFTER
from federation.errors import FederationError, Unreachable
from server.fediverse import errands, followers
from server.fediverse.instance import Instance
from server.initiative.memberships import store
from server.initiative.memberships.model import Application, not_a_hub, problem_with
from server.storage.database import Transaction

log = logging.getLogger(__name__)

FIND_HUB = "find-hub"


def apply(tx: Transaction, here: Instance, actor_id: str, hub: str) -> list[str]:
    """Durable at once; an errand finds the hub and asks. Answers notes for the person."""
    before = store.find(tx, actor_id, hub)
    if before is not None and before.state in ("asked", "waiting"):
        return [f"{hub} has been asked already; its people decide."]
    if before is not None and before.state == "listed":
        return [f"{hub} lists this initiative already."]
    if before is not None and before.hub_id is not None and before.state in ("refused", "removed"):
        # Our Follow may still stand; only a new one is a new application.
        followers.unfollow(tx, here, actor_id, before.hub_id)
    store.begin(tx, actor_id, hub, here.clock.now())
    errands.add(tx, FIND_HUB, f"{actor_id} {hub}", {"actor": actor_id, "hub": hub})
    return []


def ask(tx: Transaction, here: Instance, actor_id: str, hub: str, actor: RemoteActor) -> None:
    """The hub was found: the Follow is the application."""
    application = store.find(tx, actor_id, hub)
    if application is None:
        return
    if actor.type != "Group":
        store.set_state(tx, application, "failed", not_a_hub(hub, actor.type))
        return
    store.found(tx, application, actor.id, actor.handle)
    followers.follow(tx, here, actor_id, actor)


def note_problem(tx: Transaction, actor_id: str, hub: str, error: FederationError, now: datetime) -> None:
    """Says what is wrong where people look for it, and once in the log however often it is tried."""
    application = store.find(tx, actor_id, hub)
    if application is None:
        return
    problem = problem_with(hub, error)
    for_good = not (isinstance(error, Unreachable) and error.retry)
    # The worker stops trying in a day or less; should its last try succeed, the state changes once more.
    over = now - application.asked >= GIVE_UP_AFTER * 6 / 7
    if not application.problem:
        log.warning("application to a hub waits: %s", error.reason)
    store.set_state(tx, application, "failed" if for_good or over else application.state, problem)


def take_answer(tx: Transaction, hub_id: str) -> None:
    """An Accept or Reject of our Follow was taken in before; what became of the Follow becomes our state."""
    for application in store.to_hub(tx, hub_id):
        following = followers.following_of(tx, application.actor_id, hub_id)
        if following is None:
            continue
        if following.state == "accepted" and application.state == "asked":
            store.set_state(tx, application, "waiting")
        if following.state == "rejected" and application.state in ("asked", "waiting", "listed"):
            store.set_state(tx, application, "refused", following.reason)


def admitted(tx: Transaction, hub_id: str, actor_id: str, follow_id: str) -> None:
    """The hub follows back: that is the listing."""
    for application in _of(tx, hub_id, actor_id):
        if application.state not in ("resolving", "failed"):
            store.set_state(tx, application, "listed", follow_id=follow_id)


def left_by(tx: Transaction, hub_id: str, *, actor_id: str | None, follow_id: str | None) -> None:
    """The hub takes its Follow back; it may name the Follow by its id or by whom it followed."""
    for application in store.to_hub(tx, hub_id):
        by_id = follow_id is not None and application.hub_follow_id == follow_id
        if application.state == "listed" and (by_id or application.actor_id == actor_id):
            store.set_state(tx, application, "removed")


def hub_is_gone(tx: Transaction, hub_id: str) -> None:
    for application in store.to_hub(tx, hub_id):
        store.set_state(tx, application, "removed", f"{application.hub} was deleted by its people.")


def _of(tx: Transaction, hub_id: str, actor_id: str) -> list[Application]:
    return [entry for entry in store.to_hub(tx, hub_id) if entry.actor_id == actor_id]

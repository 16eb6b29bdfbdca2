"""A verified activity and what it changes: one write transaction, or nothing at all."""

from collections.abc import Mapping, Sequence

from federation.errors import Forbidden
from federation.inbox import Forwarded, VerifiedActivity
from federation.origins import origin_of
from server.feature import Feature, Listener
from server.fediverse import actors, deliveries, errands, followers, moderation, received, silence
from server.fediverse.effort import QUESTION
from server.services import Services
from server.storage.database import Transaction

Listeners = Mapping[str, Sequence[Listener]]


def merged_listeners(features: Sequence[Feature]) -> Listeners:
    """For each activity type the listeners of all features, in the order of the role."""
    table: dict[str, list[Listener]] = {}
    for feature in features:
        for kind, listener in feature.listeners.items():
            table.setdefault(kind, []).append(listener)
    return table


def take_in(tx: Transaction, services: Services, listeners: Listeners, activity: VerifiedActivity) -> bool:
    """Everything an activity changes. False when it was taken in before, or is about what is of somebody blocked.

    Raises `Forbidden` when its sender is blocked, when its id was used for something else, or when a
    listener refuses; then the transaction is rolled back and the sender leaves no trace.
    """
    perhaps_blocked = moderation.may_concern_blocked(tx, activity.actor.id, activity.document)
    if perhaps_blocked and moderation.is_blocked(tx, activity.actor.id):
        raise Forbidden("blocked")
    now = services.here.clock.now()
    origin = str(origin_of(activity.actor.id))
    if silence.may_wait(tx, origin):
        deliveries.heard_from(tx, origin, now)
    if perhaps_blocked and moderation.carries_blocked(tx, activity.document):
        return False
    if not received.first_time(tx, activity, now):
        if activity.type == "Follow":
            followers.accept_again(tx, services.here, activity)
        return False
    if activity.fresh:
        actors.remember(tx, activity.actor)
    for listener in listeners.get(activity.type, ()):
        listener(tx, services, activity)
    actors.forget_unrelated(tx, activity.actor.id)
    return True


def take_note(tx: Transaction, services: Services, features: Sequence[Feature], passed_on: Forwarded) -> bool:
    """Leaves the errand "fetch-forwarded" when a feature has a reason to want the object. True when it did.

    Raises `Forbidden` when whoever passed it on, or its claimed author, is blocked, and `TooBusy` when that server was
    asked enough: anybody who signs could have us ask it over and over (RES-11).
    """
    if any(moderation.is_blocked(tx, actor) for actor in (passed_on.via.id, passed_on.actor_id)):
        raise Forbidden("blocked")
    wanted = any(
        feature.wants_forwarded(tx, services, passed_on) for feature in features if feature.wants_forwarded
    )
    if wanted:
        services.here.asking.take(passed_on.object_id, QUESTION, services.here.clock.now())
        detail = {"kind": passed_on.kind, "actor": passed_on.actor_id}
        errands.add(tx, "fetch-forwarded", passed_on.object_id, detail)
    return wanted

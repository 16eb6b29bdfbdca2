"""What others send because of events: a new follower's server may read them, and somebody may want to come."""

from federation.inbox import VerifiedActivity
from federation.origins import origin_of
from server.documents.call import call_uri_of, event_uri
from server.fediverse import actors, dialects, followers, outbox
from server.initiative.calls import store as calls
from server.initiative.calls.model import KeptCall
from server.initiative.replies import store as replies
from server.services import Services
from server.storage.database import Transaction


def follow(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Somebody follows an initiative: what their server runs is learned before anything is published to it."""
    followed = actors.by_id(tx, activity.object_id) if activity.object_id else None
    if followed is not None and followed.kind == "initiative" and not followed.deleted:
        dialects.ask(tx, services.here, str(origin_of(activity.actor.id)))


def join(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """We keep no list of who comes: counted, answered by Ignore as FEP-8a8e asks, forgotten."""
    here = services.here
    if activity.object_id is None or not here.uris.is_ours(activity.object_id):
        return
    uri = call_uri_of(activity.object_id)
    found = calls.find(tx, uri)
    if not isinstance(found, KeptCall) or not found.call.as_event or event_uri(uri) != activity.object_id:
        return
    replies.change_count(tx, uri, "join", 1)
    if followers.owes_enough(tx, activity.actor.id):
        return
    outbox.publish(
        tx,
        here,
        found.call.actor_id,
        {"type": "Ignore", "to": [activity.actor.id], "object": activity.id},
        object_id=activity.id,
        to_followers=False,
        inboxes=[(activity.actor.inbox, str(origin_of(activity.actor.id)))],
        proof=False,
    )

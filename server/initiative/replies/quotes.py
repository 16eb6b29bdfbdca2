"""`QuoteRequest` (FEP-044f): nobody but its author quotes a call, as its `interactionPolicy` says."""

from federation.documents import JsonObject, id_of, one
from federation.inbox import VerifiedActivity
from federation.origins import origin_of, same_origin
from server.fediverse import followers, outbox
from server.initiative.calls import store as calls
from server.initiative.calls.model import KeptCall
from server.initiative.replies import actions
from server.services import Services
from server.storage.database import Transaction


def refuse(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Reject, to whoever asked and to nobody else; a request that comes twice was answered the first time."""
    here = services.here
    uri = actions.call_named(here, [activity.object_id])
    found = calls.find(tx, uri) if uri is not None else None
    if not isinstance(found, KeptCall) or followers.owes_enough(tx, activity.actor.id):
        return
    outbox.publish(
        tx,
        here,
        found.call.actor_id,
        rejection(activity),
        object_id=activity.id,
        to_followers=False,
        inboxes=[(activity.actor.inbox, str(origin_of(activity.actor.id)))],
        proof=False,
    )


def rejection(activity: VerifiedActivity) -> JsonObject:
    """The request stands in it as it came, but for the quoting post's words: of `instrument` only the address."""
    request: JsonObject = {
        "id": activity.id,
        "type": "QuoteRequest",
        "actor": activity.actor.id,
        "object": activity.object_id,
    }
    instrument = id_of(one(activity.document, "instrument"))
    if instrument is not None and same_origin(instrument, activity.actor.id):
        request["instrument"] = instrument
    return {"type": "Reject", "to": [activity.actor.id], "object": request}

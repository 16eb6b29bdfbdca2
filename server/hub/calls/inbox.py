"""Create, Update and Delete of calls by listed initiatives."""

from federation.documents import id_of, raw_member, type_of
from federation.errors import Malformed, NotAuthentic
from federation.inbox import VerifiedActivity
from federation.origins import same_origin
from server.hub.calls import actions
from server.hub.listings import store as listings
from server.services import Services
from server.storage.database import Transaction


def take(tx: Transaction, _services: Services, activity: VerifiedActivity) -> None:
    """Create or Update of a Note. Posts that are no calls are ignored, as is everybody who is not listed (TRU-11).

    A Note that the pinned key did not sign, or that is named by its address only, is fetched from its origin.
    """
    listing = listings.by_actor(tx, activity.actor.id)
    if listing is None or not listing.is_listed:
        return
    embedded = activity.document.get("object")
    uri = id_of(embedded)
    if uri is None or not same_origin(uri, listing.actor_id):
        return
    if not isinstance(embedded, dict):
        # An Update may name the actor itself: that is the profile's, not a call.
        if uri != listing.actor_id:
            actions.want_call(tx, uri, listing.actor_id)
        return
    if type_of(embedded) != "Note" or "callStatus" not in embedded:
        return
    try:
        body = raw_member(activity.body, "object")
        actions.take_in(tx, listing, body, activity.received_at, embedded)
    except Malformed:
        return
    except NotAuthentic:
        actions.want_call(tx, uri, listing.actor_id)


def delete(tx: Transaction, _services: Services, activity: VerifiedActivity) -> None:
    """Delete of anything but the account itself. The bytes go even when the listing is disputed: a deletion that
    should not have been is mended by publishing again, words that should be gone are not."""
    listing = listings.by_actor(tx, activity.actor.id)
    uri = activity.object_id
    if listing is None or not listing.is_listed or uri is None or uri == activity.actor.id:
        return
    if same_origin(uri, activity.actor.id):
        actions.erase(tx, activity.actor.id, uri, activity.received_at)

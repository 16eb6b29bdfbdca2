"""What initiatives send about themselves."""

from federation.documents import raw_member, type_of
from federation.errors import Malformed, NotAuthentic
from federation.inbox import VerifiedActivity
from federation.vocabulary import ACTOR_TYPES
from server.hub.listings import actions, store
from server.hub.listings.documents import actor_of, signed_profile
from server.services import Services
from server.storage.database import Transaction


def update(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Update of the sender's own actor document. Its proof counts, the HTTP signature alone does not.

    A document without a valid proof, or named by its address only, is fetched: then the origin has the last word.
    """
    if activity.object_id != activity.actor.id:
        return
    listing = store.by_actor(tx, activity.actor.id)
    if listing is None or not listing.is_kept:
        return
    embedded = activity.document.get("object")
    if not isinstance(embedded, dict) or type_of(embedded) not in ACTOR_TYPES:
        actions.want_profile(tx, listing.actor_id)
        return
    try:
        actor = actor_of(raw_member(activity.body, "object"), activity.received_at)
        facts = signed_profile(actor, activity.received_at)
    except (Malformed, NotAuthentic):
        actions.want_profile(tx, listing.actor_id)
        return
    actions.take_profile(tx, listing, facts)

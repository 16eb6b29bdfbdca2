"""Create, Update and Delete of replies to calls. What answers nothing of ours is left to others without a row.

No thread is followed: a reply to a reply names no call and is forgotten (RES-09).
"""

from federation.documents import audience, one
from federation.inbox import VerifiedActivity
from federation.objects import OBJECT_TYPES, kind_of, read_object, replied_to
from federation.vocabulary import PUBLIC
from server.fediverse import errands
from server.fediverse.effort import QUESTION
from server.initiative.replies import actions, store
from server.initiative.replies.errands import FETCH_FORWARDED
from server.initiative.replies.model import author_of
from server.services import Services
from server.storage.database import Transaction


def take(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Create or Update of something that answers a call, or did so before."""
    here, uri = services.here, activity.object_id
    if uri is None or uri == activity.actor.id:
        return
    embedded = one(activity.document, "object")
    if not isinstance(embedded, dict):
        # By its address only: worth a fetch when we hold it, and never else (RES-09).
        if store.find(tx, uri) is not None:
            detail = {"kind": activity.type, "actor": activity.actor.id}
            errands.add(tx, FETCH_FORWARDED, uri, detail)
        return
    held = store.find(tx, uri)
    if held is not None and held.actor_id != activity.actor.id and activity.type == "Create":
        _ask_whose(tx, services, activity, uri)
        return
    if held is None and actions.call_named(here, replied_to(embedded)) is None:
        return
    if kind_of(embedded) not in OBJECT_TYPES:
        if held is not None:
            actions.erase(tx, uri, activity.actor.id, activity.received_at)
        return
    post = read_object(embedded)
    # Some address the activity alone.
    is_public = PUBLIC in (post.audience or audience(activity.document))
    actions.take_in(tx, here, post, author_of(activity.actor), is_public=is_public, now=activity.received_at)


def delete(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """A Tombstone, a bare address, or the account itself: then everything it ever said here goes."""
    uri = activity.object_id
    if uri == activity.actor.id:
        store.delete_of_author(tx, activity.actor.id)
    elif uri is not None and (held := store.find(tx, uri)) and held.actor_id != activity.actor.id:
        _ask_whose(tx, services, activity, uri)
    elif uri is not None:
        actions.erase(tx, uri, activity.actor.id, activity.received_at)


def _ask_whose(tx: Transaction, services: Services, activity: VerifiedActivity, uri: str) -> None:
    """Two accounts of one server say that a reply is theirs. Whoever came first may have been the liar, so nobody is
    refused for coming second: its origin is asked, and what it does not have at the moment stays as it is. Raises
    `TooBusy` when it was asked enough (RES-11).
    """
    services.here.asking.take(uri, QUESTION, activity.received_at)
    errands.add(tx, FETCH_FORWARDED, uri, {"kind": "Create", "actor": activity.actor.id})

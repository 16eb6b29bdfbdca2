"""Acts on calls: take one in, erase one, erase all of an initiative."""

import logging
from datetime import datetime

from federation.documents import JsonObject
from federation.errors import Forbidden
from server.fediverse import errands
from server.hub.calls import store
from server.hub.calls.documents import read_signed
from server.hub.calls.model import ERASED_FOR, MAX_CALLS, VALIDATORS_KEPT, is_newer
from server.hub.listings.model import Listing
from server.hub.search import actions as search
from server.storage.database import Transaction

log = logging.getLogger(__name__)

FETCH_CALL = "fetch-call"


def take_in(
    tx: Transaction, listing: Listing, body: bytes, now: datetime, document: JsonObject | None = None
) -> bool:
    """Keep the call in these exact bytes if it is newer than what is held; False when it was left out.

    Raises `Malformed`, `Forbidden` and `NotAuthentic` as `read_signed` does, and takes `document` as that does. An
    applicant has no power yet (TRU-11).
    """
    if not listing.is_listed or listing.key is None:
        return False
    call, read = read_signed(body, listing.actor_id, listing.key, now, document)
    if store.is_erased(tx, call.call_id, by=call.actor_id):
        return False
    held = store.by_uri(tx, call.uri)
    if held is not None and held.actor_id != call.actor_id:
        # A neighbour on the same server signs a newer "edit" of this address, with itself as the author.
        raise Forbidden("object-of-another")
    if held is not None and not is_newer(call.updated, call.document, held):
        return False
    takes_room = held is None or held.state != call.state
    if takes_room and store.count_of(tx, call.actor_id, call.state) >= MAX_CALLS[call.state]:
        log.warning("%s has too many %s calls; one more was left out", call.actor_id, call.state)
        return False
    store.save(tx, call, now)
    search.index_call(tx, call, read.text)
    return True


def want_call(tx: Transaction, uri: str, actor_id: str, *, named_by_activity: bool = False) -> None:
    """Leaves an errand: fetch the call from its origin and believe what the pinned key signed."""
    errands.add(tx, FETCH_CALL, uri, {"actor": actor_id, "named_by_activity": named_by_activity})


def erase(tx: Transaction, actor_id: str, uri: str, now: datetime) -> None:
    """The author deleted it: its bytes go at once. Raises `Forbidden` for somebody else's call (IDC-04)."""
    held = store.by_uri(tx, uri)
    if held is not None and held.actor_id != actor_id:
        raise Forbidden("object-of-another")
    search.forget_call(tx, uri)
    store.delete_call(tx, uri)
    store.remember_erased(tx, uri, actor_id, now)


def erase_all_of(tx: Transaction, actor_id: str) -> None:
    """The initiative is not listed any more. No hashes are left: it may come back with the same calls."""
    search.forget_all_of(tx, actor_id)
    store.delete_calls_of(tx, actor_id)


def forget_erased(tx: Transaction, now: datetime) -> int:
    return store.forget_erased(tx, now - ERASED_FOR) + store.forget_validators(tx, now - VALIDATORS_KEPT)

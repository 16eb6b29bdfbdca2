"""What keeps the index true: called inside the transactions that list, change and erase."""

from datetime import timedelta

from federation.documents import MAX_FETCH_BYTES, loads
from server.documents.profile import read_profile
from server.documents.rich_text import plain_text
from server.hub.calls import store as calls
from server.hub.calls.cards import read_kept
from server.hub.calls.model import KeptCall
from server.hub.listings import store as listings
from server.hub.search import store
from server.hub.search.model import indexed
from server.hub.search.store import Hit
from server.services import Services
from server.storage.database import Transaction

EVERY = timedelta(minutes=1)
"""As often as retention gives freed pages back: what was erased is gone from the disk a minute or two later."""


def index_initiative(tx: Transaction, actor_id: str) -> None:
    """Reads what is kept of the profile; without a listed profile there is nothing to find."""
    listing = listings.by_actor(tx, actor_id)
    if listing is None or not listing.is_listed or listing.document is None:
        return
    profile = read_profile(loads(listing.document, max_bytes=MAX_FETCH_BYTES))
    words = indexed(plain_text(profile.summary_html))
    store.put(tx, Hit(actor_id, None), indexed(listing.name), words)


def index_call(tx: Transaction, call: KeptCall, text: str) -> None:
    """After the call itself was saved; `text` as its document says it."""
    store.put(tx, Hit(call.actor_id, call.uri), indexed(call.title), indexed(text))


def forget_call(tx: Transaction, uri: str) -> None:
    """Before the call itself is deleted; the database refuses the other order."""
    store.drop_call(tx, uri)


def forget_all_of(tx: Transaction, actor_id: str) -> None:
    """The initiative and all its calls, before those are deleted."""
    store.drop_all_of(tx, actor_id)


def index_what_is_missing(tx: Transaction, _services: Services) -> None:
    """At each start: what was kept by a version that had no search."""
    for actor_id in store.initiatives_without_words(tx):
        index_initiative(tx, actor_id)
    for uri in store.calls_without_words(tx):
        call = calls.by_uri(tx, uri)
        if call is not None:
            index_call(tx, call, read_kept(call).text)


async def purge_deleted_words(services: Services) -> int:
    """Chore. Not done with each deletion: merging takes a tenth of a second when thousands of calls are kept."""
    return int(await services.database.write(store.purge))

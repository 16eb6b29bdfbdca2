"""What has to be fetched for calls: single ones, and an initiative's outbox."""

import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from federation.collections import read_collection
from federation.documents import id_of, one, time_of, type_of
from federation.errors import FederationError, Forbidden, Gone, Malformed, NotModified, Unreachable
from federation.origins import same_origin
from server.clock import millis
from server.hub.calls import actions, store
from server.hub.listings import actions as listing_actions
from server.hub.listings import store as listings
from server.hub.listings.documents import actor_of
from server.hub.listings.model import READ_EVERY, Listing
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)

READ_OUTBOX = "read-outbox"
MAX_ITEMS = 200
"""Activities read of one outbox."""

BELIEVED_FOR = timedelta(hours=20)
"""How long an outbox that says "nothing new" is believed. Its head tells how much is in it: an edit leaves the number
as it was, and so do a deletion and its news."""

_RNG = random.SystemRandom()

Wanted = tuple[str, int | None]
"""(address of a call, its `updated` in milliseconds as the outbox tells it)"""


async def fetch_call(services: Services, uri: str, detail: Mapping[str, Any]) -> None:
    """The call as its origin serves it now, kept only if the pinned key signed it; 410 erases it."""
    actor_id = id_of(detail.get("actor"))
    if actor_id is None or not same_origin(uri, actor_id):
        return
    now = services.here.clock.now()
    try:
        fetched = await services.here.client.fetch_document(uri)
    except Gone as gone:
        # 404 may be a maintenance page or a wrong proxy; only 410 says that it was deleted on purpose.
        if gone.deleted:
            await services.database.write(lambda tx: erase_if_listed(tx, actor_id, uri, services))
        return
    if type_of(fetched.document) == "Create":
        # GoToSocial's outbox lists its activities by address only. One step: two that name each other are no loop.
        if not detail.get("named_by_activity"):
            await _want_object(services, actor_id, fetched.document)
        return

    def take(tx: Transaction) -> None:
        listing = listings.by_actor(tx, actor_id)
        if listing is not None:
            actions.take_in(tx, listing, fetched.body, now)

    try:
        await services.database.write(take)
    except Unreachable:
        raise
    except FederationError as error:
        log.info("a call of %s was left out: %s", actor_id, error.reason)


async def read_listed_outbox(services: Services, actor_id: str, detail: Mapping[str, Any]) -> None:
    """Leaves an errand for each call in the outbox that is new or newer here.

    Read again (`detail["again"]`), the server is asked whether anything changed since. Single calls are fetched rather
    than taken from the page: so they are kept byte for byte, and one that cannot be read costs nothing but itself.
    """
    now = services.here.clock.now()
    listing = await services.database.read(lambda tx: listings.by_actor(tx, actor_id))
    if listing is None or not listing.is_listed or listing.document is None:
        return
    outbox = actor_of(listing.document, now).outbox
    if outbox is None:
        return
    known = None
    if detail.get("again") is True:
        known = await services.database.read(lambda tx: store.validators_of(tx, outbox, now - BELIEVED_FOR))
    try:
        found = await read_collection(services.here.client, outbox, max_items=MAX_ITEMS, known=known)
    except NotModified:
        return
    except Unreachable:
        raise
    except FederationError as error:
        log.info("the outbox of %s cannot be read: %s", actor_id, error.reason)
        return
    wanted = [call for item in found.items if (call := call_in(item, actor_id)) is not None]

    def want(tx: Transaction) -> None:
        now_is = listings.by_actor(tx, actor_id)
        if now_is is None or not now_is.is_listed:
            return
        store.save_validators(tx, outbox, found.validators, now)
        _want(tx, listing, wanted)
        if found.whole:
            _ask_for_missing(tx, listing, {uri for uri, _ in wanted})

    await services.database.write(want)


def call_in(item: object, actor_id: str) -> Wanted | None:
    """The call that an item of an outbox is about: Create or Update of a Note of ours, or an address not yet opened."""
    if isinstance(item, str):
        uri = id_of(item)
        return (uri, None) if uri is not None and same_origin(uri, actor_id) else None
    if not isinstance(item, dict) or type_of(item) not in ("Create", "Update"):
        return None
    try:
        if id_of(one(item, "actor")) != actor_id:
            return None
        note = one(item, "object")
    except Malformed:
        return None
    uri = id_of(note)
    if uri is None or uri == actor_id or not same_origin(uri, actor_id):
        return None
    if not isinstance(note, dict):
        return (uri, None)
    if type_of(note) != "Note" or "callStatus" not in note:
        return None
    updated = time_of(note, "updated") or time_of(note, "published")
    return (uri, None if updated is None else millis(updated))


def erase_if_listed(tx: Transaction, actor_id: str, uri: str, services: Services) -> None:
    listing = listings.by_actor(tx, actor_id)
    if listing is not None and listing.is_listed:
        try:
            actions.erase(tx, actor_id, uri, services.here.clock.now())
        except Forbidden:
            log.info("%s cannot say that a call of another is gone", actor_id)


async def catch_up(services: Services) -> int:
    """Chore: read again what was not read for long."""
    now = services.here.clock.now()
    return await services.database.write(
        lambda tx: listing_actions.due_for_reading(tx, READ_OUTBOX, now - READ_EVERY, now, ROUND, rng=_RNG)
    )


async def forget_erased(services: Services) -> int:
    now = services.here.clock.now()
    return await services.database.write(lambda tx: actions.forget_erased(tx, now))


async def _want_object(services: Services, actor_id: str, create: Mapping[str, Any]) -> None:
    call = call_in(dict(create), actor_id)
    if call is not None:
        await services.database.write(
            lambda tx: actions.want_call(tx, call[0], actor_id, named_by_activity=True)
        )


def _want(tx: Transaction, listing: Listing, wanted: list[Wanted]) -> None:
    for uri, updated in wanted:
        held = store.by_uri(tx, uri)
        if held is None or updated is None or updated > millis(held.updated):
            actions.want_call(tx, uri, listing.actor_id)


def _ask_for_missing(tx: Transaction, listing: Listing, found: set[str]) -> None:
    """A kept call that the outbox does not name may have been withdrawn while nobody could tell us; 410 erases it."""
    for uri in store.uris_of(tx, listing.actor_id, MAX_ITEMS):
        if uri not in found:
            actions.want_call(tx, uri, listing.actor_id)


ROUND = 20
CATCH_UP_EVERY = timedelta(minutes=1)
FORGET_EVERY = timedelta(hours=6)

"""Calls that editors put first: in the lists here, and in the `featured` collection of the hub's account.

The collection names calls by address, as `Add` and `Remove` do. Mastodon pins only an account's own posts to its
profile, so there the calls of others are passed over without a word; whoever reads collections sees them.
"""

from collections.abc import Sequence
from datetime import datetime

from federation.vocabulary import PUBLIC
from server.fediverse import outbox
from server.fediverse.instance import Instance
from server.hub.calls import store
from server.hub.calls.model import MAX_FEATURED, KeptCall
from server.hub.decisions import actions as decisions
from server.hub.decisions.model import Decision
from server.hub.listings.model import Listing
from server.services import Services
from server.storage.database import Transaction


class TooMany(Exception):
    """As many calls are featured as can be."""


def feature(
    tx: Transaction, here: Instance, call: KeptCall, listing: Listing, by: str, reason: str, now: datetime
) -> bool:
    """Put an open call first and tell followers. False when it is first already. Raises `TooMany`."""
    if call.featured or call.state != "open":
        return False
    if len(store.featured_uris(tx)) >= MAX_FEATURED:
        raise TooMany
    store.feature(tx, call.uri, now)
    _tell(tx, here, "Add", call.uri)
    decisions.record(tx, about_call("feature", call, listing, by, reason), now)
    return True


def unfeature(
    tx: Transaction, here: Instance, call: KeptCall, listing: Listing, by: str, reason: str, now: datetime
) -> bool:
    """Back to its usual place. False when it stands there."""
    if not store.unfeature(tx, call.uri):
        return False
    _tell(tx, here, "Remove", call.uri)
    decisions.record(tx, about_call("unfeature", call, listing, by, reason), now)
    return True


def featured(tx: Transaction, services: Services, actor_id: str) -> Sequence[str]:
    """The hub's own collection; of every other account that lives here, its own wing tells."""
    hub = services.here.uris.actor(services.here.settings.hub_handle)
    return store.featured_uris(tx) if actor_id == hub else ()


async def drop_ended(services: Services) -> int:
    """Chore: a call that is over or not kept any more is no longer first, whichever act ended it."""
    return await services.database.write(lambda tx: _drop_ended(tx, services.here))


def about_call(act: str, call: KeptCall, listing: Listing, by: str, reason: str) -> Decision:
    return Decision(
        act,
        by,
        reason,
        actor_id=listing.actor_id,
        handle=listing.handle,
        name=listing.name,
        about=call.title,
    )


def _drop_ended(tx: Transaction, here: Instance) -> int:
    ended = store.no_longer_featured(tx)
    for uri in ended:
        store.unfeature(tx, uri)
        _tell(tx, here, "Remove", uri)
    return len(ended)


def _tell(tx: Transaction, here: Instance, kind: str, uri: str) -> None:
    hub = here.uris.actor(here.settings.hub_handle)
    collection = here.uris.featured(hub)
    outbox.publish(
        tx,
        here,
        hub,
        {
            "type": kind,
            "object": uri,
            "target": collection,
            "to": [PUBLIC],
            "cc": [here.uris.followers(hub)],
        },
        # Add and Remove reach an inbox in their order. Not the call's address: on an instance that is also its
        # author's, that one orders the author's deliveries.
        object_id=collection,
        to_followers=True,
    )

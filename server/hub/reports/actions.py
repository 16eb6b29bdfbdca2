"""Acts on reports: take one in, close it, pass it on."""

import logging
from collections.abc import Sequence
from datetime import datetime

from federation.origins import origin_of
from server.fediverse import outbox
from server.fediverse.instance import Instance
from server.hub.calls import store as calls
from server.hub.decisions import actions as decisions
from server.hub.decisions.model import Decision
from server.hub.listings import store as listings
from server.hub.listings.documents import actor_of
from server.hub.listings.model import Listing, short_id
from server.hub.reports import store
from server.hub.reports.model import (
    CLOSED_KEPT,
    MAX_OBJECTS,
    MAX_OPEN,
    MAX_OPEN_OF_HOST,
    OPEN_KEPT,
    Report,
)
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)


def take_in(
    tx: Transaction,
    here: Instance,
    activity_id: str,
    *,
    host: str,
    content: str,
    named: Sequence[str],
    now: datetime,
) -> bool:
    """Keeps a report that names something of ours. False when it was left out."""
    uris = [uri for uri in dict.fromkeys(named) if _is_here(tx, here, uri)][:MAX_OBJECTS]
    if not uris:
        return False
    if store.count_open_of(tx, host) >= MAX_OPEN_OF_HOST or store.count_open(tx) >= MAX_OPEN:
        log.warning("%s reports more than can be looked at; one was left out", host)
        return False
    return store.insert(tx, short_id(activity_id), host, content.strip(), uris, now)


def close(tx: Transaction, report: Report, by: str, note: str, now: datetime, *, settled: bool) -> bool:
    """`settled`: something was done; else it is dismissed. False when it was closed before."""
    if not store.close(tx, report.report_id, "settled" if settled else "dismissed", now):
        return False
    act = "settle-report" if settled else "dismiss-report"
    decisions.record(tx, _about(tx, act, report, by, note), now)
    return True


def forward(
    tx: Transaction, here: Instance, report: Report, content: str, by: str, note: str, now: datetime
) -> bool:
    """Sends the report to the initiative's own server, in the name of this server and of nobody else (as Mastodon does
    with its own). False when it went before, or when there is no one initiative to send it to.
    """
    listing = listing_of(tx, report)
    if listing is None or listing.document is None or not store.set_forwarded(tx, report.report_id, now):
        return False
    actor = actor_of(listing.document, now)
    activity_id = here.uris.new_activity_id(now)
    outbox.publish(
        tx,
        here,
        here.uris.instance_actor,
        {
            "id": activity_id,
            "type": "Flag",
            "content": content,
            "object": [listing.actor_id, *(uri for uri in report.uris if calls.by_uri(tx, uri))],
            "to": [listing.actor_id],
        },
        object_id=activity_id,
        to_followers=False,
        inboxes=[(actor.inbox, str(origin_of(actor.inbox)))],
    )
    decisions.record(tx, _about(tx, "forward-report", report, by, note), now)
    return True


def listing_of(tx: Transaction, report: Report) -> Listing | None:
    """The one initiative that a report is about; None when it is about the hub, about several, or about none by now."""
    found: dict[str, Listing] = {}
    for uri in report.uris:
        call = calls.by_uri(tx, uri)
        listing = listings.by_actor(tx, call.actor_id if call is not None else uri)
        if listing is not None and listing.is_listed:
            found[listing.actor_id] = listing
    return next(iter(found.values())) if len(found) == 1 else None


async def forget(services: Services) -> int:
    """Chore: reports hold other people's words, so they have their time."""
    now = services.here.clock.now()
    return await services.database.write(
        lambda tx: store.forget(tx, closed_before=now - CLOSED_KEPT, open_before=now - OPEN_KEPT)
    )


def _is_here(tx: Transaction, here: Instance, uri: str) -> bool:
    if uri == here.uris.actor(here.settings.hub_handle):
        return True
    listing = listings.by_actor(tx, uri)
    return (listing is not None and listing.is_listed) or calls.by_uri(tx, uri) is not None


def _about(tx: Transaction, act: str, report: Report, by: str, note: str) -> Decision:
    listing = listing_of(tx, report)
    if listing is None:
        return Decision(act, by, note, about=report.host)
    return Decision(
        act,
        by,
        note,
        actor_id=listing.actor_id,
        handle=listing.handle,
        name=listing.name,
        about=report.host,
    )

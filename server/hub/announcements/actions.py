"""Acts on announcements: whose turn it is, announce, undo."""

from datetime import datetime

from federation.errors import Malformed
from federation.origins import origin_of
from server.fediverse import moderation, outbox
from server.fediverse.instance import Instance
from server.hub.announcements import documents, model, store
from server.hub.announcements.store import WaitingCall
from server.hub.calls import actions as calls
from server.hub.calls.featuring import about_call
from server.hub.calls.model import KeptCall
from server.hub.decisions import actions as decisions
from server.hub.decisions.model import Decision
from server.hub.listings import store as listings
from server.hub.listings.documents import actor_of
from server.hub.listings.model import Listing
from server.storage.database import Transaction

ROUND = 100


def turn(tx: Transaction, here: Instance, now: datetime) -> WaitingCall | None:
    """The call that may be announced now, None while nothing waits or the next moment has not come."""
    call = store.next_waiting(tx, now)
    if call is None:
        return None
    today, cap = store.day(tx, now), cap_of(tx, here)
    moment = model.next_moment(
        now,
        cap=cap,
        # More than can still go today, or more than go at once: how many more makes no difference.
        waiting=store.count_waiting(tx, now, max(cap, model.AT_ONCE + 1)),
        sent_today=today.sent,
        last_sent=today.last_sent,
    )
    return call if moment <= now else None


def cap_of(tx: Transaction, here: Instance) -> int:
    """How many a day: what editors decided, else what the settings file says."""
    decided = store.cap(tx)
    return here.settings.announce_cap if decided is None else decided


def set_cap(tx: Transaction, here: Instance, cap: int, by: str, reason: str, now: datetime) -> None:
    """Nothing is decided when it stays as it is."""
    before = cap_of(tx, here)
    if cap != before:
        store.set_cap(tx, cap)
        decisions.record(tx, Decision("announce-cap", by, reason, about=f"{before} → {cap}"), now)


def hold_back(tx: Transaction, call: KeptCall, listing: Listing, by: str, reason: str, now: datetime) -> bool:
    """Not to be announced. False when it was announced or held back before."""
    if not store.hold_back(tx, call.uri, call.actor_id, now):
        return False
    decisions.record(tx, about_call("hold-back", call, listing, by, reason), now)
    return True


def let_go(tx: Transaction, call: KeptCall, listing: Listing, by: str, reason: str, now: datetime) -> bool:
    """In its turn again. False when it was not held back."""
    if not store.let_go(tx, call.uri, now):
        return False
    decisions.record(tx, about_call("let-go", call, listing, by, reason), now)
    return True


def announce(tx: Transaction, here: Instance, call: WaitingCall, body: bytes, now: datetime) -> bool:
    """Announce a call whose probe brought `body`; newer bytes are taken in first. False when it is over by now.

    Raises what reading a signed call raises: then it is not announced.
    """
    listing = listings.by_actor(tx, call.actor_id)
    # Blocked during the probe, or by whoever wrote into the table: boosts carried suspended authors before
    # (CVE-2026-23961).
    if listing is None or moderation.is_blocked(tx, call.actor_id):
        return False
    calls.take_in(tx, listing, body, now)
    if not store.is_waiting(tx, call.uri):
        return False
    hub = here.uris.actor(here.settings.hub_handle)
    activity_id = here.uris.new_activity_id(now)
    outbox.publish(
        tx,
        here,
        hub,
        documents.announce(here.uris, hub, activity_id, call.uri, call.actor_id),
        # Not the call's address: on an instance that is also its author's, that one orders the author's deliveries.
        object_id=activity_id,
        to_followers=True,
        inboxes=_inboxes_of(tx, call.actor_id, now),
        listed=True,
        redated=True,
        proof=False,
    )
    store.save_announced(tx, call, activity_id, now)
    return True


def postpone(tx: Transaction, call: WaitingCall, now: datetime, *, silent: bool) -> None:
    """The probe failed. A call that nobody can fetch would be a boost that never shows.

    `silent`: its server did not answer at all. Then its other calls wait as well, or each of them would cost a
    timeout during which nobody else's calls are announced.
    """
    attempts = store.attempts_of(tx, call.uri) + 1
    until = model.next_probe(now, attempts)
    store.postpone(tx, call, attempts, until)
    if silent:
        store.postpone_all_of(tx, call.actor_id, until)


def undo_lost(tx: Transaction, here: Instance, now: datetime) -> int:
    """Undo the announcements of calls that are not kept any more, whichever act erased them."""
    lost = store.of_lost_calls(tx, ROUND)
    hub = here.uris.actor(here.settings.hub_handle)
    for call in lost:
        store.forget(tx, call.uri)
        if call.activity_id is None:
            continue
        outbox.erase_object(tx, call.activity_id)
        outbox.publish(
            tx,
            here,
            hub,
            documents.undo_announce(here.uris, hub, call.activity_id, call.uri, call.actor_id),
            object_id=call.activity_id,
            to_followers=True,
            inboxes=_inboxes_of(tx, call.actor_id, now),
            listed=False,
        )
    return len(lost)


def _inboxes_of(tx: Transaction, actor_id: str, now: datetime) -> list[tuple[str, str]]:
    """The author's inbox from the profile it signed; none once the listing has ended."""
    listing = listings.by_actor(tx, actor_id)
    if listing is None or listing.document is None:
        return []
    try:
        actor = actor_of(listing.document, now)
    except Malformed:
        return []
    return [(actor.shared_inbox or actor.inbox, str(origin_of(actor.inbox)))]

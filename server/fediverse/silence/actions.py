"""Counting silence, telling the operator, forgetting: each function is part of one transaction."""

import logging
from datetime import datetime, timedelta
from typing import Final

from federation.origins import authority_of
from server.fediverse import errands
from server.fediverse.instance import Instance
from server.fediverse.silence import store
from server.storage.database import Transaction

TELL_AFTER: Final = timedelta(days=23)
"""From then on the operator can read of it, a week before it is too late."""

FORGET_AFTER: Final = timedelta(days=30)

WE_WERE_AWAY: Final = timedelta(hours=26)
"""Looking around happens every hour; who has not done it for more than a day was switched off."""

CONFIRM: Final = "confirm-silent"
LISTEN: Final = "listen"
MOST_AT_ONCE: Final = 20

LOG = logging.getLogger("antipole.deliveries")


def look_around(tx: Transaction, here: Instance, now: datetime) -> int:
    """Counts the time since the last look as silence, if we could have heard anybody in it.

    A server that was switched off, or whose own line was cut, hears nothing from anybody: to forget everybody for that
    would be the worst answer to an outage. Answers how many servers are to be asked once more.
    """
    own = here.settings.origin
    store.forget_unheeded(tx)
    if not store.silent(tx, own, now, limit=1):
        store.end(tx, store.OURSELVES)
        return 0
    last = store.since(tx, store.OURSELVES)
    if last is not None and now <= last:
        return 0
    store.looked(tx, now)
    if last is None:
        # Who was killed right after the first failure may have been off for a month since.
        store.begin_anew(tx, now)
        return 0
    online = store.is_online(tx, own, now)
    if not online or now - last > WE_WERE_AWAY:
        store.put_off(tx, now - last)
        last = now
    if not online:
        # A quiet initiative sends nothing for days: one fetch tells whether the line is dead or nothing was to be said.
        somebody = store.somebody_else(tx, own)
        if somebody is not None:
            errands.add(tx, LISTEN, somebody)
        return 0
    for silent in store.silent(tx, own, now - TELL_AFTER, limit=MOST_AT_ONCE):
        if silent.since > last - TELL_AFTER:
            LOG.warning(
                "%s has not answered for %d days; in a week its followers here are forgotten",
                authority_of(silent.origin),
                TELL_AFTER.days,
            )
    over = store.silent(tx, own, now - FORGET_AFTER, limit=MOST_AT_ONCE)
    for silent in over:
        errands.add(tx, CONFIRM, silent.origin)
    return len(over)


def forget(tx: Transaction, here: Instance, origin: str, now: datetime) -> int | None:
    """The server was asked once more and is silent still: whoever followed from there is forgotten.

    Answers how many followers; None when it has been heard of meanwhile, or when it is us who hear nobody.
    """
    own = here.settings.origin
    since = store.since(tx, origin)
    if since is None or since > now - FORGET_AFTER or not store.is_online(tx, own, now):
        return None
    followers = store.drop_all_of(tx, origin, now)
    store.end(tx, origin)
    LOG.warning(
        "%s has not answered for %d days; its %d followers here are forgotten",
        authority_of(origin),
        FORGET_AFTER.days,
        followers,
    )
    return followers

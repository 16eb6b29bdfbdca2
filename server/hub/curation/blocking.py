"""Blocks where there is a directory: they also end what is listed, and are decisions in the log.

A refused server must not stay in the directory, where everything of it would be shown and announced for ever
(CVE-2026-23961). Its listings are removed, each with an entry of its own in the log, rather than hidden: nothing is
dropped silently, not even by somebody who is made to (SAFETY T5).
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime

from server.fediverse import moderation
from server.fediverse.instance import Instance
from server.hub.curation.actions import finish, remove
from server.hub.decisions import actions as decisions
from server.hub.decisions.model import COMMAND_LINE, Decision
from server.hub.listings import store as listings
from server.hub.listings.model import Listing
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)


def block(tx: Transaction, here: Instance, target: str, by: str, reason: str, now: datetime) -> bool:
    """Refuse an actor or a whole server, and end what it has here. False when it was blocked before.

    Applicants there hear nothing. Who was listed gets the Undo by which they learn that it is over, unless all of
    their server is blocked: that one is sent nothing any more.
    """
    if not moderation.block(tx, target, now, reason=reason, by=by):
        return False
    decisions.record(tx, Decision("block", by, reason, about=target), now)
    _end(tx, here, moderation.Blocklist([target]), by, now)
    return True


def block_all(
    tx: Transaction, here: Instance, reasons: Mapping[str, str], by: str, now: datetime
) -> list[str]:
    """A list of blocks with their reasons, as one decision. Answers those that are new."""
    before = set(moderation.blocked(tx))
    new = {target: reason for target, reason in reasons.items() if target not in before}
    if not new:
        return []
    moderation.block_all(tx, new, now, by=by)
    # Three thousand entries would bury all others; this one holds whoever imported to what was in the list.
    digest = hashlib.sha256("\n".join(sorted(new)).encode()).hexdigest()
    decisions.record(tx, Decision("import-blocks", by, about=f"{len(new)}, SHA-256 {digest[:32]}"), now)
    _end(tx, here, moderation.Blocklist(new), by, now)
    return list(new)


def lift_block(tx: Transaction, target: str, by: str, reason: str, now: datetime) -> bool:
    """Nobody comes back by this. False when it was not blocked."""
    if not moderation.unblock(tx, target):
        return False
    decisions.record(tx, Decision("lift-block", by, reason, about=target), now)
    return True


def hit_by(tx: Transaction, blocklist: moderation.Blocklist) -> list[Listing]:
    """Who waits or is listed, and would be no more."""
    hit = filter(blocklist.covers, listings.kept_ids(tx))
    return [listing for actor_id in hit if (listing := listings.by_actor(tx, actor_id)) is not None]


def sweep_at_start(tx: Transaction, services: Services) -> None:
    """What a restored backup lists, and blocks name that were put back beside it."""
    blocklist = moderation.Blocklist(moderation.blocked(tx))
    if blocklist:
        _end(tx, services.here, blocklist, COMMAND_LINE, services.here.clock.now())


def _end(tx: Transaction, here: Instance, blocklist: moderation.Blocklist, by: str, now: datetime) -> None:
    for listing in hit_by(tx, blocklist):
        if listing.is_listed:
            remove(tx, here, listing, by, "", now)
        else:
            finish(tx, here, listing, "refused", "", now)
    # Once more: ending a listing writes an Undo, which waits for a server that must get nothing.
    moderation.sweep(tx, now, blocklist)

"""One row per activity taken in, known only by a digest: a copy of the database tells nobody who wrote to
us.
"""

import hashlib
from datetime import datetime

from federation.errors import Forbidden
from federation.inbox import VerifiedActivity
from server.clock import millis
from server.fediverse.stats.store import add_to_counter
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def first_time(tx: Transaction, activity: VerifiedActivity, now: datetime) -> bool:
    """True once for each activity, however many inboxes and retries it comes through.

    Raises `Forbidden("id-reused")` when its id was used for another body.
    """
    digest = _digest(activity.actor.id, activity.id)
    if tx.run(QUERIES.insert_received, digest=digest, body_hash=activity.body_hash, now=millis(now)):
        return True
    row = tx.one(QUERIES.body_of, digest=digest)
    if row is None or row["body_hash"] != activity.body_hash:
        raise Forbidden("id-reused")
    return False


def remember_deletion(tx: Transaction, actor_id: str, object_id: str, now: datetime) -> None:
    """Its author deleted it: what was said of it before may come after, by a server that tries again (INT-11)."""
    tx.run(QUERIES.remember_deletion, digest=_digest(actor_id, f"deleted {object_id}"), now=millis(now))


def was_deleted(tx: Transaction, actor_id: str, object_id: str) -> bool:
    """Within the last 30 days."""
    return tx.one(QUERIES.body_of, digest=_digest(actor_id, f"deleted {object_id}")) is not None


def prune_received(tx: Transaction, before: datetime) -> int:
    """Drops finished ones that came before `before`; answers how many."""
    tx.run(QUERIES.prune_deletions, before=millis(before))
    pruned = tx.run(QUERIES.prune, before=millis(before))
    add_to_counter(tx, "activities_received", pruned)
    add_to_counter(tx, "activities_processed", pruned)
    return pruned


def _digest(actor_id: str, said: str) -> str:
    return hashlib.sha256(f"{actor_id}\n{said}".encode()).hexdigest()

"""Blocks in and out of storage."""

from dataclasses import dataclass
from datetime import datetime

from federation.origins import origin_of
from server.clock import from_millis, millis
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


@dataclass(frozen=True, slots=True)
class Block:
    """`target` is an actor's id or an origin; reason and name are for whoever keeps the list, and told to nobody."""

    target: str
    reason: str
    by: str
    since: datetime


def is_blocked(tx: Transaction, actor_id: str) -> bool:
    """By its id or by its origin. `actor_id` is a URL that was verified before."""
    return tx.one(QUERIES.find_block, actor_id=actor_id, origin=str(origin_of(actor_id))) is not None


def block(tx: Transaction, target: str, now: datetime, *, reason: str = "", by: str = "") -> bool:
    """`target` is an actor's id, or an origin "https://host[:port]". Followers there are dropped without a
    word. False when it was blocked before.
    """
    added = tx.run(QUERIES.insert_block, target=target, now=millis(now), reason=reason, blocked_by=by) > 0
    tx.run(QUERIES.drop_followers, target=target)
    return added


def unblock(tx: Transaction, target: str) -> bool:
    return tx.run(QUERIES.delete_block, target=target) > 0


def blocks(tx: Transaction) -> list[Block]:
    return [
        Block(row["target"], row["reason"], row["blocked_by"], from_millis(row["created_at"]))
        for row in tx.all(QUERIES.all_blocks)
    ]


def blocked(tx: Transaction) -> list[str]:
    """The targets alone."""
    return [block.target for block in blocks(tx)]

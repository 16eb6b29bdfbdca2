"""Blocks in and out of storage."""

from datetime import datetime

from federation.origins import origin_of
from server.clock import millis
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def is_blocked(tx: Transaction, actor_id: str) -> bool:
    """By its id or by its origin. `actor_id` is a URL that was verified before."""
    return tx.one(QUERIES.find_block, actor_id=actor_id, origin=str(origin_of(actor_id))) is not None


def block(tx: Transaction, target: str, now: datetime) -> None:
    """`target` is an actor's id, or an origin "https://host[:port]". Followers there are dropped without a
    word.
    """
    tx.run(QUERIES.insert_block, target=target, now=millis(now))
    tx.run(QUERIES.drop_followers, target=target)


def unblock(tx: Transaction, target: str) -> bool:
    return tx.run(QUERIES.delete_block, target=target) > 0


def blocked(tx: Transaction) -> list[str]:
    return [row["target"] for row in tx.all(QUERIES.all_blocks)]

"""Rows of `hub_wishes`: what a curator wished for an initiative that has not applied yet."""

from datetime import datetime

from server.clock import millis
from server.hub.curation.model import WISH_LIFE, Wish
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def save_wish(tx: Transaction, target: str, wish: Wish, now: datetime) -> None:
    tx.run(
        QUERIES.save_wish,
        target=target,
        wish=wish.wish,
        reason=wish.reason,
        expires_at=millis(now + WISH_LIFE),
    )


def take_wish(tx: Transaction, actor_id: str, handle: str, now: datetime) -> Wish | None:
    """The wish for an account by its id or its handle; it is spent by this."""
    row = tx.one(QUERIES.wish_for, actor_id=actor_id, handle=handle.lower(), now=millis(now))
    if row is None:
        return None
    tx.run(QUERIES.forget_wishes_for, actor_id=actor_id, handle=handle.lower())
    return Wish(row["wish"], row["reason"])


def forget_expired(tx: Transaction, now: datetime) -> int:
    return tx.run(QUERIES.forget_expired, now=millis(now))

"""Moves in and out of storage."""

from datetime import datetime

from server.clock import from_millis, millis
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def last(tx: Transaction, old: str) -> tuple[str, datetime] | None:
    """(where it went, when), as long as it is remembered."""
    row = tx.one(QUERIES.last_move, old_actor=old)
    return None if row is None else (row["new_actor"], from_millis(row["moved_at"]))


def save(tx: Transaction, old: str, new: str, now: datetime) -> None:
    tx.run(QUERIES.save_move, old_actor=old, new_actor=new, now=millis(now))


def forget_old(tx: Transaction, before: datetime) -> int:
    return tx.run(QUERIES.forget_old, before=millis(before))

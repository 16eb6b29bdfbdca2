"""Dialects in and out of storage."""

from dataclasses import dataclass
from datetime import datetime

from server.clock import from_millis, millis
from server.fediverse.dialects.model import Dialect
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


@dataclass(frozen=True, slots=True)
class Known:
    """`software` is "" while the server has never said."""

    dialect: Dialect
    software: str
    learned: datetime


def find(tx: Transaction, origin: str) -> Known | None:
    row = tx.one(QUERIES.dialect_of_origin, origin=origin)
    return None if row is None else Known(row["dialect"], row["software"], from_millis(row["learned_at"]))


def remember(tx: Transaction, origin: str, dialect: Dialect, software: str, now: datetime) -> None:
    tx.run(QUERIES.remember_dialect, origin=origin, dialect=dialect, software=software, now=millis(now))


def remember_silence(tx: Transaction, origin: str, now: datetime) -> None:
    tx.run(QUERIES.remember_silence, origin=origin, now=millis(now))


def forget_without_followers(tx: Transaction) -> int:
    """Answers how many servers."""
    return tx.run(QUERIES.forget_dialects)


def to_ask(tx: Transaction, our_origin: str, before: datetime, limit: int) -> list[str]:
    """Origins last asked before `before`, or never."""
    rows = tx.all(QUERIES.origins_to_ask, our_origin=our_origin, before=millis(before), limit=limit)
    return [row["origin"] for row in rows]

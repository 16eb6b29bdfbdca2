"""When chores were done, in and out of storage."""

from datetime import datetime, timedelta

from server.clock import from_millis, millis
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

SKEW = timedelta(minutes=1)
"""How far the clocks of two machines may be apart. What is further in the future comes from a clock that was set back,
and must not keep a chore from being done until then."""


def due_at(tx: Transaction, name: str, every: timedelta, now: datetime) -> datetime:
    """When `name` is to be done next; `now` when that was before."""
    row = tx.one(QUERIES.last_done, name=name)
    if row is None:
        return now
    last = from_millis(row["done_at"])
    return now if last > now + SKEW else max(now, last + every)


def done(tx: Transaction, name: str, now: datetime) -> None:
    tx.run(QUERIES.done, name=name, now=millis(now))

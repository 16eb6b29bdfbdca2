"""Silent servers in and out of storage. One row more, `OURSELVES`, says when we looked around last."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.clock import from_millis, millis
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

OURSELVES = "ourselves"
"""No origin, so no server can have this row."""

ANSWERS_COUNT_FOR = timedelta(days=1)
"""For how long an answer by somebody else shows that the network here works."""


@dataclass(frozen=True, slots=True)
class Silent:
    """`since`: its first failure since it answered last, without the time in which we ourselves heard nobody."""

    origin: str
    since: datetime
    followers: int


def begin(tx: Transaction, origin: str, now: datetime) -> None:
    """It did not answer, or with an error of its own; only the first time counts."""
    tx.run(QUERIES.begin, origin=origin, now=millis(now))


def end(tx: Transaction, origin: str) -> None:
    """It answered, or a valid signed request came from there."""
    tx.run(QUERIES.end, origin=origin)


def may_wait(tx: Transaction, origin: str) -> bool:
    """False when nothing has to be done here on hearing from a server."""
    return tx.one(QUERIES.may_wait, origin=origin) is not None


def since(tx: Transaction, origin: str) -> datetime | None:
    row = tx.one(QUERIES.since, origin=origin)
    return None if row is None else from_millis(row["since"])


def silent(tx: Transaction, own: str, before: datetime, *, limit: int) -> list[Silent]:
    """Who has been silent since `before` or longer, longest first."""
    rows = tx.all(QUERIES.silent, own=own, before=millis(before), limit=limit)
    return [Silent(row["origin"], from_millis(row["since"]), row["followers"]) for row in rows]


def is_online(tx: Transaction, own: str, now: datetime) -> bool:
    """Whether any other server answered within the last day."""
    return tx.one(QUERIES.answered_lately, own=own, since=millis(now - ANSWERS_COUNT_FOR)) is not None


def looked(tx: Transaction, now: datetime) -> None:
    tx.run(QUERIES.look, now=millis(now))


def put_off(tx: Transaction, by: timedelta) -> None:
    tx.run(QUERIES.put_off, milliseconds=int(by.total_seconds() * 1000))


def begin_anew(tx: Transaction, now: datetime) -> None:
    tx.run(QUERIES.begin_anew, now=millis(now))


def somebody_else(tx: Transaction, own: str) -> str | None:
    """The id of an actor on a server that is not silent."""
    row = tx.one(QUERIES.somebody_else, own=own)
    return None if row is None else str(row["id"])


def somebody_at(tx: Transaction, origin: str) -> str | None:
    row = tx.one(QUERIES.somebody_at, origin=origin)
    return None if row is None else str(row["id"])


def drop_all_of(tx: Transaction, origin: str, now: datetime) -> int:
    """Followers, deliveries and readers there; answers how many followers."""
    followers = tx.run(QUERIES.drop_followers, origin=origin)
    tx.run(QUERIES.drop_deliveries, origin=origin, now=millis(now))
    tx.run(QUERIES.drop_readers, origin=origin)
    tx.run(QUERIES.forget_actors, origin=origin)
    return followers


def forget_unheeded(tx: Transaction) -> int:
    return tx.run(QUERIES.forget_unheeded)

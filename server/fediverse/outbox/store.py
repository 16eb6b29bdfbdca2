"""Activities of our actors in and out of storage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.clock import millis
from server.fediverse.dialects.model import Dialect
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


@dataclass(frozen=True, slots=True)
class Activity:
    """`document` is the JSON text as delivered, None once erased; `is_public` says whether anybody may read
    it.
    """

    id: str
    actor_id: str
    document: str | None
    is_public: bool


def insert_activity(
    tx: Transaction,
    *,
    activity_id: str,
    actor_id: str,
    object_id: str,
    document: str,
    listed: bool,
    is_public: bool,
    redated: bool,
    now: datetime,
) -> None:
    tx.run(
        QUERIES.insert_activity,
        id=activity_id,
        actor_id=actor_id,
        object_id=object_id,
        document=document,
        listed=int(listed),
        is_public=int(is_public),
        redated=int(redated),
        now=millis(now),
    )


def fan_out(
    tx: Transaction,
    activity_id: str,
    actor_id: str,
    object_id: str,
    now: datetime,
    dialect: Dialect | None = None,
) -> int:
    """One delivery for each distinct inbox of the actor's followers, or of those that read `dialect`; answers how
    many.
    """
    return tx.run(
        QUERIES.fan_out,
        activity_id=activity_id,
        actor_id=actor_id,
        object_id=object_id,
        dialect=dialect,
        now=millis(now),
    )


def said_before(tx: Transaction, object_id: str) -> str | None:
    """The document of the latest activity about the object; None when there is none, or it was erased."""
    row = tx.one(QUERIES.said_before, object_id=object_id)
    return None if row is None else row["document"]


def inboxes_told(tx: Transaction, object_id: str) -> list[tuple[str, str]]:
    """Pairs (inbox, origin) that were sent something about the object in the last days, or still will be."""
    return [(row["inbox"], row["origin"]) for row in tx.all(QUERIES.inboxes_told, object_id=object_id)]


def insert_deliveries(
    tx: Transaction, activity_id: str, object_id: str, inboxes: Iterable[tuple[str, str]], now: datetime
) -> None:
    """`inboxes` are pairs (inbox, origin)."""
    rows = [
        {
            "activity_id": activity_id,
            "inbox": inbox,
            "origin": origin,
            "object_id": object_id,
            "now": millis(now),
        }
        for inbox, origin in inboxes
    ]
    tx.run_many(QUERIES.insert_delivery, rows)


def hurry_what_stands_before(tx: Transaction, object_id: str, now: datetime) -> None:
    tx.run(QUERIES.hurry_what_stands_before, object_id=object_id, now=millis(now))


def erase(tx: Transaction, object_id: str) -> None:
    tx.run(QUERIES.erase_activities, object_id=object_id)
    tx.run(QUERIES.drop_deliveries, object_id=object_id)


def last_activity(tx: Transaction) -> str | None:
    """The id that sorts after all others; None while nobody has said anything."""
    row = tx.one(QUERIES.last_activity)
    last: str | None = None if row is None else row["id"]
    return last


def find_activity(tx: Transaction, activity_id: str) -> Activity | None:
    row = tx.one(QUERIES.find_activity, id=activity_id)
    return None if row is None else _activity(row)


def activities_of(tx: Transaction, actor_id: str, *, before: str | None, limit: int) -> list[Activity]:
    """A page of the outbox, newest first; `before` is the id of the last activity of the page before it."""
    if before is None:
        rows = tx.all(QUERIES.first_page, actor_id=actor_id, limit=limit)
    else:
        rows = tx.all(QUERIES.page_before, actor_id=actor_id, before=before, limit=limit)
    return [_activity(row) for row in rows]


def count_listed(tx: Transaction, actor_id: str) -> int:
    row = tx.one(QUERIES.count_listed, actor_id=actor_id)
    return row["n"] if row else 0


def prune_unlisted(tx: Transaction, before: datetime) -> int:
    """Drops what is in no outbox, was made before `before` and has no deliveries any more; answers how
    many.
    """
    return tx.run(QUERIES.prune_unlisted, before=millis(before))


def _activity(row: Row) -> Activity:
    return Activity(row["id"], row["actor_id"], row["document"], bool(row["is_public"]))

"""Rows of `hub_announcements`: which calls wait is read from the calls themselves, so nothing can be forgotten."""

from dataclasses import dataclass
from datetime import datetime

from server.clock import from_millis, millis
from server.hub.announcements.model import day_of
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


@dataclass(frozen=True, slots=True)
class WaitingCall:
    uri: str
    actor_id: str


@dataclass(frozen=True, slots=True)
class LostCall:
    """A call that is not kept any more; `activity_id` is the Announce that must be undone, None if there was none."""

    uri: str
    actor_id: str
    activity_id: str | None


@dataclass(frozen=True, slots=True)
class Day:
    sent: int
    last_sent: datetime | None


def next_waiting(tx: Transaction, now: datetime) -> WaitingCall | None:
    row = tx.one(QUERIES.next_waiting, now=millis(now))
    return None if row is None else WaitingCall(row["uri"], row["actor_id"])


def count_waiting(tx: Transaction, now: datetime) -> int:
    row = tx.one(QUERIES.count_waiting, now=millis(now))
    return 0 if row is None else int(row["found"])


def is_waiting(tx: Transaction, uri: str) -> bool:
    return tx.one(QUERIES.is_waiting, uri=uri) is not None


def day(tx: Transaction, now: datetime) -> Day:
    row = tx.one(QUERIES.day, day=day_of(now))
    return Day(0, None) if row is None else Day(int(row["announced"]), from_millis(row["last_at"]))


def save_announced(tx: Transaction, call: WaitingCall, activity_id: str, now: datetime) -> None:
    tx.run(
        QUERIES.save_announced,
        call_uri=call.uri,
        actor_id=call.actor_id,
        activity_id=activity_id,
        now=millis(now),
    )
    tx.run(QUERIES.count_day, day=day_of(now), now=millis(now))
    tx.run(QUERIES.forget_days, day=day_of(now))


def attempts_of(tx: Transaction, uri: str) -> int:
    row = tx.one(QUERIES.attempts_of, call_uri=uri)
    return 0 if row is None else int(row["attempts"])


def postpone(tx: Transaction, call: WaitingCall, attempts: int, until: datetime) -> None:
    tx.run(
        QUERIES.postpone, call_uri=call.uri, actor_id=call.actor_id, attempts=attempts, try_at=millis(until)
    )


def postpone_all_of(tx: Transaction, actor_id: str, until: datetime) -> None:
    tx.run(QUERIES.postpone_all_of, actor_id=actor_id, try_at=millis(until))


def of_lost_calls(tx: Transaction, limit: int) -> list[LostCall]:
    return [
        LostCall(row["call_uri"], row["actor_id"], row["activity_id"])
        for row in tx.all(QUERIES.of_lost_calls, limit=limit)
    ]


def forget(tx: Transaction, uri: str) -> None:
    tx.run(QUERIES.forget, call_uri=uri)

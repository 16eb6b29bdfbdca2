"""Rows of `hub_announcements`: which calls wait is read from the calls themselves, so nothing can be forgotten."""

from dataclasses import dataclass
from datetime import datetime

from server.clock import from_millis, millis
from server.hub.announcements.model import day_of
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries
from server.storage.remembered import Remembered, Remembering

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
class Standing:
    """How one call stands. `failed`: how often its probe failed; then it is tried again at `next_try`."""

    announced_at: datetime | None = None
    failed: int = 0
    next_try: datetime | None = None
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call in one of the desk's lists."""

    call_id: str
    title: str
    language: str
    initiative: str
    listing_id: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Day:
    sent: int
    last_sent: datetime | None


def next_waiting(tx: Transaction, now: datetime) -> WaitingCall | None:
    row = tx.one(QUERIES.next_waiting, now=millis(now))
    return None if row is None else WaitingCall(row["uri"], row["actor_id"])


def count_waiting(tx: Transaction, now: datetime, most: int | None = None) -> int:
    """How many wait; no more than `most` are counted, since there may be a hundred thousand."""
    row = tx.one(QUERIES.count_waiting, now=millis(now), most=most)
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
    tx.run(QUERIES.leave_the_line, call_uri=call.uri)
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


def remembered_is_any_lost(remembered: Remembered) -> Remembering[bool]:
    return remembered.ask(
        "lost calls", QUERIES.of_lost_calls.reads, lambda tx: bool(of_lost_calls(tx, limit=1))
    )


def forget(tx: Transaction, uri: str) -> None:
    tx.run(QUERIES.forget, call_uri=uri)


def hold_back(tx: Transaction, uri: str, actor_id: str, now: datetime) -> bool:
    """False when it was announced or held back before."""
    return tx.run(QUERIES.hold_back, call_uri=uri, actor_id=actor_id, now=millis(now)) > 0


def let_go(tx: Transaction, uri: str, now: datetime) -> bool:
    """False when it was not held back."""
    return tx.run(QUERIES.let_go, call_uri=uri, now=millis(now)) > 0


def standing_of(tx: Transaction, uri: str) -> Standing:
    row = tx.one(QUERIES.state_of, call_uri=uri)
    return Standing() if row is None else _standing(row)


def not_announced(tx: Transaction, limit: int) -> list[ListedCall]:
    """In the order of their turn; who waits, fails or is held back says their standing."""
    return [_listed(row, _standing(row)) for row in tx.all(QUERIES.not_announced, limit=limit)]


def announced_since(tx: Transaction, since: datetime, limit: int) -> list[ListedCall]:
    rows = tx.all(QUERIES.announced_since, since=millis(since), limit=limit)
    return [_listed(row, Standing(announced_at=from_millis(row["announced_at"]))) for row in rows]


def cap(tx: Transaction) -> int | None:
    """None while nobody has decided: then the settings file counts."""
    row = tx.one(QUERIES.cap)
    return None if row is None else int(row["value"])


def set_cap(tx: Transaction, value: int) -> None:
    tx.run(QUERIES.set_cap, value=str(value))


def _listed(row: Row, standing: Standing) -> ListedCall:
    return ListedCall(row["call_id"], row["title"], row["language"], row["name"], row["listing_id"], standing)


def _standing(row: Row) -> Standing:
    failed = int(row["attempts"] or 0)
    return Standing(
        announced_at=None if row["announced_at"] is None else from_millis(row["announced_at"]),
        failed=failed,
        next_try=from_millis(row["try_at"]) if failed else None,
        held_back=bool(row["held_back"]),
    )

"""Deliveries and the breakers of origins in and out of storage."""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from federation.delivery import BREAKER_TTL, CLOSED, Breaker, after_failure, probe
from server.clock import from_millis, millis
from server.fediverse import errands, silence
from server.fediverse.stats.store import add_to_counter
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

# Longer than an attempt can take (15 s), so that a lease never ends under a living worker.
LEASE = timedelta(minutes=2)

BACKLOG_STEP = timedelta(seconds=75)
BACKLOG_WITHIN = timedelta(hours=6)
"""Between two activities of one server's backlog, and for all of it, however long it is."""

SHORT_SILENCE = timedelta(hours=1)
"""What waited no longer than this goes at once: nobody's backlog is long by then."""

FEW = 512
"""Due deliveries of which each is looked at; of more, each origin is."""

_RNG = random.SystemRandom()

Ended = Literal["done", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class ReadyOrigin:
    """`sick`: it failed lately. `probing`: its breaker lets one attempt through, no more."""

    origin: str
    sick: bool
    probing: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leased delivery. `document` is the activity's text; `attempts` counts this attempt, from 1."""

    activity_id: str
    inbox: str
    origin: str
    actor_id: str
    document: str
    redated: bool
    attempts: int
    first_due: datetime
    fence: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: ended in `state`, or to be tried again `at` (then `state` is None).

    `failed`: True opens the origin's breaker a bit further, False closes it, None says nothing about the
    origin. `answered`: it is there, whatever it said.
    """

    delivery: Delivery
    state: Ended | None
    at: datetime
    reason: str
    failed: bool | None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How what one of our actors said stands with one origin, as far as retention remembers.

    `reason` is the word of the latest trouble, "" when there is none; `due` when what waits is tried next, and
    `left_until` set while the origin is left in peace. `silent_since`: it has not answered since then.
    """

    origin: str
    waiting: int
    done: int
    failed: int
    reason: str
    due: datetime | None
    left_until: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Numbers of origins."""

    origins: int
    reached: int
    waiting: int
    failing: int


def standings(
    tx: Transaction, actor_id: str, *, object_id: str | None = None, limit: int, offset: int = 0
) -> list[Standing]:
    """Origins in trouble first, then by name."""
    rows = tx.all(QUERIES.standings, actor_id=actor_id, object_id=object_id, limit=limit, offset=offset)
    return [_standing(row) for row in rows]


def reach(tx: Transaction, actor_id: str, *, object_id: str | None = None) -> Reach:
    row = tx.one(QUERIES.reach, actor_id=actor_id, object_id=object_id)
    if row is None:
        return Reach(0, 0, 0, 0)
    return Reach(row["origins"], row["reached"], row["waiting"], row["failing"])


def ready_origins(tx: Transaction, now: datetime, limit: int, *, after: str = "") -> list[ReadyOrigin]:
    """Those that are well, and up to `limit` that are not.

    While many deliveries are due the first are up to `limit` too, by name from `after` on and then from the beginning.
    """
    at = millis(now)
    due = tx.one(QUERIES.count_due, now=at, limit=FEW)
    if due is None or due["n"] < FEW:
        rows = tx.all(QUERIES.ready_origins_of_few, now=at, limit=FEW)
    else:
        rows = tx.all(QUERIES.ready_origins, now=at, after=after, limit=limit)
        if after and len(rows) < limit:
            rest = tx.all(QUERIES.ready_origins, now=at, after="", limit=limit - len(rows))
            rows += [row for row in rest if row["origin"] <= after]
    names = [row["origin"] for row in rows]
    sick = tx.all(QUERIES.ready_sick_origins, now=at, limit=limit)
    return [ReadyOrigin(name, sick=False, probing=False) for name in names] + [
        ReadyOrigin(row["origin"], sick=True, probing=row["open_until"] is not None) for row in sick
    ]


def claim(
    tx: Transaction, origin: str, now: datetime, limit: int, activities: "Activities | None" = None
) -> list[Delivery]:
    """Leases up to `limit` due deliveries to one origin; what was erased meanwhile is dropped here.

    `activities` is shared by several calls in one transaction, so that each text is read once.
    """
    breaker = _breaker(tx, origin)
    if breaker.is_open(now):
        return []
    if breaker.is_half_open(now):
        limit = 1
    activities = Activities() if activities is None else activities
    claimed: list[Delivery] = []
    while len(claimed) < limit:
        rows = tx.all(
            QUERIES.claim,
            origin=origin,
            now=millis(now),
            lease_until=millis(now + LEASE),
            limit=limit - len(claimed),
        )
        if not rows:
            break
        # What stood behind a dropped one in the line is free now, so the question is asked again.
        claimed += [delivery for row in rows if (delivery := _delivery(tx, row, now, activities))]
    if claimed and breaker.is_half_open(now):
        _save(tx, origin, probe(breaker, now))
    return claimed


def give_back(tx: Transaction, unsent: Iterable[Delivery]) -> None:
    """Leased and not tried: anybody may have them at once, and it counts as no attempt."""
    rows = [{"activity_id": one.activity_id, "inbox": one.inbox, "fence": one.fence} for one in unsent]
    if rows:
        tx.run_many(QUERIES.give_back, rows)


def record(
    tx: Transaction, outcomes: Iterable[Outcome], now: datetime, *, well: Collection[str] = ()
) -> list[str]:
    """Writes a batch of outcomes; answers the origins whose breaker has opened by it.

    `well` are origins against which nothing is known: that they answer changes nothing.
    """
    opened = []
    heard = set(well)
    ended = []
    for outcome in outcomes:
        delivery = outcome.delivery
        if outcome.state is not None:
            ended.append(_ending(delivery, outcome.state, now, outcome.reason))
        else:
            tx.run(
                QUERIES.postpone_delivery,
                activity_id=delivery.activity_id,
                inbox=delivery.inbox,
                fence=delivery.fence,
                due_at=millis(outcome.at),
                reason=outcome.reason,
            )
        if outcome.failed:
            heard.discard(delivery.origin)
            silence.begin(tx, delivery.origin, now)
            before = _breaker(tx, delivery.origin)
            after = after_failure(before, now, rng=_RNG)
            _save(tx, delivery.origin, after)
            if after.is_open(now) and before.open_until is None:
                opened.append(delivery.origin)
        elif outcome.failed is False:
            if delivery.origin not in heard:
                heard_from(tx, delivery.origin, now)
                heard.add(delivery.origin)
        elif outcome.answered:
            # It asks for patience, so nothing is brought forward; but whoever asks is not silent.
            silence.end(tx, delivery.origin)
    if ended:
        tx.run_many(QUERIES.end_delivery, ended)
    return opened


def heard_from(tx: Transaction, origin: str, now: datetime) -> None:
    """It answered us, or a valid signed request came from there: if it was thought to be down, it is not."""
    silence.end(tx, origin)
    errands.bring_forward(tx, origin, now)
    if tx.run(QUERIES.close_breaker, origin=origin):
        _space_out(tx, origin, now)
        tx.wake("deliveries")


def _space_out(tx: Transaction, origin: str, now: datetime) -> None:
    """What waited only for a server's silence to end goes now, one activity after the other.

    After a long outage of many servers their backlogs would all go in the minute in which they are back (SAFETY R9).
    What was answered with an error may have met a proxy while the server restarted, or be something on which it
    stumbles each time: that goes soon after one failure, late after many.
    """
    waiting = tx.all(QUERIES.backlog, origin=origin, now=millis(now))
    places = {
        row["activity_id"]: place for place, row in enumerate({r["activity_id"]: r for r in waiting}.values())
    }
    waited = millis(now) - min((row["first_due"] for row in waiting), default=millis(now))
    step = min(BACKLOG_STEP, BACKLOG_WITHIN / max(len(places), 1))
    if waited < SHORT_SILENCE / timedelta(milliseconds=1):
        step = timedelta(0)
    moved = []
    for row in waiting:
        at = millis(now + places[row["activity_id"]] * step)
        if row["last_reason"] == "server-error":
            at = max(at, millis(now) + 1000 * row["attempts"] ** 2)
        if row["due_at"] > millis(now):
            at = min(at, row["due_at"])
        moved.append({"activity_id": row["activity_id"], "inbox": row["inbox"], "due_at": at})
    tx.run_many(QUERIES.put_in_line, moved)


def release_leases(tx: Transaction) -> None:
    """Only at the start of the one process that works."""
    tx.run(QUERIES.release_leases)


def next_event(tx: Transaction, now: datetime) -> datetime | None:
    """When, after `now`, something becomes due or a breaker lets somebody through."""
    queries = (QUERIES.next_due, QUERIES.next_probe)
    rows = [tx.one(query, now=millis(now)) for query in queries]
    times = [row["at"] for row in rows if row is not None and row["at"] is not None]
    return from_millis(min(times)) if times else None


def prune_ended(tx: Transaction, before: datetime) -> int:
    """Drops what ended before `before`; the totals of `stats` keep counting it."""
    pruned = 0
    for state in ("done", "failed", "dropped"):
        count = tx.run(QUERIES.prune_ended, state=state, before=millis(before))
        add_to_counter(tx, f"deliveries_{state}", count)
        pruned += count
    return pruned


def prune_stale_breakers(tx: Transaction, now: datetime) -> int:
    return tx.run(QUERIES.prune_stale_breakers, before=millis(now - BREAKER_TTL))


def _standing(row: Row) -> Standing:
    due, until, since = row["due_at"], row["open_until"], row["silent_since"]
    return Standing(
        origin=row["origin"],
        waiting=row["waiting"],
        done=row["done"],
        failed=row["failed"],
        reason=row["waits_because"] or row["failed_because"],
        due=None if due is None else from_millis(due),
        left_until=None if until is None else from_millis(until),
        silent_since=None if since is None else from_millis(since),
    )


class Activities:
    """What to send, read once in a transaction however many deliveries there are of it."""

    def __init__(self) -> None:
        self._known: dict[str, Row | None] = {}

    def find(self, tx: Transaction, activity_id: str) -> Row | None:
        """None when it was erased."""
        if activity_id not in self._known:
            row = tx.one(QUERIES.what_to_send, activity_id=activity_id)
            self._known[activity_id] = None if row is None or row["document"] is None else row
        return self._known[activity_id]


def _delivery(tx: Transaction, row: Row, now: datetime, activities: Activities) -> Delivery | None:
    """None, and dropped, when the activity was erased."""
    activity = activities.find(tx, row["activity_id"])
    delivery = Delivery(
        activity_id=row["activity_id"],
        inbox=row["inbox"],
        origin=row["origin"],
        actor_id="" if activity is None else activity["actor_id"],
        document="" if activity is None else activity["document"],
        redated=activity is not None and bool(activity["redated"]),
        attempts=row["attempts"],
        first_due=from_millis(row["first_due"]),
        fence=row["fence"],
    )
    if activity is None:
        tx.run(QUERIES.end_delivery, **_ending(delivery, "dropped", now, "erased"))
        return None
    return delivery


def _ending(delivery: Delivery, state: Ended, now: datetime, reason: str) -> dict[str, Any]:
    return {
        "activity_id": delivery.activity_id,
        "inbox": delivery.inbox,
        "fence": delivery.fence,
        "state": state,
        "now": millis(now),
        "reason": reason,
    }


def _breaker(tx: Transaction, origin: str) -> Breaker:
    row = tx.one(QUERIES.breaker_of, origin=origin)
    if row is None:
        return CLOSED
    first, until = row["first_failure"], row["open_until"]
    return Breaker(
        failures=row["failures"],
        first_failure=None if first is None else from_millis(first),
        open_until=None if until is None else from_millis(until),
    )


def _save(tx: Transaction, origin: str, breaker: Breaker) -> None:
    tx.run(
        QUERIES.save_breaker,
        origin=origin,
        failures=breaker.failures,
        first_failure=None if breaker.first_failure is None else millis(breaker.first_failure),
        open_until=None if breaker.open_until is None else millis(breaker.open_until),
    )

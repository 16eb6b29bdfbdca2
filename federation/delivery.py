"""Deliveries as decisions: where to send, what an answer means, when to try again. No network, no database.

The schedule outlasts a weekend without power; every attempt is signed anew by whoever sends it.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The wait after attempt 1, 2, 3, ...; afterwards the last one repeats until `GIVE_UP_AFTER`.
SCHEDULE = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(days=7)
MAX_RETRY_AFTER = timedelta(hours=24)

# After 401 and 403, three times and no more (PROTOCOL 7). A server whose clock is wrong refuses everything, and an Undo
# that is lost by it keeps people where they no longer want to be: the last attempt is on another day.
UNAUTHORISED_SCHEDULE = (timedelta(seconds=30), timedelta(hours=1), timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Delivered:
    pass


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at `at` (aware UTC)."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Gone:
    """`gone` (410): the follower is no more. `not-found` (404): ask for the actor before believing it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No further attempt will help."""

    reason: str


Verdict = Delivered | Retry | Gone | Refused


def distinct_inboxes(recipients: Iterable[tuple[str, str | None]]) -> list[str]:
    """The shared inbox where there is one, else the personal inbox; each once, in the order first seen."""
    return list(dict.fromkeys(shared or inbox for inbox, shared in recipients))


def judge(
    status: int | None,
    *,
    retry_after: str | None,
    attempt: int,
    first_tried: datetime,
    now: datetime,
    rng: random.Random,
) -> Verdict:
    """What the answer to attempt number `attempt` (from 1) means. `status` None: no answer at all.

    `retry_after` is the header as received: seconds or an HTTP date. Times are aware UTC.
    """
    if status is not None and 200 <= status < 300:
        return Delivered()
    if status == 410:
        return Gone("gone")
    if status == 404:
        return Gone("not-found")
    schedule: Sequence[timedelta] = SCHEDULE
    if status in (401, 403):
        # A peer that lost our key, or rotated its own, answers so for a while; a peer that blocks us answers
        # so for ever.
        schedule = UNAUTHORISED_SCHEDULE
        if attempt > len(schedule):
            return Refused("unauthorised")
    elif status == 501 or (status is not None and 400 <= status < 500 and status not in (408, 429)):
        return Refused("rejected")
    if now - first_tried >= GIVE_UP_AFTER:
        return Refused("gave-up")
    wait = schedule[min(max(attempt, 1), len(schedule)) - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
    return Retry(now + max(wait, _asked_wait(retry_after, now)), _reason(status))


def _reason(status: int | None) -> str:
    if status is None:
        return "no-answer"
    if 300 <= status < 400:
        return "redirected"  # following it would carry a signed body to a target the signature does not name
    if status in (401, 403):
        return "unauthorised"
    return "busy" if status in (408, 429) else "server-error"


def _asked_wait(retry_after: str | None, now: datetime) -> timedelta:
    """RFC 9110 10.2.3; unreadable is none, and nobody makes us wait for more than a day."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        # Compared by length first: a thousand digits are valid in the header and overflow a timedelta.
        wait = timedelta(seconds=int(text)) if len(text) <= 6 else MAX_RETRY_AFTER
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError, IndexError):
            return timedelta(0)
        wait = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)


BREAKER_FAILURES = 5
BREAKER_WINDOW = timedelta(minutes=10)
BREAKER_PAUSE = timedelta(minutes=30)
BREAKER_PROBE = timedelta(minutes=1)
BREAKER_TTL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one origin: a dead host costs one attempt in half an hour and not one per activity.

    Five failures within ten minutes open it for some thirty minutes; then `probe` lets one attempt through. A 2xx,
    or a valid signed request from that origin, closes it at once: forget the state. One older than a day `is_stale`
    and is to be forgotten too (Fedify CVE-2026-69132: states that never expire).
    """

    failures: int = 0
    first_failure: datetime | None = None
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until

    def is_half_open(self, now: datetime) -> bool:
        return self.open_until is not None and now >= self.open_until

    def is_stale(self, now: datetime) -> bool:
        last = max((at for at in (self.first_failure, self.open_until) if at is not None), default=None)
        return last is None or now - last >= BREAKER_TTL


CLOSED = Breaker()


def counts_against(status: int | None) -> bool:
    """Only silence and server errors open a breaker: 429 is a living server that asks for patience."""
    return status is None or status >= 500


def after_failure(breaker: Breaker, now: datetime, *, rng: random.Random) -> Breaker:
    """The pause is spread as every other wait: what one outage has shut must not be knocked at in one second."""
    pause = BREAKER_PAUSE * rng.uniform(1 - JITTER, 1 + JITTER)
    if breaker.open_until is not None:
        return replace(breaker, failures=breaker.failures + 1, open_until=now + pause)
    if breaker.first_failure is None or now - breaker.first_failure > BREAKER_WINDOW:
        return Breaker(failures=1, first_failure=now)
    failures = breaker.failures + 1
    return replace(
        breaker, failures=failures, open_until=now + pause if failures >= BREAKER_FAILURES else None
    )


def probe(breaker: Breaker, now: datetime) -> Breaker:
    """Take the one attempt of a half-open breaker: for all others it stays open until there is an answer."""
    return replace(breaker, open_until=now + BREAKER_PROBE) if breaker.is_half_open(now) else breaker

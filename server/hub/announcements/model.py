"""When the next call may be announced. Boosts by groups flood people's home timelines, so there is a cap."""

from datetime import UTC, datetime, time, timedelta

AT_ONCE = 5
"""While so many or fewer wait, each goes at once."""

BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
"""Pauses between probes of a call that cannot be fetched; the last one is repeated while the call is open."""


LOWEST_CAP, HIGHEST_CAP = 1, 100
"""What editors may choose. A hundred boosts a day are more than anybody follows for long."""


def next_moment(
    now: datetime, *, cap: int, waiting: int, sent_today: int, last_sent: datetime | None
) -> datetime:
    """When the next of `waiting` (1 or more) announcements may go; not later than `now` means: now.

    `sent_today` and `last_sent` (None if none) count the UTC day of `now`. Never more than `cap` a day; while
    `AT_ONCE` or fewer wait there is no pause; beyond that the rest of the day is shared evenly among what can still go.
    """
    today = now.astimezone(UTC).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), UTC)
    left = cap - sent_today
    if left <= 0:
        return midnight
    if waiting <= AT_ONCE or last_sent is None:
        return now
    # One share more than there are announcements: the last of the day goes before midnight, not at it.
    return last_sent + (midnight - last_sent) / (min(waiting, left) + 1)


def next_probe(now: datetime, attempts: int) -> datetime:
    """When to ask for the call again after its `attempts`-th failed probe."""
    return now + BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


def day_of(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()

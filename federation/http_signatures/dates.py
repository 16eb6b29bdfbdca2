"""When a request was signed: HTTP dates, seconds since 1970, and how old a signature may be."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from federation.errors import NotAuthentic

# Mastodon accepts an hour of skew and five minutes of life; who is stricter than this loses honest peers. It
# also lets a signature name a longer life, of twelve hours at most: here none does, so that what was overheard
# is worth nothing an hour later.
MAX_SKEW = timedelta(hours=1, minutes=5)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IMF_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC)"
)


def http_date(time: datetime) -> str:
    """IMF-fixdate, independent of the process's locale."""
    utc = time.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc:%Y %H:%M:%S} GMT"


def parse_http_date(text: str) -> datetime:
    """Raises NotAuthentic("date-malformed")."""
    match = _IMF_DATE.fullmatch(text.strip(" \t"))
    if match is None or match[2] not in _MONTHS:
        raise NotAuthentic("date-malformed")
    month = _MONTHS.index(match[2]) + 1
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise NotAuthentic("date-malformed") from error


def require_fresh(signed_at: Iterable[datetime], now: datetime) -> None:
    """Raises NotAuthentic("date-skew") when one of the times is more than 1 h 5 min away."""
    if any(abs(now - time) > MAX_SKEW for time in signed_at):
        raise NotAuthentic("date-skew")


def require_unexpired(created: int | None, expires: int | None, now: datetime) -> None:
    """`created` and `expires` as both schemes carry them. Raises NotAuthentic.

    What expires before it was made has been put together by somebody who hopes that only one end is looked at.
    """
    if expires is None:
        return
    if created is not None and expires < created:
        raise NotAuthentic("expires-before-created")
    if from_seconds(expires) <= now:
        raise NotAuthentic("signature-expired")


def from_seconds(seconds: int) -> datetime:
    """Raises NotAuthentic("date-malformed") for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotAuthentic("date-malformed") from error

"""Starts and deadlines as people give them: a date that stays a date, or a time with its offset."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998


def parse_moment(text: str) -> date | datetime:
    """A date (`2026-12-05`) or an aware datetime (`2026-12-05T10:00+01:00`); else ValueError."""
    if _DATE.fullmatch(text):
        moment: date | datetime = date.fromisoformat(text)
    else:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("a time needs its offset")
    if not _FIRST_YEAR < moment.year <= _LAST_YEAR:
        raise ValueError("out of the calendar")
    return moment


def moment_text(moment: date | datetime) -> str:
    """The one spelling that is stored and signed: seconds always, milliseconds only if there are any."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    whole = timedelta(microseconds=moment.microsecond) == timedelta(0)
    text = moment.isoformat(timespec="seconds" if whole else "milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def end_of_day(day: date) -> datetime:
    """What a bare date means as a deadline for software that knows only times: its last second, UTC."""
    return datetime.combine(day, time(23, 59, 59), UTC)

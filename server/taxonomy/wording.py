"""Dates in words and the one line of facts, in the language of the reader.

Babel writes weekdays in the nominative, so no phrase here puts a preposition before a date where a
language would then ask for another case: Ukrainian says "крайній термін: пʼятниця, ...".
"""

from datetime import date, datetime
from typing import Final

from babel.dates import format_date

from server.taxonomy.languages import locale_of, translations
from server.taxonomy.places import UNDISCLOSED
from server.taxonomy.sizes import size_label

SEPARATOR: Final = " · "

# CLDR's plain English puts the month first; our English is written for the whole world.
_WITH_YEAR: Final = {"en": "EEEE, d MMMM y"}
_WITHOUT_YEAR: Final = {
    "en": "EEEE, d MMMM",
    "uk": "EEEE, d MMMM",
    "ru": "EEEE, d MMMM",
    "de": "EEEE, d. MMMM",
}


def day(value: date, language: str, today: date | None = None) -> str:
    """ "Friday, 4 December 2026"; without the year when `today` is given and lies in the same year.

    Any language Babel has dates for, else English.
    """
    locale = locale_of(language)
    pattern = _WITH_YEAR.get(locale.language, "full")
    if today is not None and today.year == value.year:
        pattern = _WITHOUT_YEAR.get(locale.language, pattern)
    # CLDR puts a narrow no-break space before "р." and "г."; many fonts lack it, the wide one breaks no line either.
    return format_date(value, pattern, locale=locale).replace("\u202f", "\u00a0")


def moment(value: datetime, language: str, today: date | None = None) -> str:
    """ "Saturday, 5 December 2026, 10:00 (UTC+1)": the clock of the offset that was given.

    Raises ValueError for a time without an offset: it would mean another hour to every reader.
    """
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("A time needs its offset from UTC, as in 2026-12-05T10:00+01:00.")
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "" if minutes == 0 else "+" if minutes > 0 else "−"
    zone = f"UTC{sign}{hours}" if minutes else "UTC"
    zone += f":{rest:02}" if rest else ""
    return f"{day(value.date(), language, today)}, {value:%H:%M} ({zone})"


def when(value: date | datetime, language: str, today: date | None = None) -> str:
    """A moment for a time, a day for a bare date."""
    return moment(value, language, today) if isinstance(value, datetime) else day(value, language, today)


def facts_line(
    language: str,
    size: str | None = None,
    start: date | datetime | None = None,
    deadline: date | datetime | None = None,
    place_label: str | None = None,
    today: date | None = None,
) -> str:
    """ "An hour · starts Saturday, 5 December 2026, 10:00 (UTC+1) · until Friday, 11 December 2026 · Berlin".

    What is not known is left out, and so is a place that is undisclosed; empty when nothing is known.
    """
    _ = translations(language).gettext
    facts = [size_label(size, language)] if size else []
    if start is not None:
        facts.append(_("starts %(when)s") % {"when": when(start, language, today)})
    if deadline is not None:
        facts.append(_("until %(when)s") % {"when": when(deadline, language, today)})
    if place_label and place_label != UNDISCLOSED:
        facts.append(place_label)
    line = SEPARATOR.join(facts)
    return line[:1].upper() + line[1:]


def enough_line(language: str) -> str:
    """The first line of a call that is over: "Enough, thank you." """
    return translations(language).gettext("Enough, thank you.")

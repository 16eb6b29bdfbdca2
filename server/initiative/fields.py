"""Places, moments and links as people type them into forms: read field by field, and shown again."""

import re
from datetime import datetime
from typing import Final

from server.documents.moments import moment_text, parse_moment
from server.documents.profile import MAX_LINK_NAME, MAX_LINKS, ProfileLink
from server.documents.rich_text import is_web_link
from server.taxonomy import places
from server.taxonomy.folding import fold
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Message, plain

MAX_PLACE: Final = 100
MAX_LINK: Final = 2048
NAMED: Final = "named"
PLACE_FIELDS: Final = ("place_choice", "place")
LINK_FIELDS: Final = tuple(
    f"link_{part}_{number}" for number in range(1, MAX_LINKS + 1) for part in ("name", "url")
)
_OFFSET: Final = re.compile(r"([+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?)|Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_OFFSETS_KEPT: Final = """
    -12:00 -11:00 -10:00 -09:30 -09:00 -08:00 -07:00 -06:00 -05:00 -04:00 -03:30 -03:00 -02:00 -01:00 Z
    +01:00 +02:00 +03:00 +03:30 +04:00 +04:30 +05:00 +05:30 +05:45 +06:00 +06:30 +07:00 +08:00 +08:45
    +09:00 +09:30 +10:00 +10:30 +11:00 +12:00 +12:45 +13:00 +14:00
"""
OFFSETS: Final = tuple(_OFFSETS_KEPT.split())
"""The offsets from UTC that clocks keep somewhere."""


def needed(fields: Fields, name: str, limit: int, sentence: str) -> str:
    """A line that must not be empty; the sentence says what lacks it, also where all problems are listed."""
    text = fields.text(name, limit)
    if not text:
        fields.wrong(name, Message(sentence))
    return text


def moment_fields(name: str) -> tuple[str, str, str]:
    return f"{name}_date", f"{name}_time", f"{name}_offset"


def offsets(*stored: str) -> list[tuple[str, str]]:
    """Choices in the order of the clock: value and text, as "UTC+01:00"; odd ones that are stored come last."""
    odd = [offset for offset in stored if offset and offset not in OFFSETS and _OFFSET.fullmatch(offset)]
    return [(offset, "UTC" if offset == "Z" else f"UTC{offset}") for offset in (*OFFSETS, *odd)]


def read_moment(fields: Fields, name: str) -> str | None:
    """A date, or a time with its offset, in its one spelling."""
    in_date, in_time, in_offset = moment_fields(name)
    day, clock, offset = fields.text(in_date, 40), fields.text(in_time, 40), fields.text(in_offset, 20)
    if not day:
        if clock:
            fields.wrong(in_date, Message(_("A time needs its date.")))
        return None
    stored = _moment(day) if _DATE.fullmatch(day) else None
    if stored is None:
        sentence = _("“%(text)s” is no date we can read; write 2026-12-05.")
        fields.wrong(in_date, Message(sentence, {"text": day}))
        return None
    if not clock:
        return stored
    hours = clock.zfill(5) if clock[1:2] == ":" else clock
    if _TIME.fullmatch(hours) is None or _moment(f"{day}T{hours}Z") is None:
        fields.wrong(in_time, Message(_("“%(text)s” is no time we can read; write 18:30."), {"text": clock}))
        return None
    whole = _moment(f"{day}T{hours}{offset}") if _OFFSET.fullmatch(offset) else None
    if whole is None:
        fields.wrong(in_offset, Message(_("Choose how far the clock there is from UTC.")))
    return whole


def _moment(text: str) -> str | None:
    try:
        return moment_text(parse_moment(text))
    except ValueError:
        return None


def moment_values(name: str, stored: str | None) -> dict[str, str]:
    """What the fields of a stored moment show."""
    in_date, in_time, in_offset = moment_fields(name)
    if stored is None:
        return {}
    moment = parse_moment(stored)
    if not isinstance(moment, datetime):
        return {in_date: stored}
    day, _t, rest = stored.partition("T")
    clock = re.split(r"[Z+-]", rest)[0]
    seconds = clock.removesuffix(":00") if clock.count(":") == 2 else clock
    return {in_date: day, in_time: seconds, in_offset: rest[len(clock) :]}


def read_link(fields: Fields, name: str) -> str | None:
    """A web address, whole."""
    url = fields.text(name, MAX_LINK)
    if url and not is_web_link(url):
        fields.wrong(name, no_web_link(url))
        return None
    return url or None


def no_web_link(url: str) -> Message:
    sentence = _("“%(text)s” is no web address; write it whole, beginning with https://.")
    return Message(sentence, {"text": url[:100]})


def read_links(fields: Fields) -> tuple[ProfileLink, ...]:
    """The rows of name and address; empty rows do not count."""
    links = []
    for number in range(1, MAX_LINKS + 1):
        in_name, in_url = f"link_name_{number}", f"link_url_{number}"
        name, url = fields.text(in_name, MAX_LINK_NAME), fields.text(in_url, MAX_LINK)
        if not name and not url:
            continue
        if not name:
            fields.wrong(in_name, Message(_("Say what this link leads to.")))
        if not url:
            fields.wrong(in_url, Message(_("This link has no address yet.")))
        elif not is_web_link(url):
            fields.wrong(in_url, no_web_link(url))
        links.append(ProfileLink(name, url))
    return tuple(links)


def link_values(links: tuple[ProfileLink, ...]) -> dict[str, str]:
    values = {}
    for number, link in enumerate(links, 1):
        values[f"link_name_{number}"], values[f"link_url_{number}"] = link.name, link.url
    return values


def read_place(fields: Fields, *, required: bool) -> str | None:
    """A label of the gazetteer, `undisclosed`, or None when nothing is chosen, which `required` forbids.

    Whoever chose "undisclosed" means it, whatever still stands in the field beside it.
    """
    choice = fields.choice("place_choice", (NAMED, places.UNDISCLOSED), required=required)
    text = fields.text("place", MAX_PLACE)
    if choice != NAMED:
        return choice or None
    if not text:
        fields.wrong("place", Message(_("Name a city, a region or a country, or choose “undisclosed”.")))
        return None
    exact = places.by_label(text)
    if exact is not None:
        return exact.label
    try:
        found = places.find(text)
    except places.UnknownPlace as problem:
        fields.wrong("place", _unknown(text, problem.suggestions))
        return None
    if found is None:
        return places.UNDISCLOSED
    if found.others and fold(text) != fold(found.place.label):
        sentence = _(
            "There are several places of that name: %(places)s. Write the one you mean just like that."
        )
        fields.wrong("place", Message(sentence, {"places": "; ".join((found.place.label, *found.others))}))
        return None
    return found.place.label


def require_sure(fields: Fields, label: str | None, before: str | None, language: str) -> None:
    """Before a name that can lead to people is sent out for good, it is said so and asked once more (DESIGN 7)."""
    place = places.by_label(label) if label and label != before else None
    warning = places.warning(place, language) if place is not None else None
    if warning is not None and not fields.flag("place_sure"):
        fields.wrong("place_sure", plain(warning))


def place_values(stored: str | None, decided: bool) -> dict[str, str]:
    if stored is not None and stored != places.UNDISCLOSED:
        return {"place_choice": NAMED, "place": stored}
    return {"place_choice": places.UNDISCLOSED} if decided else {}


def _unknown(text: str, suggestions: tuple[str, ...]) -> Message:
    shown = text[:60]
    if suggestions:
        sentence = _("There is no place “%(place)s” in our list. Did you mean %(places)s?")
        return Message(sentence, {"place": shown, "places": "; ".join(suggestions)})
    sentence = _("There is no place “%(place)s” in our list; name a larger city nearby, or a country.")
    return Message(sentence, {"place": shown})

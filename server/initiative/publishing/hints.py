"""What an editor may want to look at once more before it is copied for ever: hints, never walls (SAFETY T11, CON-09).

Patterns are linear and texts bounded: a text of ten thousand characters is read in milliseconds.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from server.documents.moments import end_of_day, parse_moment
from server.initiative.calls.model import Draft, end_of
from server.taxonomy import places
from server.taxonomy.words import N_ as _
from server.web.forms import Message, plain

_COORDINATES: Final = re.compile(
    r"(?<![\d.])-?\d{1,3}[.]\d{3,12}\s{0,3}[,;/ ]\s{0,3}-?\d{1,3}[.]\d{3,12}(?![\d.])|\d{1,3}\s?°\s?\d{1,2}"
)
_PHONE: Final = re.compile(r"(?<![\w/.=-])(?:\+|00)?\d(?:[\s().-]{0,2}\d){8,14}(?![\w/-])")
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{1,2048}")
_TRACKING: Final = re.compile(
    r"(utm_|mtm_|pk_|hsa_)\w{1,40}|fbclid|gclid|dclid|yclid|ysclid|msclkid|igshid?|mc_[ce]id|_openstat|vero_id"
)
_INVITING: Final = (
    "t.me/+",
    "t.me/joinchat",
    "chat.whatsapp.com/",
    "signal.group/",
    "discord.gg/",
    "discord.com/invite/",
    "matrix.to/",
    "element.io/",
    "zoom.us/j/",
    "meet.google.com/",
    "meet.jit.si/",
    "docs.google.com/",
    "drive.google.com/",
    "forms.gle/",
    "disk.yandex.",
)
_SHORTENING: Final = (
    "bit.ly",
    "buff.ly",
    "clck.ru",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "ow.ly",
    "rebrand.ly",
    "t.co",
    "t.ly",
    "tinyurl.com",
    "u.to",
    "vk.cc",
)


def hints(words: Draft, initiative_place: str | None, now: datetime, language: str) -> list[Message]:
    """Sentences for the editor, in the order of harm; empty when nothing stands out."""
    return [
        *_about_text(f"{words.title}\n{words.text}"),
        *_about_links(words),
        *_about_place(words, initiative_place, language),
        *_about_time(words, now),
    ]


def _about_text(text: str) -> Iterator[Message]:
    bare = _ADDRESS.sub(" ", text)
    if found := _COORDINATES.search(bare):
        sentence = _(
            "“%(text)s” looks like coordinates. A point on a map can lead to people; name a city instead."
        )
        yield Message(sentence, {"text": found[0].strip()})
    if found := _MAIL.search(bare):
        sentence = _(
            "“%(text)s” looks like an e-mail address. Is it meant for everybody, and is it nobody's own?"
        )
        yield Message(sentence, {"text": found[0]})
    if (found := _PHONE.search(_MAIL.sub(" ", bare))) and not _is_date(found[0]):
        sentence = _(
            "“%(text)s” looks like a phone number. Is it meant for everybody, and is it nobody's own?"
        )
        yield Message(sentence, {"text": found[0].strip()})


def _about_links(words: Draft) -> Iterator[Message]:
    found = [*([words.link] if words.link else []), *_ADDRESS.findall(words.text)]
    links = list(dict.fromkeys(found))
    for link in links[:20]:
        try:
            parts = urlsplit(link)
            host = parts.hostname or ""
        except ValueError:
            continue
        whole = {"host": host}
        if any(inviting in f"{host}{parts.path}" for inviting in _INVITING):
            sentence = _(
                "A link to %(host)s can let anybody into a chat or a file. Open it to everybody on purpose only."
            )
            yield Message(sentence, whole)
        if tracking := [name for name, _value in parse_qsl(parts.query[:2048]) if _TRACKING.fullmatch(name)]:
            sentence = _(
                "The link to %(host)s carries “%(name)s”, by which visitors are followed. Cut it off."
            )
            yield Message(sentence, {**whole, "name": tracking[0]})
        if host in _SHORTENING:
            sentence = _(
                "%(host)s hides where the link leads and counts who opens it. Give the real address."
            )
            yield Message(sentence, whole)
        if parts.scheme == "http" and not host.endswith(".onion"):
            sentence = _(
                "The link to %(host)s is not encrypted: everybody on the way can read along. Try https://."
            )
            yield Message(sentence, whole)
        if is_mixed(host):
            sentence = _(
                "The name %(host)s mixes letters of several scripts, as forged addresses do. Look closely."
            )
            yield Message(sentence, whole)


def _about_place(words: Draft, initiative_place: str | None, language: str) -> Iterator[Message]:
    label = words.place if words.place else initiative_place
    place = places.by_label(label) if label and label != places.UNDISCLOSED else None
    if place is None:
        return
    if warning := places.warning(place, language):
        yield plain(warning)
    if place.kind == "city" and any(moment and "T" in moment for moment in (words.start, words.deadline)):
        sentence = _(
            "A city together with an exact time tells everybody where to find people. Is that meant?"
        )
        yield Message(sentence)


def _about_time(words: Draft, now: datetime) -> Iterator[Message]:
    deadline = parse_moment(words.deadline) if words.deadline else None
    start = parse_moment(words.start) if words.start else None
    if deadline is None:
        yield Message(_("There is no deadline. A date helps people to begin, and you to end."))
        return
    if end_of(deadline) < now:
        yield Message(_("The deadline is over already."))
    if start is not None and end_of(deadline) < beginning_of(start):
        yield Message(_("The deadline comes before the start."))


def beginning_of(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return end_of_day(moment).replace(hour=0, minute=0, second=0)


def is_mixed(host: str) -> bool:
    """Whether a label of the host, its punycode read, has letters of more than one script."""
    for label in host.split("."):
        shown = label
        if label.startswith("xn--"):
            try:
                shown = label[4:].encode("ascii").decode("punycode")
            except ValueError:
                return True
        scripts = {unicodedata.name(c, "").partition(" ")[0] for c in shown if c.isalpha()}
        if len(scripts) > 1 and not scripts <= {"CJK", "HIRAGANA", "KATAKANA"}:
            return True
    return False


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\s*\d{4}-\d{2}-\d{2}.{0,8}", text) is not None

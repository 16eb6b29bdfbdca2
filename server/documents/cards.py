"""A call as a page shows it in a list: the same on an initiative's pages and on a hub's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.documents.call import UNKNOWN_LANGUAGE, Call
from server.documents.moments import parse_moment
from server.documents.words import place_in_words
from server.taxonomy import wording
from server.taxonomy.kinds import kind_label
from server.taxonomy.languages import language_name, translations
from server.taxonomy.places import UNDISCLOSED
from server.taxonomy.sizes import size_label


@dataclass(frozen=True, slots=True)
class Fact:
    """`icon` is a name of `templates/partials/_icons.html`."""

    icon: str
    words: str


class Facts(str):
    """The one line of facts; `each` has them one by one, for pages that set an icon beside every fact."""

    __slots__ = ("each",)
    each: tuple[Fact, ...]

    def __new__(cls, each: Sequence[Fact]) -> "Facts":
        line = wording.SEPARATOR.join(fact.words for fact in each)
        made = super().__new__(cls, line[:1].upper() + line[1:])
        made.each = tuple(each)
        return made


@dataclass(frozen=True, slots=True)
class Card:
    """`facts` is the one line of facts in the reader's language; `path` leads to the call's page here."""

    title: str
    language: str
    closed: bool
    facts: Facts
    path: str
    initiative: str
    initiative_path: str


def facts(call: Call, language: str, today: date) -> Facts:
    """Size, kind, start, deadline, place and the call's language, in the reader's `language`."""
    _ = translations(language).gettext
    found: list[Fact] = []
    if call.size is not None:
        found.append(Fact("clock", size_label(call.size, language)))
    if call.kind is not None:
        found.append(Fact(call.kind, kind_label(call.kind, language)))
    if call.start is not None:
        start = wording.when(parse_moment(call.start), language, today)
        found.append(Fact("date", _("starts %(when)s") % {"when": start}))
    if call.deadline is not None:
        deadline = wording.when(parse_moment(call.deadline), language, today)
        found.append(Fact("date", _("until %(when)s") % {"when": deadline}))
    if call.place is not None and call.place != UNDISCLOSED:
        found.append(Fact("place", place_in_words(call.place, language)))
    if call.language != UNKNOWN_LANGUAGE:
        found.append(Fact("language", language_name(call.language, language)))
    return Facts(found)

"""The form of a call: from typed fields to a draft, and from a draft to the fields."""

from collections.abc import Mapping
from typing import Any, Final

from server.documents.call import MAX_TEXT, MAX_TITLE
from server.documents.event import starts_at
from server.documents.moments import parse_moment
from server.documents.words import place_in_words
from server.initiative import tongues
from server.initiative.calls.model import EVENT_NEEDS_TIME, Draft
from server.initiative.desk import kept_order
from server.initiative.drafts.model import differing_parts
from server.initiative.fields import (
    PLACE_FIELDS,
    moment_fields,
    moment_values,
    offsets,
    place_values,
    read_link,
    read_moment,
    read_place,
)
from server.taxonomy import wording
from server.taxonomy.kinds import KINDS, kind_label
from server.taxonomy.languages import language_name, translations
from server.taxonomy.places import UNDISCLOSED
from server.taxonomy.sizes import SIZES, size_label
from server.taxonomy.themes import THEMES, theme_label
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Message

FIELDS: Final = (
    "act",
    "version",
    "title",
    "text",
    "kind",
    "size",
    "language",
    "themes",
    *moment_fields("start"),
    *moment_fields("deadline"),
    *PLACE_FIELDS,
    "link",
    "as_event",
)
LABELS: Final = {
    "title": _("Title"),
    "text": _("Text"),
    "kind": _("What it asks for"),
    "size": _("How long it takes"),
    "language": _("Language"),
    "themes": _("Themes"),
    "start": _("Start"),
    "deadline": _("Deadline"),
    "place": _("Place"),
    "link": _("Link"),
    "as_event": _("Event"),
}

AN_EVENT: Final = _("also an event, for calendars")
NO_EVENT: Final = _("no event")


def read(fields: Fields, before: Draft | None, *, complete: bool) -> Draft:
    """What was typed. `complete`: as it must be to be published."""
    tags = [tag for tag, _name in tongues.offered([before.language] if before is not None else ())]
    title = fields.text("title", MAX_TITLE)
    text = fields.text("text", MAX_TEXT, lines=True)
    if complete and not title:
        fields.wrong("title", Message(_("A call needs a title before it can be published.")))
    if complete and not text:
        fields.wrong("text", Message(_("A call needs a text before it can be published.")))
    start, as_event = read_moment(fields, "start"), fields.flag("as_event")
    if as_event and starts_at(start) is None and not fields.errors.keys() & moment_fields("start"):
        fields.wrong("as_event", Message(EVENT_NEEDS_TIME))
    return Draft(
        title=title,
        text=text,
        kind=fields.choice("kind", KINDS) or None,
        size=fields.choice("size", SIZES) or None,
        language=fields.choice("language", tags, required=True),
        themes=kept_order(fields.choices("themes", THEMES), before.themes if before is not None else ()),
        start=start,
        deadline=read_moment(fields, "deadline"),
        link=read_link(fields, "link"),
        place=read_place(fields, required=False),
        as_event=as_event,
    )


def values_of(words: Draft, version: int) -> dict[str, str | tuple[str, ...]]:
    """What the fields show of a draft, or of a call that is about to be edited."""
    return {
        "version": str(version),
        "title": words.title,
        "text": words.text,
        "kind": words.kind or "",
        "size": words.size or "",
        "language": words.language,
        "themes": words.themes,
        **moment_values("start", words.start),
        **moment_values("deadline", words.deadline),
        **place_values(words.place, words.place == UNDISCLOSED),
        "link": words.link or "",
        "as_event": "yes" if words.as_event else "",
    }


def choices(words: Draft | None, language: str) -> Mapping[str, list[tuple[str, str]]]:
    """The lists that the form offers, in the reader's language; languages by their own names."""
    stored = [moment for moment in (words.start, words.deadline) if moment] if words is not None else []
    odd = [
        str(value)
        for moment in stored
        for name, value in moment_values("", moment).items()
        if name == "_offset"
    ]
    return {
        "kinds": [(kind, kind_label(kind, language)) for kind in KINDS],
        "sizes": [(size, size_label(size, language)) for size in SIZES],
        "themes": [(theme, theme_label(theme, language)) for theme in THEMES],
        "languages": tongues.offered([words.language] if words is not None else ()),
        "offsets": offsets(*odd),
    }


def differences(mine: Draft, theirs: Draft, language: str) -> list[tuple[str, str]]:
    """What is kept where it differs from what was typed: msgid of the label, and the words."""
    return [(LABELS[part], _shown(part, theirs, language)) for part in differing_parts(mine, theirs)]


def _shown(part: str, words: Draft, language: str) -> str:
    value: Any = getattr(words, part)
    if value is None or value == "":
        return ""
    match part:
        case "kind":
            return kind_label(value, language)
        case "size":
            return size_label(value, language)
        case "language":
            return language_name(value, language)
        case "themes":
            return ", ".join(theme_label(theme, language) for theme in value)
        case "start" | "deadline":
            return wording.when(parse_moment(value), language)
        case "place":
            hidden = translations(language).gettext("undisclosed")
            return hidden if value == UNDISCLOSED else place_in_words(value, language)
        case "as_event":
            return translations(language).gettext(AN_EVENT if value else NO_EVENT)
        case _:
            return str(value)

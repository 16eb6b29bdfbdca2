"""The form of a profile: from typed fields to what the actions take, and from what is stored to the fields."""

from typing import Any, Final

from server.clock import millis
from server.documents.profile import MAX_ALT, MAX_LANGUAGES, MAX_NAME, MAX_SUMMARY, Profile
from server.initiative import tongues
from server.initiative.desk import kept_order
from server.initiative.fields import (
    LINK_FIELDS,
    PLACE_FIELDS,
    link_values,
    needed,
    place_values,
    read_links,
    read_place,
    require_sure,
)
from server.initiative.profile.model import RESERVED, Initiative, is_handle
from server.taxonomy.languages import language_name
from server.taxonomy.themes import THEMES, theme_label
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Form, Message

WORDS: Final = ("name", "summary", "language", "other_languages", "themes", *PLACE_FIELDS, "place_sure")
NEW_FIELDS: Final = ("handle", *WORDS)
FIELDS: Final = ("act", "seen", *WORDS, *LINK_FIELDS, "icon_alt", "icon_remove")


CHOOSE_AGAIN: Final = Message(
    _("Choose the picture again: the browser does not keep it, and it was not saved yet.")
)


def read_handle(fields: Fields, hub_handle: str) -> str:
    """A handle that an account may have; whether it is free is for the action to say."""
    handle = needed(fields, "handle", 100, _("An account needs a handle.")).removeprefix("@")
    if handle and not is_handle(handle):
        sentence = _("Use 1 to 30 of a-z, 0-9 and _, with dots or hyphens only between them.")
        fields.wrong("handle", Message(sentence))
    if handle in (*RESERVED, hub_handle):
        sentence = _("“%(handle)s” belongs to this server itself; choose another one.")
        fields.wrong("handle", Message(sentence, {"handle": handle}))
    return handle


def read_words(fields: Fields, before: Profile | None, language: str) -> dict[str, Any]:
    """Name, summary, languages, themes and place, as `Arguments` takes them."""
    stored = before.languages if before is not None else ()
    tags = [tag for tag, _name in tongues.offered(stored)]
    main = fields.choice("language", tags, required=True)
    others = kept_order(fields.choices("other_languages", tags), stored)
    languages = list(dict.fromkeys([main, *others] if main else others))
    if len(languages) > MAX_LANGUAGES:
        sentence = _("These are %(count)s languages; choose %(limit)s or fewer.")
        fields.wrong("other_languages", Message(sentence, {"count": len(languages), "limit": MAX_LANGUAGES}))
    place = read_place(fields, required=True)
    require_sure(fields, place, before.place if before is not None else None, language)
    return {
        "name": needed(fields, "name", MAX_NAME, _("An initiative needs a name.")),
        "summary": fields.text("summary", MAX_SUMMARY, lines=True),
        "languages": languages,
        "themes": list(kept_order(fields.choices("themes", THEMES), before.themes if before else ())),
        "place": place or "",
    }


def read_all(fields: Fields, form: Form, before: Initiative, language: str) -> dict[str, Any]:
    """The whole profile but for the picture's own check; "icon" is there when the picture changes."""
    values = read_words(fields, before.profile, language)
    values["links"] = [[link.name, link.url] for link in read_links(fields)]
    values["icon_alt"] = fields.text("icon_alt", MAX_ALT)
    removed = fields.flag("icon_remove") and form.upload is None
    stays = before.icon_name is not None and not removed
    if (form.upload is not None or stays) and not values["icon_alt"]:
        sentence = _("Describe the picture in a few words, for people who do not see it.")
        fields.wrong("icon_alt", Message(sentence))
    if form.upload is not None:
        values["icon"] = "new"
    elif removed:
        values["icon"] = ""
    return values


def values_of(initiative: Initiative) -> dict[str, str | tuple[str, ...]]:
    """What the fields show of what is stored."""
    profile = initiative.profile
    return {
        "seen": str(millis(profile.updated)),
        "name": profile.name,
        "summary": profile.summary,
        "language": profile.languages[0],
        "other_languages": profile.languages[1:],
        "themes": profile.themes,
        **place_values(profile.place, initiative.place_decided),
        **link_values(profile.links),
        "icon_alt": profile.icon.alt if profile.icon else "",
    }


def choices(stored: Profile | None, language: str) -> dict[str, list[tuple[str, str]]]:
    """The lists that the form offers, in the reader's language; languages by their own names."""
    return {
        "languages": tongues.offered(stored.languages if stored is not None else ()),
        "themes": [(theme, theme_label(theme, language)) for theme in THEMES],
    }


def differences(mine: Profile, theirs: Profile, language: str) -> list[tuple[str, str]]:
    """What is stored where it differs from what was typed: msgid of the label, and the words."""
    rows = (
        (_("Name of the initiative"), mine.name, theirs.name),
        (_("Summary"), mine.summary, theirs.summary),
        (_("Languages"), _tongues(mine, language), _tongues(theirs, language)),
        (_("Themes"), _themes(mine, language), _themes(theirs, language)),
        (_("Place"), mine.place or "", theirs.place or ""),
        (_("Links"), _links(mine), _links(theirs)),
        (_("Description of the picture"), _alt(mine), _alt(theirs)),
    )
    return [(label, their_words) for label, my_words, their_words in rows if my_words != their_words]


def _tongues(profile: Profile, language: str) -> str:
    return ", ".join(language_name(tag, language) for tag in profile.languages)


def _themes(profile: Profile, language: str) -> str:
    return ", ".join(theme_label(theme, language) for theme in profile.themes)


def _links(profile: Profile) -> str:
    return "\n".join(f"{link.name}: {link.url}" for link in profile.links)


def _alt(profile: Profile) -> str:
    return profile.icon.alt if profile.icon is not None else ""

"""Languages: the tags of texts (BCP 47), the languages of the interface, their names and translations.

A language we do not speak is answered in English, and so is every string a translator left out. Ukrainian and
Belarusian never fall back to Russian.
"""

import gettext
import re
from functools import lru_cache
from io import BytesIO
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from server.paths import locale_dir

INTERFACE_LANGUAGES: Final = ("en", "uk", "ru", "de")
FALLBACK: Final = "en"

_CATALOGUES: Final = locale_dir()
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.ASCII,
)
_MAX_TAG: Final = 35
_MAX_HEADER: Final = 1_000


def parse_language(text: str) -> str:
    """A BCP 47 tag, normalised ("UK_ua" -> "uk-UA", "ukr" -> "uk"); raises ValueError with one sentence.

    Syntax of RFC 5646 2.1 without extensions and private use; the subtags must be known to CLDR, which
    knows more languages than it has dates for: Crimean Tatar, Udmurt, Tuvan.
    """
    tag = text.strip().lower().replace("_", "-")
    match = _TAG.fullmatch(tag) if len(tag) <= _MAX_TAG else None
    english = Locale(FALLBACK)
    if match is not None:
        alias = str(get_global("language_aliases").get(match["language"], match["language"]))
        language, _, alias_script = alias.partition("_")
        script = match["script"].title() if match["script"] else alias_script
        region = (match["region"] or "").upper()
        known = language in english.languages
        known = known and (not script or script in english.scripts)
        if known and (not region or region in english.territories):
            parts = [language, script, region, match["variants"].strip("-")]
            return "-".join(part for part in parts if part)
    shown = "".join(c for c in text if c.isprintable())[:_MAX_TAG]
    hint = "Ukrainian is uk" if tag.startswith("ua") else "use a tag such as uk, ru, de, en or pt-BR"
    raise ValueError(f"“{shown}” is not a language we know; {hint}.")


def is_language_tag(text: str) -> bool:
    """Whether `parse_language` would take it."""
    try:
        parse_language(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """The closest locale that has dates and names; English for anything unknown. Never raises."""
    subtags = language.split("-") if _TAG.fullmatch(language.lower()) else []
    while subtags:
        try:
            return Locale.parse("-".join(subtags), sep="-")
        except (UnknownLocaleError, ValueError):
            subtags.pop()
    return Locale(FALLBACK)


def translations(language: str) -> gettext.NullTranslations:
    """The interface in the language of the tag, else in English; strings that are missing are English."""
    primary = language.partition("-")[0].lower()
    return _catalogue(primary if primary in INTERFACE_LANGUAGES else FALLBACK)


@lru_cache(maxsize=len(INTERFACE_LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    path = _CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    # Fuzzy strings stay out: a guess of a tool is worse than plain English.
    write_mo(compiled, catalogue, use_fuzzy=False)
    compiled.seek(0)
    loaded = gettext.GNUTranslations(compiled)
    if language != FALLBACK:
        loaded.add_fallback(_catalogue(FALLBACK))
    return loaded


def language_name(tag: str, in_language: str) -> str:
    """The name of the language of a tag, in another language: "Ukrainisch", "Portugiesisch (Brasilien)".

    English where that language has no name for it, the tag itself for what nobody knows.
    """
    subtags = tag.split("-")
    for locale in (locale_of(in_language), Locale(FALLBACK)):
        name = locale.languages.get(subtags[0])
        if name:
            details = [
                locale.scripts.get(part) or locale.territories.get(part) or part for part in subtags[1:]
            ]
            return f"{name} ({', '.join(details)})" if details else str(name)
    return tag


def negotiate(accept_language: str) -> str:
    """One of INTERFACE_LANGUAGES for an Accept-Language header (RFC 9110 12.5.4); English when none fits."""
    first = accept_language.partition(",")[0].strip().lower().partition("-")[0]
    if first in INTERFACE_LANGUAGES:
        # The first of those wished for most, as nearly every browser writes it.
        return first
    wishes: list[tuple[float, str]] = []
    for item in accept_language[:_MAX_HEADER].split(","):
        tag, _, parameter = item.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        wishes.append((_quality(parameter), FALLBACK if primary == "*" else primary))
    # Sorting is stable: of equal wishes the first one counts.
    for quality, primary in sorted(wishes, key=lambda wish: -wish[0]):
        if quality > 0 and primary in INTERFACE_LANGUAGES:
            return primary
    return FALLBACK


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    if name.strip().lower() != "q" or not re.fullmatch(r"[01](\.[0-9]{0,3})?", value.strip(), re.ASCII):
        return 0.0
    return min(float(value), 1.0)

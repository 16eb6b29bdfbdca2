"""Every word of the interface is in all catalogues, translated, with its placeholders; no page has words of its own."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeAlias

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from server.endpoints.feature import FEATURE as ENDPOINTS
from server.hub.features import FEATURES as HUB
from server.initiative.features import FEATURES as INITIATIVE
from server.taxonomy.languages import INTERFACE_LANGUAGES, translations
from server.taxonomy.sizes import QUICK_SIZES, SIZES, having_label
from server.web.texts import TEXTS

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TRANSLATED = [language for language in INTERFACE_LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]")

Msgid: TypeAlias = str | tuple[str, ...]

# Names and commands, the same in every language.
NOT_TO_TRANSLATE = {"antipole initiative add"}


@lru_cache(maxsize=1)
def words_in_use() -> frozenset[Msgid]:
    """What scripts/extract_messages.sh would find."""
    with (ROOT / "scripts" / "babel.cfg").open(encoding="utf-8") as source:
        # Babel leaves this module without types.
        methods, options = parse_mapping_cfg(source)  # type: ignore[no-untyped-call]  # Babel ships no types for it
    found: set[Msgid] = set()
    for room in ("server", "templates"):
        # The patterns begin at the root; walking only these two keeps everything else that lies there out.
        walk = extract_from_dir(
            ROOT / room,
            [
                (pattern.removeprefix(f"{room}/"), method)
                for pattern, method in methods
                if f"{room}/" in pattern
            ],
            {pattern.removeprefix(f"{room}/"): of for pattern, of in options.items()},
            DEFAULT_KEYWORDS,
        )
        found |= {message for _file, _line, message, _comments, _context in walk}
    return frozenset(found)


@lru_cache(maxsize=len(INTERFACE_LANGUAGES))
def catalogue_of(language: str) -> Catalog:
    path = ROOT / "server" / "locale" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        return read_po(source, locale=language)


def entries(language: str) -> Iterator[tuple[Msgid, tuple[str, ...], bool]]:
    """Msgid, its translation in all forms, and whether a tool only guessed it."""
    for message in catalogue_of(language):
        if message.id:
            strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            msgid = message.id if isinstance(message.id, str) else tuple(message.id)
            yield msgid, strings, message.fuzzy


def test_the_extraction_finds_words_of_every_sort() -> None:
    # A template, a macro, a plural, Python code, a table of names that are only marked, and a feed's title.
    assert {
        "What you can do today",
        "Who asks:",
        ("%(num)s open call", "%(num)s open calls"),
        "until %(when)s",
        "Evidence of crimes",
        "There is nothing here",
    } <= words_in_use()


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_the_catalogues_hold_exactly_the_words_in_use(language: str) -> None:
    """If this fails, run scripts/extract_messages.sh, then translate what arrived empty."""
    held = {msgid for msgid, _strings, _fuzzy in entries(language)}
    assert words_in_use() - held == set()
    assert held - words_in_use() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_is_translated(language: str) -> None:
    assert [
        msgid for msgid, strings, fuzzy in entries(language) if fuzzy or not strings or not all(strings)
    ] == []


@pytest.mark.parametrize(("language", "forms"), [("uk", 3), ("ru", 3), ("de", 2)])
def test_plurals_have_all_forms_of_their_language(language: str, forms: int) -> None:
    plurals = [strings for msgid, strings, _fuzzy in entries(language) if isinstance(msgid, tuple)]
    assert plurals
    assert {len(strings) for strings in plurals} == {forms}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_placeholders_of_their_words(language: str) -> None:
    for msgid, strings, _fuzzy in entries(language):
        # The last form of a plural has all placeholders. In Ukrainian "one" also stands for 21, so it needs its number.
        model = msgid if isinstance(msgid, str) else msgid[-1]
        for string in strings:
            assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(model)), string


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_translations_begin_and_end_as_their_words_do(language: str) -> None:
    """No exclamation mark, no stray space; a label stays a label, a sentence a sentence."""
    for msgid, strings, _fuzzy in entries(language):
        model = msgid if isinstance(msgid, str) else msgid[-1]
        for string in filter(None, (*strings, model)):
            assert "!" not in string
            assert string == " ".join(string.split())
            assert (string[-1] in ".:?") == (model[-1] in ".:?"), string


def test_cyrillic_catalogues_keep_to_their_own_letters() -> None:
    for _msgid, strings, _fuzzy in entries("uk"):
        assert not re.search("[ыэёъЫЭЁЪ]", "".join(strings)), strings
        # The letter apostrophe, as CLDR writes it in dates; a quotation mark would break a word in two.
        assert not re.search("\\w['’]\\w", "".join(strings)), strings
    for _msgid, strings, _fuzzy in entries("ru"):
        assert not re.search("[іїєґІЇЄҐ]", "".join(strings)), strings


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", 1, "1 open call"),
        ("en", 2, "2 open calls"),
        ("uk", 1, "1 відкритий заклик"),
        ("uk", 3, "3 відкриті заклики"),
        ("uk", 5, "5 відкритих закликів"),
        ("uk", 12, "12 відкритих закликів"),
        ("uk", 21, "21 відкритий заклик"),
        ("ru", 1, "1 открытый призыв"),
        ("ru", 3, "3 открытых призыва"),
        ("ru", 11, "11 открытых призывов"),
        ("de", 0, "0 offene Aufrufe"),
        ("de", 1, "1 offener Aufruf"),
    ],
)
def test_counted_calls(language: str, number: int, words: str) -> None:
    counted = translations(language).ngettext("%(num)s open call", "%(num)s open calls", number)
    assert counted % {"num": number} == words


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "I have an hour"),
        ("uk", "Маю годину"),
        ("ru", "У меня есть час"),
        ("de", "Ich habe eine Stunde"),
    ],
)
def test_who_has_time_says_it_in_a_whole_sentence(language: str, sentence: str) -> None:
    assert having_label("hour", language) == sentence
    assert set(QUICK_SIZES) <= set(SIZES)


def test_words_that_code_hands_to_templates_are_marked_for_translators() -> None:
    labels = {link.label for feature in (ENDPOINTS, *HUB, *INITIATIVE) for link in feature.navigation}
    assert labels
    assert labels <= words_in_use()
    assert {text for pair in TEXTS.values() for text in pair} <= words_in_use()


class _Words(HTMLParser):
    """Collects text and the attributes that are read to people."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        spoken = {"alt", "title", "placeholder", "aria-label", "aria-description"}
        self.found += [value for name, value in attrs if value and name in spoken]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def words_outside_of_code(template: str) -> list[str]:
    parser = _Words()
    # Something has to stay where code was: `<a{{ x }} href>` must not become another tag.
    parser.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", " ", template, flags=re.DOTALL))
    parser.close()
    pieces = (" ".join(piece.split()) for piece in parser.found)
    return [piece for piece in pieces if any(c.isalpha() for c in piece) and piece not in NOT_TO_TRANSLATE]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_has_words_that_cannot_be_translated(template: Path) -> None:
    assert words_outside_of_code(template.read_text("utf-8")) == []


def test_the_search_for_such_words_finds_them() -> None:
    assert words_outside_of_code('<p lang="{{ a }}">{{ _("Yes") }} · {# no #}{% if x %}</p>') == []
    assert words_outside_of_code('<p>{{ _("Yes") }} and <b>no</b></p>') == ["and", "no"]
    assert words_outside_of_code('<img alt="A cat" src="cat.png"><a title="{{ _("Cat") }}">') == ["A cat"]

"""Languages: tags, negotiation, and that Ukrainian never falls back to Russian."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.taxonomy.languages import (
    INTERFACE_LANGUAGES,
    is_language_tag,
    language_name,
    locale_of,
    negotiate,
    parse_language,
    translations,
)

ANY_TEXT = st.text(alphabet=st.characters())


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("uk", "uk"),
        ("UK_ua", "uk-UA"),
        (" pt-br ", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("ukr", "uk"),
        ("iw", "he"),
        ("crh", "crh"),
        ("udm", "udm"),
        ("sr-latn", "sr-Latn"),
        ("de-1996", "de-1996"),
        ("es-419", "es-419"),
    ],
)
def test_tags_are_normalised(text: str, tag: str) -> None:
    assert parse_language(text) == tag
    assert parse_language(tag) == tag


@pytest.mark.parametrize(
    "text",
    [
        "",
        "u",
        "english",
        "uk-",
        "-uk",
        "uk--UA",
        "qqx",
        "xx",
        "uk-ZZZZZ9Z9Z9",
        "d" * 99,
        "../en",
        "en-x-y",
    ],
)
def test_what_is_no_tag_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^“.*” is not a language we know; .*\.$"):
        parse_language(text)
    assert not is_language_tag(text)


def test_the_country_code_of_ukraine_is_answered_with_the_language_code() -> None:
    with pytest.raises(ValueError, match="Ukrainian is uk"):
        parse_language("ua")


@given(ANY_TEXT)
def test_any_text_is_a_tag_or_a_value_error(text: str) -> None:
    try:
        tag = parse_language(text)
    except ValueError as refusal:
        sentence = str(refusal)
    else:
        sentence = "a tag"
        assert parse_language(tag) == tag
    assert sentence.isprintable()


@given(ANY_TEXT)
def test_nothing_a_stranger_sends_breaks_locales_names_or_negotiation(text: str) -> None:
    assert locale_of(text).language
    assert translations(text).gettext("an hour")
    assert language_name(text, "uk") or not text
    assert language_name("uk", text)
    assert negotiate(text) in INTERFACE_LANGUAGES


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("uk-UA,uk;q=0.9,ru;q=0.8,en;q=0.7", "uk"),
        ("be", "en"),
        ("be,ru;q=0.8", "ru"),
        ("be,uk;q=0.8,ru;q=0.9", "ru"),
        ("fr, de;q=0.5, *;q=0.1", "de"),
        ("*", "en"),
        ("de;q=0, uk;q=0.1", "uk"),
        ("de;q=nonsense, uk;q=0.1", "uk"),
        ("ru;q=1.000, de;q=1.0", "ru"),
        ("DE-at", "de"),
    ],
)
def test_negotiation(header: str, language: str) -> None:
    assert negotiate(header) == language


def test_a_string_without_translation_is_english_in_every_language() -> None:
    for language in (*INTERFACE_LANGUAGES, "be", "uk-UA", "ka"):
        assert translations(language).gettext("No translator has seen this") == "No translator has seen this"
        assert translations(language).ngettext("one thing", "%(num)s things", 5) == "%(num)s things"


def test_ukrainian_has_no_way_to_russian() -> None:
    # The chain of fallbacks has no public name.
    assert vars(translations("uk-UA"))["_fallback"] is translations("en")
    assert vars(translations("en"))["_fallback"] is None
    assert translations("uk").gettext("an hour") == "година"
    assert translations("be").gettext("an hour") == "an hour"


def test_names_of_languages() -> None:
    assert language_name("uk", "uk") == "українська"
    assert language_name("uk", "de") == "Ukrainisch"
    assert language_name("pt-BR", "en") == "Portuguese (Brazil)"
    assert language_name("crh", "uk") == "кримськотатарська"
    assert language_name("qqx", "uk") == "qqx"

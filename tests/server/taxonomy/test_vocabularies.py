"""The closed vocabularies: each word has a label in every language, an unknown word is refused with the list."""

import re
from collections.abc import Callable

import pytest

from server.taxonomy.kinds import KINDS, kind_label, parse_kind
from server.taxonomy.languages import INTERFACE_LANGUAGES
from server.taxonomy.sizes import SIZES, parse_size, size_label
from server.taxonomy.themes import THEMES, hashtag, parse_theme, theme_label
from server.taxonomy.words import UnknownWord

Parse = Callable[[str], str]
Label = Callable[[str, str], str]
VOCABULARIES = [
    pytest.param(KINDS, parse_kind, kind_label, id="kinds"),
    pytest.param(SIZES, parse_size, size_label, id="sizes"),
    pytest.param(THEMES, parse_theme, theme_label, id="themes"),
]


def test_the_words_are_those_that_others_script_against() -> None:
    assert KINDS == ("write", "sign", "translate", "host", "teach", "attend", "skill", "spread")
    assert SIZES == ("minutes", "hour", "day", "ongoing")
    assert THEMES == (
        "prisoners",
        "captives-and-children",
        "desertion-and-visas",
        "justice",
        "evidence",
        "education",
        "cooperation",
    )


@pytest.mark.parametrize(("words", "parse", "label"), VOCABULARIES)
def test_every_word_is_itself(words: tuple[str, ...], parse: Parse, label: Label) -> None:
    assert [parse(word) for word in words] == list(words)
    assert [parse(f" {word.upper()} ") for word in words] == list(words)


@pytest.mark.parametrize(("words", "parse", "label"), VOCABULARIES)
@pytest.mark.parametrize("text", ["", "donate", "write sign", "\x00\x1b[31m", "x" * 10_000, "\ud800"])
def test_an_unknown_word_is_refused_with_the_list(
    words: tuple[str, ...], parse: Parse, label: Label, text: str
) -> None:
    with pytest.raises(UnknownWord) as refusal:
        parse(text)
    sentence = str(refusal.value)
    assert all(word in sentence for word in words)
    assert sentence.isprintable()
    assert len(sentence) < 300


@pytest.mark.parametrize(("words", "parse", "label"), VOCABULARIES)
def test_each_language_has_a_label_of_its_own(words: tuple[str, ...], parse: Parse, label: Label) -> None:
    for word in words:
        labels = [label(word, language) for language in INTERFACE_LANGUAGES]
        assert all(labels)
        # "День" and "Evidence" may coincide between two languages, English never does with the other three.
        assert labels[0] not in labels[1:], word
        for language, text in zip(INTERFACE_LANGUAGES, labels, strict=True):
            assert bool(re.search("[а-яіїєґ]", text.lower())) == (language in ("uk", "ru"))


def test_a_language_we_do_not_speak_reads_english() -> None:
    assert kind_label("write", "be") == kind_label("write", "ka") == kind_label("write", "en") == "Write"


def test_hashtags_are_camel_case_ascii() -> None:
    tags = [hashtag(theme) for theme in THEMES]
    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", tag) for tag in tags)
    assert hashtag("prisoners") == "PoliticalPrisoners"

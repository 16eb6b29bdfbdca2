"""Our words in documents: compact names of the vocabulary, read in every spelling that means the same."""

from collections.abc import Iterable, Sequence
from typing import Final

from federation.vocabulary import EXTENSION_NAMESPACE
from server.taxonomy.places import by_label, local_name

PREFIX: Final = "antipole:"


def term(word: str) -> str:
    """`prisoners` as documents spell it: `antipole:prisoners`."""
    return PREFIX + word


def known_word(value: object, known: Iterable[str]) -> str | None:
    """The word of `known` that a value stands for: bare, compact or with its whole address."""
    if isinstance(value, dict):
        value = value.get("id")
    if not isinstance(value, str):
        return None
    bare = value.removeprefix(EXTENSION_NAMESPACE).removeprefix(PREFIX)
    return bare if bare in known else None


def known_words(values: Sequence[object], known: Iterable[str]) -> tuple[str, ...]:
    """The known words of a list, each once, in the order given."""
    words = (known_word(value, known) for value in values)
    return tuple(dict.fromkeys(word for word in words if word is not None))


def place_in_words(label: str, language: str) -> str:
    """A gazetteer label as a reader of the language knows it: "Київ, UA" for "Kyiv, UA"."""
    place = by_label(label)
    return label if place is None else label.replace(place.name, local_name(place, language), 1)

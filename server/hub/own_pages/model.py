"""Which pages there are, and in which language a reader gets to see them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.taxonomy.languages import FALLBACK, INTERFACE_LANGUAGES
from server.taxonomy.words import N_

TITLES: Final[Mapping[str, str]] = {
    "about": N_("About this hub"),
    "rules": N_("Rules"),
    "privacy": N_("Privacy"),
    "imprint": N_("Imprint"),
}

SHOWN_UNWRITTEN: Final = ("about", "privacy")
"""What these say is true of the software itself, so they are shown until somebody writes something better.
Rules and imprint are only editors' to make: unwritten, they answer 404."""

MAX_TEXT: Final = 20_000

TO_FILL_IN: Final = "‹"
"""Begins what only editors can know. While a text holds it, it is not finished and cannot be saved."""


@dataclass(frozen=True, slots=True)
class Written:
    """`text` is Markdown."""

    name: str
    language: str
    text: str
    updated: datetime


def best_language(wanted: str, written: Collection[str]) -> str | None:
    """In which of the languages `written` a reader of `wanted` gets a page; None for none.

    Their own, else English, else any other, but nobody who reads Ukrainian is given Russian.
    """
    others = [language for language in INTERFACE_LANGUAGES if not (wanted == "uk" and language == "ru")]
    return next((language for language in (wanted, FALLBACK, *others) if language in written), None)

"""How long a call takes. "I have ten minutes" is where most people begin."""

from typing import Final

from server.taxonomy.languages import translations
from server.taxonomy.words import N_, one_of

LABELS: Final = {
    "minutes": N_("a few minutes"),
    "hour": N_("an hour"),
    "day": N_("a day"),
    "ongoing": N_("ongoing"),
}
SIZES: Final = tuple(LABELS)


def parse_size(text: str) -> str:
    """One of SIZES; raises UnknownWord."""
    return one_of("size", text, SIZES)


def size_label(size: str, language: str) -> str:
    """In lower case where the language allows it ("an hour"), else in English."""
    return translations(language).gettext(LABELS[size])

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

# Whole sentences: most languages change the words of a size after "I have".
HAVING: Final = {
    "minutes": N_("I have a few minutes"),
    "hour": N_("I have an hour"),
    "day": N_("I have a day"),
}
QUICK_SIZES: Final = tuple(HAVING)


def parse_size(text: str) -> str:
    """One of SIZES; raises UnknownWord."""
    return one_of("size", text, SIZES)


def size_label(size: str, language: str) -> str:
    """In lower case where the language allows it ("an hour"), else in English."""
    return translations(language).gettext(LABELS[size])


def having_label(size: str, language: str) -> str:
    """What somebody says who has that much time ("I have an hour"), for one of QUICK_SIZES; else in English."""
    return translations(language).gettext(HAVING[size])

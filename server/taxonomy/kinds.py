"""What a call asks people to do."""

from typing import Final

from server.taxonomy.languages import translations
from server.taxonomy.words import N_, one_of

# "Host" is said of guests as well as of events, "Attend" of gatherings of every sort.
LABELS: Final = {
    "write": N_("Write"),
    "sign": N_("Sign"),
    "translate": N_("Translate"),
    "host": N_("Host"),
    "teach": N_("Teach"),
    "attend": N_("Attend"),
    "skill": N_("Lend a skill"),
    "spread": N_("Spread the word"),
}
KINDS: Final = tuple(LABELS)


def parse_kind(text: str) -> str:
    """One of KINDS; raises UnknownWord."""
    return one_of("kind", text, KINDS)


def kind_label(kind: str, language: str) -> str:
    """A short imperative ("Write") in the language, else in English."""
    return translations(language).gettext(LABELS[kind])

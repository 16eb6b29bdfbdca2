"""What a call or an initiative is about.

The hashtags are English in every language, so that one followed hashtag brings the calls of all languages;
CamelCase lets screen readers speak the words.
"""

from typing import Final

from server.taxonomy.languages import translations
from server.taxonomy.words import N_, one_of

LABELS: Final = {
    "prisoners": N_("Political prisoners"),
    "captives-and-children": N_("Prisoners of war and abducted children"),
    "desertion-and-visas": N_("Desertion and humanitarian visas"),
    "justice": N_("Transitional justice"),
    "evidence": N_("Evidence of crimes"),
    "education": N_("Education"),
    "cooperation": N_("Cooperation as equals"),
}
HASHTAGS: Final = {
    "prisoners": "PoliticalPrisoners",
    "captives-and-children": "CaptivesAndChildren",
    "desertion-and-visas": "DesertionAndVisas",
    "justice": "TransitionalJustice",
    "evidence": "EvidenceOfCrimes",
    "education": "Education",
    "cooperation": "CooperationAsEquals",
}
THEMES: Final = tuple(LABELS)


def parse_theme(text: str) -> str:
    """One of THEMES; raises UnknownWord."""
    return one_of("theme", text, THEMES)


def theme_label(theme: str, language: str) -> str:
    """The theme's name in the language, else in English."""
    return translations(language).gettext(LABELS[theme])


def hashtag(theme: str) -> str:
    """With its "#": "PoliticalPrisoners"."""
    return HASHTAGS[theme]

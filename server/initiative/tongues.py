"""The languages that forms offer: those of the interface first, then others by their own names."""

from collections.abc import Iterable
from typing import Final

from server.taxonomy.languages import INTERFACE_LANGUAGES, language_name

# Of the countries around, of the exile, and of the peoples who are sent to war; any other tag goes by command line.
_OTHERS: Final = """
    ar av az ba be bg bua ce ckb crh cs cv da el es et fa fi fr he hu hy it ja ka kk ku kv ky lez lt lv chm mk mn
    nb nl os pl pt ro rom sah sk sl sq sr sv tg tr tt tyv udm uz xal yi zh
"""


def offered(stored: Iterable[str] = ()) -> list[tuple[str, str]]:
    """(tag, its name in itself); `stored` ones are offered whatever they are."""
    ours = [(tag, language_name(tag, tag)) for tag in INTERFACE_LANGUAGES]
    others = {*_OTHERS.split(), *stored} - set(INTERFACE_LANGUAGES)
    named = [(tag, language_name(tag, tag)) for tag in others]
    return ours + sorted(named, key=lambda entry: (entry[1].casefold(), entry[0]))

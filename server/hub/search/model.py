"""How words are compared: without case, accents and apostrophes, across kindred letters, and across alphabets.

Every word is kept in several *forms*; a query finds a text when each of its words has a form in common with it.
Belarusian, Ukrainian and Russian letters that sound alike are one letter; a Cyrillic word is also kept as people write
it in Latin, in English and in German fashion; a word with an umlaut also with "ae", "oe", "ue".
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from server.taxonomy.folding import fold

PAGE: Final = 10
"""Found things on one page."""

LAST_PAGE: Final = 50
MAX_QUERY: Final = 200
MAX_WORDS: Final = 8
"""Words of a query that count; more would narrow nothing down, and each costs a look into the index."""

MAX_INDEXED: Final = 4_000
"""Words of one text that can be found."""

_MOST_LETTERS: Final = 40
_PREFIX_FROM: Final = 3
"""Shorter words are found only whole."""

_ONE_LETTER: Final = str.maketrans({"і": "и", "ы": "и", "э": "е", "є": "е", "ў": "у", "ь": "", "ъ": ""})
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_LETTERS: Final = re.compile(r"[^\W_]+")
_MARKS: Final = re.compile("['\"`´ʹʺʻʼʽ‘’“”′″]")

# What differs between fashions; what all share is in _SHARED.
_SHARED: Final = str.maketrans(
    dict(zip("абдеклмнопрстуф", "abdeklmnoprstuf", strict=True))
    | {"і": "i", "ї": "i", "и": "i", "й": "i", "ы": "i", "э": "e", "є": "ie", "ё": "e", "ю": "iu", "я": "ia"}
    | {"ў": "u", "ь": "", "ъ": "", "ґ": "g"}
)
_FASHIONS: Final = tuple(
    str.maketrans(dict(zip("вгжзхцчшщ", written.split(), strict=True)))
    for written in (
        "v h zh z kh ts ch sh shch",
        "v g zh z kh ts ch sh shch",
        "v g zh z h c ch sh sch",
        "v h sch s ch z tsch sch schtsch",
        "v g sch s ch z tsch sch schtsch",
    )
)
# Of one sound in the Latin words above: "yard" is compared as "iard" on both sides, so nothing is lost.
_ALIKE: Final = str.maketrans({"y": "i", "j": "i", "w": "v"})
_DOUBLE_I: Final = re.compile("i{2,}")


def words_of(text: str) -> list[str]:
    """The words of any text, lower case, marks on letters kept."""
    plain = _MARKS.sub("", unicodedata.normalize("NFC", text)).casefold()
    return [word[:_MOST_LETTERS] for word in _LETTERS.findall(plain)]


def forms(word: str) -> tuple[str, ...]:
    """All that a word is kept as and looked for as; none for a word of nothing but marks."""
    if _CYRILLIC.search(word):
        found = {_folded(word).translate(_ONE_LETTER)}
        found |= {_latin(_folded(word.translate(fashion).translate(_SHARED))) for fashion in _FASHIONS}
    else:
        found = {_latin(_folded(word)), _latin(_folded(word.translate(_UMLAUTS)))}
    return tuple(sorted(found - {""}))


def indexed(text: str) -> str:
    """What the index keeps of a text."""
    return " ".join(filter(None, map(_remembered_forms, words_of(text)[:MAX_INDEXED])))


@lru_cache(maxsize=4096)
def _remembered_forms(word: str) -> str:
    """Published texts use the same words over and over. What people look for is never remembered."""
    return " ".join(forms(word))


def match_of(query: str) -> str:
    """The query in the index's own language, every word quoted by us; "" when there is nothing to look for.

    A word of three letters and more also finds what begins like it, and a longer one what begins like its stem: in
    most of our languages the end of a word changes in a sentence.
    """
    wanted = list(dict.fromkeys(words_of(query[:MAX_QUERY])))[:MAX_WORDS]
    parts = [_either(forms(word)) for word in wanted]
    return " AND ".join(part for part in parts if part)


def _either(alternatives: Iterable[str]) -> str:
    terms = {
        f'"{form[: _stem(form)]}"*' if len(form) >= _PREFIX_FROM else f'"{form}"' for form in alternatives
    }
    return f"({' OR '.join(sorted(terms))})" if terms else ""


def _stem(form: str) -> int:
    """How many letters of a form have to fit."""
    cut = 2 if len(form) >= 7 else 1 if len(form) >= 5 else 0
    return len(form) - cut


def _folded(word: str) -> str:
    return word if word.isascii() else fold(word).replace(" ", "")


def _latin(word: str) -> str:
    return _DOUBLE_I.sub("i", word.translate(_ALIKE))

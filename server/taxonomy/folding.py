"""How names of places are compared: case, accents, apostrophes and hyphens do not count."""

import re
import unicodedata

# Letters that Unicode does not decompose, although people leave their stroke or ligature out when typing.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ґ": "г"}
)
# The Ukrainian apostrophe and the Latin soft sign are typed in half a dozen ways, or not at all.
_APOSTROPHES = re.compile("['\"`´ʹʺʻʼʽ‘’“”′″]")
_NOT_A_LETTER = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Letters and digits in lower case without marks, words separated by one space; may be empty."""
    lower = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold().translate(_PLAIN)
    bare = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return _NOT_A_LETTER.sub(" ", _APOSTROPHES.sub("", bare)).strip()

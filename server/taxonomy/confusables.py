"""What looks alike on the screen is alike here: letters of other scripts and figures that pass for Latin letters.

A small part of Unicode's confusables (UTS #39): Latin, Cyrillic, Greek and figures, the scripts of our names.
"""

import re

from server.taxonomy.folding import fold

_LIKE = str.maketrans(
    {
        # Cyrillic
        "а": "a", "в": "b", "е": "e", "з": "3", "і": "i", "к": "k", "м": "m", "н": "h", "о": "o", "р": "p", "с": "c",
        "т": "t", "у": "y", "х": "x", "ѕ": "s", "ј": "j", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ӏ": "l", "ґ": "r", "г": "r",
        "ь": "b", "п": "n",
        # Greek
        "α": "a", "β": "b", "ε": "e", "ζ": "z", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t",
        "υ": "u", "χ": "x", "ω": "w", "γ": "y", "μ": "u",
        # figures and letters that fonts draw alike
        "0": "o", "1": "l", "3": "3", "5": "s", "i": "l", "ı": "l", "|": "l",
    }
)  # fmt: skip
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SPACE = re.compile(r"\s+")


def skeleton(text: str) -> str:
    """Equal for texts that can be mistaken for each other; not for showing. May be empty."""
    like = _SPACE.sub("", fold(text).translate(_LIKE)).translate(_LIKE)
    for pair, letter in _PAIRS:
        like = like.replace(pair, letter)
    return like

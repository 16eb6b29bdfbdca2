"""Reading Structured Fields (RFC 9651) that a stranger sent: short, ASCII, and nothing said twice."""

from typing import Any, NoReturn, TypeAlias

import http_sf

MAX_CHARACTERS = 8192

Member: TypeAlias = tuple[Any, dict[str, Any]]
"""A value and its parameters; the value of an inner list is a list of such pairs."""


def read_dictionary(value: str) -> dict[str, Member]:
    """A Dictionary. Raises ValueError for everything else that a header can hold.

    A repeated key is refused: the standard takes the last, and who reads along may take the first.
    """
    if len(value) > MAX_CHARACTERS:
        raise ValueError("too long")
    try:
        parsed: Any = http_sf.parse(value.encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse)
    except (TypeError, LookupError, ArithmeticError) as error:
        # A date beyond the calendar overflows; the parser promises ValueError for all else.
        raise ValueError("unreadable") from error
    return dict(parsed)


def _refuse(key: str, context: str) -> NoReturn:
    raise ValueError(f"a {context} key is repeated")

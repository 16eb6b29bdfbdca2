"""Plain lines: no colour, no wrapping, flushed, so that scripts can read them as they come."""

import sys
from collections.abc import Mapping
from typing import Any


def answer(line: str) -> None:
    """What a script reads."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell(sentence: str) -> None:
    """What a person reads."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def tell_notes(result: Any) -> None:
    """What a command wants the person to know beside its result."""
    if isinstance(result, Mapping):
        for note in result.get("notes", ()):
            tell(note)

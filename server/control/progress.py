"""How far long work has come, told to another process through a small file: it may be the server that does the work."""

import time
from pathlib import Path

EVERY = 0.2
"""Seconds between two notes."""

_NAME = "progress"


class Progress:
    """Written by who works, in the room of the work."""

    def __init__(self, room: Path) -> None:
        self._path = room / _NAME
        self._done = 0
        self._total = 0
        self._noted = 0.0

    def begin(self, total: int) -> None:
        self._total = total
        self._note()

    def add(self, number: int) -> None:
        self._done += number
        if time.monotonic() - self._noted >= EVERY:
            self._note()

    def _note(self) -> None:
        self._noted = time.monotonic()
        self._path.write_text(f"{self._done} {self._total}\n", encoding="ascii")


def read_progress(room: Path) -> tuple[int, int] | None:
    """(done, in all); None while nothing is known."""
    try:
        done, total = (room / _NAME).read_text(encoding="ascii").split()
        return int(done), int(total)
    except (OSError, ValueError):
        return None

"""What has changed lately, table by table, so that what was made of a table's rows is known to be of today."""

from collections.abc import Iterable
from contextvars import ContextVar

WATCHED: ContextVar[set[str] | None] = ContextVar("WATCHED", default=None)
"""Where it holds a set, every table that a unit of work reads is put in."""


class Changes:
    """Each commit has a number; for each table the number of the last commit that changed it.

    It is kept before whoever asked for the commit is answered: a page that somebody asks for after their own change
    is never one of before.
    """

    def __init__(self) -> None:
        self.number = 0
        """Of the last commit that changed anything. Take it before the reading begins."""
        self._last: dict[str, int] = {}
        self._all = 0
        self.deaf = False
        """While we do not hear what other processes commit: everything may have changed at any time."""

    def add_all(self) -> None:
        """Somebody may have changed anything."""
        self.number += 1
        self._all = self.number

    def add(self, tables: Iterable[str]) -> None:
        changed = frozenset(tables)
        if changed:
            self.number += 1
            self._last.update(dict.fromkeys(changed, self.number))

    def since(self, number: int, tables: Iterable[str]) -> bool:
        """Whether one of these tables was changed after commit `number`."""
        if self.deaf or self._all > number:
            return True
        last = self._last
        return any(last.get(table, 0) > number for table in tables)

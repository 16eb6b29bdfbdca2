"""What was counted in large tables, kept in memory until one of these tables changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from server.storage.changes import WATCHED, Changes
from server.storage.database import Transaction

T = TypeVar("T")

MOST: Final = 40
"""So many counts are kept, those asked for last: filters are a stranger's choice, and one count by place may hold
thousands of names."""


class Remembered:
    """Pages without number show the same counts; whoever counts goes through all rows, however few of them changed."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        # Units of work that read run in several threads.
        self._lock = Lock()

    def ask(
        self, key: Hashable, tables: frozenset[str], count: Callable[[Transaction], T]
    ) -> "Remembering[T]":
        """To be made before the unit of work begins in which it is asked, and for that one only. `tables` are all
        that `count` reads, `key` stands for everything else that its result depends on.
        """
        watched = WATCHED.get()
        if watched is not None:
            # Whoever keeps what is made of it has to hear of changes to it, also when nothing is read this time.
            watched |= tables
        number = self._changes.number
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return Remembering(self, key, number, count, None)
            if self._changes.since(kept[0], tables):
                del self._kept[key]
                return Remembering(self, key, number, count, None)
            self._kept.move_to_end(key)
            return Remembering(self, key, number, count, kept)

    def keep(self, key: Hashable, number: int, result: object) -> None:
        """`result` is of commit `number` or a later one."""
        with self._lock:
            self._kept[key] = (number, result)
            self._kept.move_to_end(key)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)


class Remembering(Generic[T]):
    """One question: answered from memory, or counted in whatever transaction it is asked in and kept."""

    def __init__(
        self,
        remembered: Remembered,
        key: Hashable,
        number: int,
        count: Callable[[Transaction], T],
        kept: tuple[int, T] | None,
    ) -> None:
        self._remembered = remembered
        self._key = key
        # Taken before the snapshot: a commit between both makes the count seem older than it is, never newer.
        self._number = number
        self._count = count
        self._kept = kept

    def answer(self, tx: Transaction) -> T:
        """`tx` must only read: what is not committed yet is nobody else's count."""
        if self._kept is not None:
            return self._kept[1]
        result = self._count(tx)
        self._remembered.keep(self._key, self._number, result)
        return result

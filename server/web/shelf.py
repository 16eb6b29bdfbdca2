"""Answers that are kept for a short while: so many bytes of them, and no more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from starlette.types import Message

SHELF_BYTES: Final = 16 * 1024 * 1024
ASKED_BYTES: Final = 4 * 1024 * 1024
"""What addresses with a query may take of it: whoever reads makes them up."""
ASKED_OF_ONE_PATH: Final = 1024 * 1024
AROUND_AN_ANSWER: Final = 2_048
"""Bytes that an answer takes beside its body, or little more."""


class Wish(NamedTuple):
    """What chooses an answer, and nothing of who asks: no header as it came, only what it comes to."""

    path: str
    query: bytes
    document: bool
    compressed: bool
    language: str


@dataclass(slots=True)
class Answer:
    """Complete as it goes out. `unchanged` begins the 304 for whoever holds it, None for what has no ETag or is gone.

    It holds from `made` to `until`, while none of `tables` changes after commit `number`. `for_signers`: a server that
    signs its request gets the same.
    """

    start: Message
    body: Message
    etag: str
    unchanged: Message | None
    tables: frozenset[str]
    number: int
    made: datetime
    until: datetime
    for_signers: bool

    @property
    def size(self) -> int:
        return len(self.body["body"]) + AROUND_AN_ANSWER


class Shelf:
    """Oldest first: all are kept equally long, so the first to be too old is the first on the shelf.

    Addresses with a query have a part of their own, and each path a share of that: by asking for more and more of them
    nobody pushes the others out.
    """

    def __init__(
        self, most: int = SHELF_BYTES, asked: int = ASKED_BYTES, of_one: int = ASKED_OF_ONE_PATH
    ) -> None:
        self._plain = _Part(most - asked, most - asked)
        self._asked = _Part(asked, of_one)

    def get(self, wish: Wish) -> Answer | None:
        return self._part(wish).answers.get(wish)

    def put(self, wish: Wish, answer: Answer) -> None:
        self._part(wish).put(wish, answer)

    def drop(self, wish: Wish) -> None:
        self._part(wish).drop(wish)

    @property
    def size(self) -> int:
        return self._plain.size + self._asked.size

    def __len__(self) -> int:
        return len(self._plain.answers) + len(self._asked.answers)

    def _part(self, wish: Wish) -> "_Part":
        return self._asked if wish.query else self._plain


class _Part:
    def __init__(self, most: int, of_one_path: int) -> None:
        self.answers: dict[Wish, Answer] = {}
        self.size = 0
        self._most = most
        self._of_one_path = of_one_path
        self._by_path: dict[str, int] = {}

    def put(self, wish: Wish, answer: Answer) -> None:
        self.drop(wish)
        self._sweep(lambda oldest: oldest.until <= answer.made)
        if self._by_path.get(wish.path, 0) + answer.size > self._of_one_path:
            return
        self._sweep(lambda _: self.size + answer.size > self._most)
        self.answers[wish] = answer
        self._count(wish, answer.size)

    def drop(self, wish: Wish) -> None:
        answer = self.answers.pop(wish, None)
        if answer is not None:
            self._count(wish, -answer.size)

    def _sweep(self, goes: Callable[[Answer], bool]) -> None:
        while self.answers and goes(self.answers[wish := next(iter(self.answers))]):
            self.drop(wish)

    def _count(self, wish: Wish, size: int) -> None:
        self.size += size
        left = self._by_path.get(wish.path, 0) + size
        if left:
            self._by_path[wish.path] = left
        else:
            del self._by_path[wish.path]

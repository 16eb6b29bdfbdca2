"""Hashing passphrases without letting that become the way to stop the server, and what a passphrase has to be."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash

from server.accounts.model import folded
from server.taxonomy.words import N_ as _
from server.web.forms import Message

T = TypeVar("T")

AT_ONCE: Final = 2
MOST_WAITING: Final = 16
"""At some 30 ms each nobody in the queue waits longer than a quarter of a second."""

VOUCHED_FOR: Final = 6
"""More places in the queue, for people whom a session, a link or a browser known here vouches for. Strangers who send
one passphrase after the other fill all the others, and would else lock everybody out."""

SHORTEST: Final = 12
COMMON: Final = Path(__file__).with_name("common_passphrases.txt")
_ROWS: Final = (
    "1234567890",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "йцукенгшщзхъ",
    "йцукенгшщзхї",
    "фывапролджэ",
    "фівапролджє",
    "ячсмитьбю",
    "abcdefghijklmnopqrstuvwxyz",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_SHORTEST_RUN: Final = 3


class TooBusy(Exception):
    """More people try to sign in than this machine can hash passphrases for; come again in a moment."""


class Passphrases:
    """argon2id, two at a time, in threads of their own."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passphrases")
        self._waiting = 0
        self._nobodys: str | None = None

    async def hashed(self, passphrase: str) -> str:
        """Only behind a session or a link. Raises `TooBusy`."""
        return await self._run(partial(self._hasher.hash, passphrase), vouched=True)

    async def matches(self, passphrase_hash: str | None, passphrase: str, *, vouched: bool = False) -> bool:
        """None stands for an account that does not exist, and "" for one that waits for a new passphrase: they take as
        long, and never match. Raises `TooBusy`."""
        return await self._run(partial(self._matches, passphrase_hash, passphrase), vouched=vouched)

    def _matches(self, passphrase_hash: str | None, passphrase: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_hex(32))
        try:
            return self._hasher.verify(passphrase_hash or self._nobodys, passphrase) and bool(passphrase_hash)
        except (Argon2Error, InvalidHash):
            return False

    async def _run(self, work: Callable[[], T], *, vouched: bool) -> T:
        if self._waiting >= AT_ONCE + MOST_WAITING + (VOUCHED_FOR if vouched else 0):
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def weakness(passphrase: str, name: str) -> Message | None:
    """Why a new passphrase will not do; None when it will."""
    if len(passphrase) < SHORTEST:
        sentence = _(
            "Use at least %(least)s characters. Four or five words that nobody would put together are good."
        )
        return Message(sentence, {"least": SHORTEST})
    plain = "".join(passphrase.casefold().split())
    if _is_repetition(plain) or _is_runs(plain):
        return Message(_("This is a pattern that is guessed at once. Take words instead."))
    bare = folded(passphrase).replace(" ", "")
    own = folded(name).replace(" ", "")
    if own and not bare.replace(own, "").strip("0123456789"):
        return Message(_("This is your name. Take words that have nothing to do with you."))
    if plain in _common() or bare in _common():
        return Message(_("Many people use this one, so it is guessed first. Take another."))
    return None


def _is_repetition(text: str) -> bool:
    """One character or one piece over and over, the last time perhaps cut off; as "abcabcabcabc"."""
    return any(
        (text[:size] * (len(text) // size + 1)).startswith(text) for size in range(1, len(text) // 2 + 1)
    )


def _is_runs(text: str) -> bool:
    """Nothing but runs along a keyboard, the alphabet or the digits, in either direction."""
    at = 0
    while at < len(text):
        length = max(_run_at(text, at, row) for row in (*_ROWS, *(row[::-1] for row in _ROWS)))
        if length < min(_SHORTEST_RUN, len(text) - at):
            return False
        at += length
    return True


def _run_at(text: str, at: int, row: str) -> int:
    """How many characters from `at` on stand in this row one after the other; rows begin again at their end."""
    start = row.find(text[at])
    if start < 0:
        return 0
    length = 0
    while at + length < len(text) and text[at + length] == row[(start + length) % len(row)]:
        length += 1
    return length


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())

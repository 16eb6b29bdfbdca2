"""What the words of strangers may cost: a page of tags takes a tenth of a second, and all writers wait for it."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from federation.errors import TooBusy
from federation.origins import authority_of
from federation.registrable import registrable_domain

PER_SECOND: Final = 1_000
BURST: Final = 10_000
"""Pieces of markup: an ordinary post has twenty."""

MAX_REMEMBERED: Final = 1_024
RETRY_SECONDS: Final = 10


class Effort:
    """For each registrable domain so many pieces of markup a second; in memory, bounded.

    Also for what is not kept in the end: words that are taken back at once, or are none, cost as much.
    """

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, actor_id: str, html: str, now: datetime) -> None:
        """Raises `TooBusy("too-much-to-read")`: its server sends it again later."""
        domain = registrable_domain(authority_of(actor_id))
        left, at = self._left.pop(domain, (float(BURST), now))
        # A clock that is set back must not take away what was there.
        left = min(BURST, left + max(0.0, (now - at).total_seconds()) * PER_SECOND)
        wanted = 1 + html.count("<") + html.count("&")
        self._left[domain] = (left - wanted if left >= wanted else left, now)
        if len(self._left) > MAX_REMEMBERED:
            self._left.popitem(last=False)
        if left < wanted:
            raise TooBusy("too-much-to-read", RETRY_SECONDS)

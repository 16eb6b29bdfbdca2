"""What strangers may cost us, and others through us: cleaning a page of tags takes a tenth of a second, and all writers
wait for it; whoever says that another changed their words has us ask that other.
"""

import threading
from collections import OrderedDict
from datetime import datetime
from typing import Final

from federation.errors import TooBusy
from federation.origins import authority_of
from federation.registrable import registrable_domain

PER_SECOND: Final = 1_000
BURST: Final = 10_000
"""Pieces of markup: an ordinary post has twenty."""

QUESTION: Final = 1_000
"""What one question to a server counts: ten at once, and one a second."""

MAX_REMEMBERED: Final = 1_024
RETRY_SECONDS: Final = 10


class Effort:
    """For each registrable domain so much a second; in memory of this process, bounded.

    Also for what is not kept in the end: words that are taken back at once, or are none, cost as much. Units of work
    ask for it, with PostgreSQL in several threads: of two at once neither may find a domain absent and begin anew.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, url: str, wanted: int, now: datetime) -> None:
        """`url` names the domain. Raises `TooBusy("too-much-work")`: whoever sent it sends it again later."""
        domain = registrable_domain(authority_of(url))
        with self._turn:
            left, at = self._left.pop(domain, (float(BURST), now))
            # A clock that is set back must not take away what was there.
            left = min(BURST, left + max(0.0, (now - at).total_seconds()) * PER_SECOND)
            self._left[domain] = (left - wanted if left >= wanted else left, now)
            if len(self._left) > MAX_REMEMBERED:
                self._left.popitem(last=False)
        if left < wanted:
            raise TooBusy("too-much-work", RETRY_SECONDS)

"""How much a server may send once it is known to be the one that sends."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from federation.errors import TooBusy

PER_SECOND = 100.0
BURST = 200.0
MAX_REMEMBERED = 4096


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime


class Pace:
    """A hundred a second for each origin, and two hundred at once; in memory, bounded.

    Counted only after verification: what somebody sends in the name of an origin takes nothing of that origin's.
    """

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, origin: str, now: datetime) -> None:
        """One request more. Raises `TooBusy("too-fast")`."""
        bucket = self._buckets.setdefault(origin, _Bucket(BURST, now))
        self._buckets.move_to_end(origin)
        if len(self._buckets) > MAX_REMEMBERED:
            self._buckets.popitem(last=False)
        # A clock that is set back must not take away what was there.
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.left, bucket.at = min(BURST, bucket.left + passed * PER_SECOND), now
        if bucket.left < 1:
            raise TooBusy("too-fast", 1)
        bucket.left -= 1

"""How often somebody may try: counted in memory only, in a table that strangers cannot make grow."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from federation.ports import Clock

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)
MOST_KEYS: Final = 10_000


@dataclass(slots=True)
class _Tries:
    count: int
    last: datetime
    closed_until: datetime


class Throttle:
    """After `free` tries each further one has to wait twice as long as the one before, up to a quarter of an hour.

    A try is counted before it is known how it ends, so that many at once are no more than many in a row. What a key
    stands for cannot be read from the table: it is keyed by an HMAC whose key ends with the process.
    """

    def __init__(self, clock: Clock, *, free: int, size: int = MOST_KEYS) -> None:
        self._clock = clock
        self._free = free
        self._size = size
        self._key = secrets.token_bytes(32)
        self._tries: OrderedDict[bytes, _Tries] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def count_try(self, name: str) -> timedelta:
        """Zero: the try may go on. Else how long to wait, and nothing was counted."""
        key, now = self._of(name), self._clock.now()
        tries = self._tries.get(key)
        if tries is None or now >= tries.last + FORGOTTEN_AFTER:
            tries = _Tries(0, now, now)
        if now < tries.closed_until:
            return tries.closed_until - now
        tries.count += 1
        tries.last = now
        if tries.count > self._free:
            # The exponent is bounded, or a patient attacker would have us compute with giants.
            tries.closed_until = now + min(
                LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries.count - self._free - 1, 16)
            )
        self._tries[key] = tries
        self._tries.move_to_end(key)
        while len(self._tries) > self._size:
            self._tries.popitem(last=False)
        return timedelta(0)

    def take_back(self, name: str) -> None:
        """The last try was none: it succeeded, or we were too busy to look at it."""
        tries = self._tries.get(self._of(name))
        if tries is not None:
            tries.count -= 1
            tries.closed_until = tries.last

    def forget(self, name: str) -> None:
        """It succeeded: all is well again."""
        self._tries.pop(self._of(name), None)

    def _of(self, name: str) -> bytes:
        return hmac.digest(self._key, name.encode(), hashlib.sha256)


def network_of(peer: str | None) -> str | None:
    """The /24 or /48 of a peer; None for a proxy on this machine, which stands for everybody (decision 0008)."""
    try:
        address = ip_address((peer or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    prefix = 48 if isinstance(address, IPv6Address) else 24
    return str(ip_network(f"{address}/{prefix}", strict=False))

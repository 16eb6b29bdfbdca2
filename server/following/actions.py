"""Asks a visitor's own server for the way. Writes nothing anywhere."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from federation import webfinger
from federation.errors import Gone, Malformed, Unreachable
from federation.fetching import deadline
from federation.webfinger import Link
from server.fediverse.instance import Instance
from server.following.model import Home, Wanted, Way, way_to

SECONDS: Final = 8.0
AT_ONCE: Final = 8
RETRY_AFTER: Final = 10
"""Seconds."""

PER_SERVER: Final = 30
WINDOW: Final = timedelta(minutes=1)
MOST_REMEMBERED: Final = 4096

# An address inside our own network is nobody's as well: whoever can tell such a name from one that does not exist
# learns what the names inside are (SSR-03).
_NOBODY_THERE: Final = frozenset({"no-answer", "no-address", "timeout", "forbidden-address"})
_FORBIDDEN: Final = frozenset({"forbidden-url"})


class Busy(Exception):
    """As many look-ups as we allow at once are under way, or that server was asked too often."""


class NotFound(Exception):
    """No way there. `why`: "forbidden" (we do not ask such addresses), "silent", or "unknown-account"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Bounded:
    """Anybody may make us ask a server of their choice, so only a few of them at a time may, and no server is asked
    more than `PER_SERVER` times a minute (RES-11)."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._asked: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    @contextmanager
    def place(self, authority: str, now: datetime) -> Iterator[None]:
        """Raises `Busy`."""
        if self.places <= 0 or not self._spend(authority, now):
            raise Busy
        self.places -= 1
        try:
            yield
        finally:
            self.places += 1

    def _spend(self, authority: str, now: datetime) -> bool:
        begun, count = self._asked.pop(authority, (now, 0))
        if not begun <= now < begun + WINDOW:
            begun, count = now, 0
        self._asked[authority] = (begun, min(count + 1, PER_SERVER))
        if len(self._asked) > MOST_REMEMBERED:
            self._asked.popitem(last=False)
        return count < PER_SERVER


LOOKUPS: Final = Bounded(AT_ONCE)


async def find_way(here: Instance, wanted: Wanted, home: Home) -> Way:
    """Within 8 seconds. Raises `NotFound` and `Busy`."""
    with LOOKUPS.place(home.authority, here.clock.now()):
        links = await _links(here, home)
    try:
        return way_to(wanted, home, links, here.client.policy)
    except Unreachable:
        raise NotFound("forbidden") from None


async def _links(here: Instance, home: Home) -> tuple[Link, ...]:
    """Empty when the server answers but does not say: then its way is guessed."""
    try:
        async with deadline(SECONDS):
            return await webfinger.fetch_links(here.client, home.account)
    except Gone:
        if home.user is not None:
            raise NotFound("unknown-account") from None
    except Malformed:
        pass
    except Unreachable as error:
        if error.reason in _FORBIDDEN:
            raise NotFound("forbidden") from None
        if error.reason in _NOBODY_THERE:
            raise NotFound("silent") from None
    return ()

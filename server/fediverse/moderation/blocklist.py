"""The blocks in memory, for doors that must refuse before anything is read, fetched or verified.

The transaction that takes something in asks the table itself; this is what keeps a blocked server from costing us more
than that.
"""

import asyncio
from collections.abc import Iterable

from federation.errors import Malformed
from federation.origins import authority_of
from server.fediverse.moderation.targets import is_server, servers_above


class Blocklist:
    """Filled at the start, and again after each change (`changing.py`); questions need no database."""

    def __init__(self, targets: Iterable[str] = ()) -> None:
        self.turn = asyncio.Lock()
        self._servers: frozenset[str] = frozenset()
        self._actors: frozenset[str] = frozenset()
        self.replace(targets)

    def replace(self, targets: Iterable[str]) -> None:
        """`targets` as `moderation.blocked` gives them: actors' ids and servers."""
        targets = frozenset(targets)
        servers = frozenset(filter(is_server, targets))
        self._actors = targets - servers
        self._servers = frozenset(target.partition("://")[2] for target in servers)

    @property
    def actors(self) -> frozenset[str]:
        """The ids of those who are blocked one by one."""
        return self._actors

    def __bool__(self) -> bool:
        return bool(self._servers or self._actors)

    def refuses(self, authority: str) -> bool:
        """`authority` is "host[:port]" in lower case, the default port left out."""
        return not self._servers.isdisjoint(servers_above(authority))

    def covers(self, actor_id: str) -> bool:
        """Whether an actor is blocked, by its id or with its server. Also for an origin: an id without a path."""
        if actor_id in self._actors:
            return True
        try:
            return self.refuses(authority_of(actor_id))
        except Malformed:
            return False

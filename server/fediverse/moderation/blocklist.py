"""The blocks in memory, for doors that must refuse before anything is read, fetched or verified.

The transaction that takes something in asks the table itself; this is what keeps a blocked server from costing us more
than that.
"""

from collections.abc import Iterable

from federation.errors import Malformed
from federation.origins import origin_of


class Blocklist:
    """Filled at the start, and again after each change; reads need no database."""

    def __init__(self) -> None:
        self._authorities: frozenset[str] = frozenset()

    def replace(self, targets: Iterable[str]) -> None:
        """`targets` as `moderation.blocked` gives them: actors' ids and origins."""
        self._authorities = frozenset(filter(None, map(_authority_of_origin, targets)))

    def refuses(self, authority: str) -> bool:
        """`authority` is "host[:port]" in lower case, the default port left out."""
        return authority in self._authorities


def _authority_of_origin(target: str) -> str | None:
    try:
        origin = origin_of(target)
    except Malformed:
        return None
    return origin.authority if target == str(origin) else None

"""Servers read: an actor's document, a call's document and WebFinger, a third of each.

Every second request comes with the ETag that was seen before and gets 304.
"""

from bench.line import Line
from bench.reading import DOCUMENT, Asked, compared, filled


def measure(items: int = 40_000, rounds: int = 3, connections: int = 16) -> Line:
    """`items` requests in each round; p99 at half of the rate that is reached."""
    with filled(93) as (hub, call, _):
        asked = [
            Asked("/actors/garden-0", DOCUMENT),
            Asked(call, DOCUMENT),
            Asked(f"/.well-known/webfinger?resource=acct:garden-0@{hub.authority}", "*/*"),
        ]
        return compared("documents", hub, asked, items, rounds, connections, None)

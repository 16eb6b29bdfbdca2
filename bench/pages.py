"""People read: an initiative's page, a call's page here and in the directory, the list and the first page.

Every second request comes with the ETag that was seen before and gets 304.
"""

from bench.line import Line
from bench.reading import HTML, Asked, compared, filled

A_CROWD = 200.0
"""Readers a second, of whom ninety-nine in a hundred wait 50 ms at most (SAFETY R16)."""


def measure(items: int = 20_000, rounds: int = 3, connections: int = 16) -> Line:
    """`items` requests in each round; p99 while a crowd of 200 a second reads."""
    with filled(94) as (hub, call, listed):
        paths = ("/@garden-0", call, listed, "/initiatives", "/")
        return compared(
            "pages", hub, [Asked(path, HTML) for path in paths], items, rounds, connections, A_CROWD
        )

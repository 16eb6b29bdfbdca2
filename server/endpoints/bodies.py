"""Reading a request's body within bounds of size, time and number, before anything else is known of its
sender.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from federation.documents import MAX_INBOX_BYTES
from federation.errors import Malformed, TooBusy, TooLarge

BODY_SECONDS = 15.0
MAX_IN_FLIGHT = 128


class InFlight:
    """How many inbox requests are being looked at: each may hold a body of 256 KiB and wait for a key."""

    def __init__(self, limit: int = MAX_IN_FLIGHT) -> None:
        self._limit = limit
        self._now = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Raises `TooBusy` with status 503."""
        if self._now >= self._limit:
            busy = TooBusy("too-many-requests", 10)
            busy.status = 503
            raise busy
        self._now += 1
        try:
            yield
        finally:
            self._now -= 1


async def read_body(request: Request) -> bytes:
    """The whole body. Raises `TooLarge` unread when its length is announced, else as soon as it is passed
    (RES-02, RES-03), and `Malformed("too-slow")` for one that drips in (RES-05). `ClientDisconnect` passes
    through.
    """
    announced = request.headers.get("content-length", "")
    if announced and not (announced.isascii() and announced.isdigit() and len(announced) <= 18):
        raise Malformed("bad-length")
    if announced and int(announced) > MAX_INBOX_BYTES:
        raise TooLarge("too-large")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_INBOX_BYTES:
                    raise TooLarge("too-large")
                parts.append(part)
    except TimeoutError:
        raise Malformed("too-slow") from None
    return b"".join(parts)

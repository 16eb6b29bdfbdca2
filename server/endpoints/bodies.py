"""Reading a request's body within bounds of size and time, before anything else is known of its sender."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from federation.documents import MAX_INBOX_BYTES
from federation.errors import Malformed, TooBusy, TooLarge

BODY_SECONDS = 15.0
MAX_IN_FLIGHT = 128
TURN_SECONDS = 5.0
MAX_HELD_BYTES = 48 * 1024 * 1024


class InFlight:
    """What requests to inboxes may take of us together: bytes held, and senders being verified.

    Connections that drip (RES-05) hold a few bytes each and take nobody's place; only what has arrived whole
    counts as one of those being verified.
    """

    def __init__(self, *, verifying: int = MAX_IN_FLIGHT, held_bytes: int = MAX_HELD_BYTES) -> None:
        self._verifying = asyncio.Semaphore(verifying)
        self._held_bytes = held_bytes

    @asynccontextmanager
    async def verifying(self) -> AsyncIterator[None]:
        """Raises `TooBusy` with status 503 when no turn comes.

        A flood takes its turns in milliseconds each: whoever is honest waits for one instead of coming back later.
        """
        if self._verifying.locked():
            try:
                async with asyncio.timeout(TURN_SECONDS):
                    await self._verifying.acquire()
            except TimeoutError:
                raise _busy() from None
        else:
            # Free and nobody waits for it: this returns at once, and needs no alarm.
            await self._verifying.acquire()
        try:
            yield
        finally:
            self._verifying.release()

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The whole body, counted as held while the context lasts.

        Raises `TooLarge` unread when its length is announced, else as soon as it is passed (RES-02, RES-03),
        `Malformed("too-slow")` for one that drips in, and `TooBusy`. `ClientDisconnect` passes through.
        """
        _require_small(request.headers.get("content-length", ""))
        parts: list[bytes] = []
        size = 0
        try:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    async for part in request.stream():
                        size += len(part)
                        self._held_bytes -= len(part)
                        if size > MAX_INBOX_BYTES:
                            raise TooLarge("too-large")
                        if self._held_bytes < 0:
                            raise _busy()
                        parts.append(part)
            except TimeoutError:
                raise Malformed("too-slow") from None
            yield b"".join(parts)
        finally:
            self._held_bytes += size


def _require_small(announced: str) -> None:
    if announced and not (announced.isascii() and announced.isdigit() and len(announced) <= 18):
        raise Malformed("bad-length")
    if announced and int(announced) > MAX_INBOX_BYTES:
        raise TooLarge("too-large")


def _busy() -> TooBusy:
    busy = TooBusy("too-many-requests", 10)
    busy.status = 503
    return busy

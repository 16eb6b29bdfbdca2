"""HTTP/1.1 as uvicorn speaks it, with limits on what a connection may cost before a request has come in whole.

uvicorn's parser keeps a head of any length, and waits for one for ever. A proxy in front would bound both; an instance
must also stand without one.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32 * 1024
"""Request line and headers together. The longest honest ones carry a signature and stay under 4 KiB."""

HEAD_SECONDS = 10.0
"""For a head to arrive, counted from the connection or from the answer before."""

LAST_BYTES_SECONDS = 3.0
"""For the rest of a body that was answered unread: who is still sending then has had time to see the answer."""


class NotOurKind(ValueError):
    """Raised inside the parser, which makes it a 400 and the end of the connection."""


class BoundedHttp(HttpToolsProtocol):
    """For `uvicorn.Config(http=...)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self._give_time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The parser shows a header only once it has all of it, so what it holds back is counted here (RES-16).
        if self._in_head and self.transport is not None and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            raise NotOurKind("The head is too long.")
        # RFC 9112 lets a host in the target win over Host, which is the one we check (WEB-04).
        if not self.url.startswith(b"/") and self.url != b"*":
            raise NotOurKind("The target is for a proxy.")
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._give_time(LAST_BYTES_SECONDS if self.cycle.more_body else HEAD_SECONDS)

    def _give_time(self, seconds: float = HEAD_SECONDS) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        """Not while an answer is being made: its end sets the time anew."""
        if (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self.transport.close()

"""HTTP/1.1 as uvicorn speaks it, with limits on what a connection may cost before a request has come in whole, and
after it was answered.

uvicorn's parser keeps a head of any length and waits for one for ever; its transport waits as long for whoever does not
read. A proxy in front would bound that; an instance must also stand without one.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32 * 1024
"""Request line and headers together. The longest honest ones carry a signature and stay under 4 KiB."""

MAX_PIPELINED = 8
"""Requests that may wait behind the one being answered. Thousands fit into one packet, and each would take memory;
nobody but a measuring program sends more than one at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and how many connections. A slow one is gone after 30 s: a head, a body (15 s), the last bytes (R6)."""

    head: float = 10.0
    """For a head to arrive, counted from the connection or from the answer before."""

    last_bytes: float = 3.0
    """For the rest of a body that was answered unread: who is still sending then has had time to see the answer."""

    reading: float = 20.0
    """For the next 48 KB of an answer to be taken: 2.4 KB a second, which a bad telephone manages."""

    closing: float = 5.0
    """For what is left of an answer once the connection is to end."""

    connections: int = 1024
    """All together. One more ends the one that has waited longest without sending a request; while none waits so, it is
    the new one that goes. uvicorn's own limit would answer 503 to everybody while slow ones hold the places."""


class NotOurKind(ValueError):
    """Raised inside the parser, which makes it a 400 and the end of the connection."""


def bounded_http(limits: Limits) -> type["BoundedHttp"]:
    """For `uvicorn.Config(http=...)`, with other limits than usual."""
    return cast(type[BoundedHttp], type("BoundedHttp", (BoundedHttp,), {"limits": limits}))


class BoundedHttp(HttpToolsProtocol):
    """For `uvicorn.Config(http=...)`."""

    limits: ClassVar[Limits] = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._in_head = True
        self._unseen_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self._give_time(self.limits.head)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_watching_the_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unseen_bytes += len(data)
        super().data_received(data)
        # The parser shows a header or a trailer only once it has all of it: what it holds back is counted (RES-16).
        if self._unseen_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            # A trailer: it would be added to the headers after all of them were checked.
            raise NotOurKind("Nothing comes after a body.")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            raise NotOurKind("The head is too long.")
        # RFC 9112 lets a host in the target win over Host, which is the one we check (WEB-04).
        if not self.url.startswith(b"/") and self.url != b"*":
            raise NotOurKind("The target is for a proxy.")
        if len(self.pipeline) >= MAX_PIPELINED:
            raise NotOurKind("Too many requests at once.")
        self._unseen_bytes = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unseen_bytes = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._give_time(self.limits.last_bytes if self.cycle.more_body else self.limits.head)

    def pause_writing(self) -> None:
        """More is waiting to be read by the other side than a connection should hold."""
        super().pause_writing()
        self._stop_watching_the_reader()
        self._reading = self.loop.call_later(self.limits.reading, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_watching_the_reader()
        super().resume_writing()

    @property
    def waits_since(self) -> float | None:
        """Until when it may wait for a request, None while one is being received or answered."""
        waiting = self._deadline is not None and (self.cycle is None or self.cycle.response_complete)
        return self._deadline.when() if waiting and self._deadline is not None else None

    def _make_room(self) -> None:
        others = [other for other in self.connections if isinstance(other, BoundedHttp) and other is not self]
        waiting = [(since, id(other), other) for other in others if (since := other.waits_since) is not None]
        (min(waiting)[2] if waiting else self).transport.abort()

    def _give_time(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_watching_the_reader(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _too_slow(self) -> None:
        """Not while an answer is being made: its end sets the time anew."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
            # What is still unread keeps a closed connection open for as long as the other side likes.
            self._deadline = self.loop.call_later(self.limits.closing, self.transport.abort)

"""One connection to another server: a request as bytes, and the answer read by llhttp, in HTTP/1.1 (RFC 9112).

Nothing here chooses where to connect: `connections` does. What a server may make us hold is bounded while it arrives,
and a connection on which anything was odd is never used again: what is left of one answer must not become the next.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import httptools

from federation.errors import Malformed, TooLarge

MAX_HEAD_BYTES = 65_536
"""Of an answer: its line and headers. The longest honest ones bear a policy for content and stay below 8 KiB."""

MAX_INTERIM = 8
"""Answers of the 1xx kind before the real one."""


class Broken(OSError):
    """The other side ended or broke the conversation. `untouched`: before the first byte of its answer."""

    def __init__(self, what: str, *, untouched: bool = False) -> None:
        super().__init__(what)
        self.untouched = untouched


class Headers(Mapping[str, str]):
    """Of an answer, by lower-case name; those that are repeated are joined by commas (RFC 9110 5.3)."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __getitem__(self, name: str) -> str:
        found = self.get_list(name)
        if not found:
            raise KeyError(name)
        return found[0] if len(found) == 1 else ", ".join(found)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._pairs))

    def __len__(self) -> int:
        return len({name for name, _ in self._pairs})

    def get_list(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]


def request_bytes(method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None) -> bytes:
    """Raises `Broken` for a line break in what is to be one line: it would be a header of somebody else's making."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if body is not None:
        lines.append(f"content-length: {len(body)}")
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1 or "\0" in head:
        raise Broken("a line break in a header")
    return head.encode("latin-1") + b"\r\n\r\n" + (body or b"")


class Conversation(asyncio.Protocol):
    """A connection, as the protocol of asyncio's transports: one request at a time.

    `ask`, then `read` or not; `fit` says whether another may follow.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._failure: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._asked = self._max_bytes = self._raw = self._head_bytes = self._interim = 0
        self._body = bytearray()
        self._complete = self._keeps = True
        self._begin()
        self.idle_since = 0.0
        """For whoever keeps it, in the loop's time."""

    async def ask(self, request: bytes, max_bytes: int) -> tuple[int, Headers]:
        """Status and headers. Of the body no more than `max_bytes` are kept. Raises `Broken` and `TooLarge`."""
        if self._failure is not None:
            raise self._failure
        assert self._transport is not None
        assert self._complete  # one at a time
        self._asked += 1
        self._parser = httptools.HttpResponseParser(self)
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._complete = False
        self._raw = self._head_bytes = self._interim = 0
        self._begin()
        self._transport.write(request)
        while not self._in_body and self._failure is None:
            await self._more()
        if not self._in_body:
            raise cast(Exception, self._failure)
        return self._status, Headers(self._headers)

    async def read(self) -> bytes:
        """All of the body. Raises `TooLarge` and `Broken`."""
        while not self._complete and self._failure is None:
            await self._more()
        if not self._complete:
            raise cast(Exception, self._failure)
        return bytes(self._body)

    @property
    def used(self) -> bool:
        """Whether it had answered before it was asked last."""
        return self._asked > 1

    @property
    def fit(self) -> bool:
        """Whether it may be asked again: all of the last answer was read, and both sides want to go on."""
        return self._complete and self._failure is None and self._keeps

    def close(self) -> None:
        self._fail(Broken("closed"))

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do what asyncio's do without being of their class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._failure is not None:
            return
        if self._complete:
            # Said without being asked: whoever is answered next must not take it for theirs.
            self._fail(Broken("unasked"))
            return
        self._raw += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # An error of ours that was raised inside the parser comes out as its context.
            inside = error.__context__
            self._fail(inside if isinstance(inside, Malformed | Broken) else Broken("no HTTP"))
            return
        if not self._in_body and self._raw > MAX_HEAD_BYTES:
            self._fail(Broken("endless head"))
        elif self._raw > MAX_HEAD_BYTES + 8 * self._max_bytes:
            # A body in pieces of a byte each is six times as long as it says.
            self._fail(TooLarge("too-large"))

    def eof_received(self) -> None:
        if self._in_body and self._until_the_end:
            self._complete = True
        self._fail(Broken("ended", untouched=self._raw == 0))

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(Broken("lost", untouched=self._raw == 0))

    # What the parser calls

    def on_message_begin(self) -> None:
        if self._in_body:
            # A second answer to one request.
            raise Broken("unasked")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > MAX_HEAD_BYTES:
            raise Broken("endless head")
        if not self._in_body:
            # What comes after a body would be added to the headers when all of them were looked at.
            self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._status < 200:
            self._interim += 1
            if self._interim > MAX_INTERIM or not 100 < self._status or self._status == 101:
                raise Broken("no answer")
            return
        codings = [value.strip().lower() for name, value in self._headers if name == "transfer-encoding"]
        if codings not in ([], ["chunked"]):
            # Compressed by another name.
            raise Malformed("compressed")
        self._until_the_end = not codings and all(name != "content-length" for name, _ in self._headers)
        self._keeps = self._parser.should_keep_alive()
        self._in_body = True
        self._wake()

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > self._max_bytes:
            raise TooLarge("too-large")
        self._body += body

    def on_message_complete(self) -> None:
        if not self._in_body:
            # It was of the 1xx kind.
            self._begin()
            return
        self._complete = True
        self._wake()

    def _begin(self) -> None:
        self._headers: list[tuple[str, str]] = []
        self._status = 0
        self._in_body = self._until_the_end = False

    async def _more(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _fail(self, failure: Exception) -> None:
        if self._failure is None:
            self._failure = failure
        self._wake()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()

"""Servers that take every delivery and remember when it came: many origins in this process."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

import httptools

from federation.http_signatures.scheme import RawRequest
from federation.vocabulary import ACTIVITY_JSON
from tests.peers.loopback import loopback

FIRST_ADDRESS = 101
TAKEN = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
NOTHING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class Sink:
    """Bound as long as the context lasts, answering within `serving`.

    `arrived` are the loop's times of all deliveries, `last` is the latest of them, `accounts` what can be fetched by
    path from any of the hosts, and found by WebFinger. `notes` can be fetched by path too.
    """

    def __init__(self, hosts: int) -> None:
        self._sockets = [socket.socket() for _ in range(hosts)]
        for number, one in enumerate(self._sockets):
            one.bind((loopback(FIRST_ADDRESS + number % 150), 0))
        self.authorities = [f"{host}:{port}" for host, port in (one.getsockname() for one in self._sockets)]
        self.origins = [f"http://{authority}" for authority in self.authorities]
        self.accounts: dict[str, Mapping[str, Any]] = {}
        self.notes: dict[str, Mapping[str, Any]] = {}
        self.arrived: list[float] = []
        self.last: RawRequest | None = None
        self.open: set[asyncio.Transport] = set()
        self._awaited = 0
        self._complete = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        # A copy each: a server closes the socket that it is given.
        servers = [
            await loop.create_server(lambda: _Conversation(self), sock=one.dup()) for one in self._sockets
        ]
        try:
            yield
        finally:
            for server in servers:
                server.close()
            for transport in list(self.open):
                transport.abort()

    def expect(self, deliveries: int) -> None:
        """Forgets what came before."""
        self.arrived.clear()
        self._awaited = deliveries
        self._complete.clear()

    @property
    def expecting(self) -> bool:
        return not self._complete.is_set()

    async def complete(self, seconds: float) -> None:
        """Until all that was expected is here. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await self._complete.wait()

    def take(self, request: RawRequest) -> bytes:
        """The answer to a request, as bytes."""
        if request.method == "POST":
            self.arrived.append(asyncio.get_running_loop().time())
            self.last = request
            if len(self.arrived) == self._awaited:
                self._complete.set()
            return TAKEN
        found = self._find(request.target)
        if found is None:
            return NOTHING
        media_type, document = found
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def _find(self, target: str) -> tuple[str, Mapping[str, Any]] | None:
        url = urlsplit(target)
        if url.path != "/.well-known/webfinger":
            document = self.accounts.get(url.path) or self.notes.get(url.path)
            return None if document is None else (ACTIVITY_JSON, document)
        subject = parse_qs(url.query).get("resource", [""])[0]
        for document in self.accounts.values():
            if subject == f"acct:{document['preferredUsername']}@{urlsplit(document['id']).netloc}":
                link = {"rel": "self", "type": ACTIVITY_JSON, "href": document["id"]}
                return "application/jrd+json", {"subject": subject, "links": [link]}
        return None


class _Conversation(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._begin()

    def _begin(self) -> None:
        self._target = ""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do what asyncio's do without being of their class.
        self._transport = cast(asyncio.Transport, transport)
        self._sink.open.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._sink.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target = url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        assert self._transport is not None
        method = self._parser.get_method().decode()
        request = RawRequest(method, self._target, self._headers, b"".join(self._body))
        self._transport.write(self._sink.take(request))
        self._begin()

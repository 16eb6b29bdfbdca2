"""What everybody may read and many ask for: answered from memory as it was answered before, while it is still true.

An answer is remembered that any cache between us and a reader might keep: `Cache-Control: public`, chosen by nothing
but address, media type, language and compression. It is true while no table changes that was read for it
(`server.storage.changes`), and half a minute or until midnight at most: beside the tables, answers depend on the
settings and on what day it is, and on nothing else that changes while the server runs. What does (`/health`) says
`no-store`.

Whoever signed in is known by a cookie; who has one, like who has a form to send, is not answered here.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from federation.ports import Clock
from federation.vocabulary import ACTIVITY_JSON
from server.storage.changes import WATCHED, Changes
from server.taxonomy.languages import FALLBACK, negotiate
from server.web.authorized import CALL_READ, OBSERVED
from server.web.middleware import HEADERS, TRANSPORT_SECURITY
from server.web.negotiation import prefers_document
from server.web.responses import KEPT_IN_304, is_held
from server.web.shelf import Answer, Shelf, Wish

LASTS: Final = timedelta(seconds=30)
LARGEST: Final = 256 * 1024
LONGEST_QUERY: Final = 300
PATIENCE: Final = 3
"""How often somebody waits for what somebody else has begun, before they ask for themselves."""

KNOWN_QUERIES: Final = frozenset(
    b"after before from initiative kind lang language max_id page place rel resource size theme".split()
)
"""What public doors read of a query. Another name may be a person's (`fbclid`), and pages repeat it in their links."""

_SAFE: Final = frozenset({"GET", "HEAD"})
_CHOSEN_BY: Final = frozenset({"accept", "accept-encoding", "accept-language"})
_OWN_BUSINESS: Final = frozenset({b"cookie", b"authorization", b"range", b"signature-input", b"expect"})
"""Who sends one of these asks for more than what everybody gets."""
_IN_304: Final = frozenset(
    name.encode() for name in (*KEPT_IN_304, *(name for name, _ in HEADERS), TRANSPORT_SECURITY)
)


class HotAnswers:
    """The outermost layer: what it does not answer goes on to `app` as it came, but for what `_plain` leaves out."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        authority: str,
        changes: Changes,
        clock: Clock,
        secure: bool,
        shelf: Shelf | None = None,
    ) -> None:
        """`secure`: documents go to those that sign for them, so a signed request is never answered from memory."""
        self.app = app
        self.shelf = Shelf() if shelf is None else shelf
        self._authority = authority.encode().lower()
        self._changes = changes
        self._clock = clock
        self._secure = secure
        self._in_the_making: dict[Wish, _Making] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _SAFE:
            await self.app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        wish = self._wish(scope, headers)
        if wish is None:
            await self.app(scope, receive, send)
            return
        signed = b"signature" in headers
        answer = self._remembered(wish)
        for _ in range(PATIENCE):
            making = self._in_the_making.get(wish)
            if answer is not None or making is None:
                break
            await making.done.wait()
            # What was begun before a change is not the answer to what was asked after it.
            answer = self._remembered(wish)
        if answer is not None and (answer.for_signers or not signed):
            await _tell(answer, headers, scope["method"], send)
        elif answer is not None or scope["method"] != "GET" or wish in self._in_the_making:
            await self.app(scope, receive, send)
        else:
            await self._make(wish, scope if signed else _plain(scope, wish), headers, receive, send)

    def _wish(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Wish | None:
        """None for what is not answered from memory."""
        # Of a header that stands there twice, one reader takes the first and the next one the last.
        if len(headers) != len(scope["headers"]) or not _OWN_BUSINESS.isdisjoint(headers):
            return None
        if headers.get(b"host", b"").lower() != self._authority or (self._secure and b"signature" in headers):
            return None
        query = scope["query_string"]
        if query and not _is_known(query):
            return None
        language = headers.get(b"accept-language")
        return Wish(
            path=scope["path"],
            query=query,
            document=prefers_document(headers.get(b"accept", b"").decode("latin-1")),
            compressed=b"gzip" in headers.get(b"accept-encoding", b""),
            language=negotiate(language.decode("latin-1")) if language else FALLBACK,
        )

    def _remembered(self, wish: Wish) -> Answer | None:
        answer = self.shelf.get(wish)
        if answer is None:
            return None
        young = answer.made <= self._clock.now() < answer.until
        if young and not self._changes.since(answer.number, answer.tables):
            return answer
        self.shelf.drop(wish)
        return None

    async def _make(
        self, wish: Wish, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        making = _Making(self, wish, self._changes.number, self._clock.now(), headers, send)
        self._in_the_making[wish] = making
        watching = WATCHED.set(making.tables)
        try:
            await self.app({**scope, OBSERVED: making.observed}, receive, making.send)
        finally:
            WATCHED.reset(watching)
            self.settle(making)

    def settle(self, making: "_Making") -> None:
        """Lets those go on that wait for it."""
        if self._in_the_making.get(making.wish) is making:
            del self._in_the_making[making.wish]
        making.done.set()


class _Making:
    """An answer on its way out for the first time: kept back until it is known whether it is to be remembered."""

    def __init__(
        self,
        hot: HotAnswers,
        wish: Wish,
        number: int,
        now: datetime,
        headers: Mapping[bytes, bytes],
        send: Send,
    ) -> None:
        self.wish = wish
        self.tables: set[str] = set()
        self.observed: set[str] = set()
        self.done = asyncio.Event()
        self._hot = hot
        self._number = number
        self._now = now
        self._headers = headers
        self._send = send
        self._start: Message | None = None
        self._passes = False
        self._cut = False

    async def send(self, message: Message) -> None:
        if self._passes:
            await self._pass(message)
        elif message["type"] == "http.response.start":
            if _may_be_remembered(message):
                self._start = message
            else:
                await self._pass(message)
        elif self._start is None or message.get("more_body") or len(message.get("body", b"")) > LARGEST:
            if self._start is not None:
                await self._pass(self._start)
            await self._pass(message)
        else:
            answer = self._answer(self._start, message)
            self._hot.shelf.put(self.wish, answer)
            self._hot.settle(self)
            await _tell(answer, self._headers, "GET", self._send)

    async def _pass(self, message: Message) -> None:
        """As it is, but for the 304 that the maker was not asked for."""
        if not self._passes:
            self._passes = True
            self._hot.settle(self)
        if message["type"] == "http.response.start" and message["status"] == 200:
            tag = _header(message, b"etag")
            if tag and is_held(tag, self._headers.get(b"if-none-match", b"").decode("latin-1")):
                self._cut = True
                await self._send(_unchanged(message))
                await self._send({"type": "http.response.body"})
                return
        if not self._cut:
            await self._send(message)

    def _answer(self, start: Message, message: Message) -> Answer:
        tag = _header(start, b"etag")
        tomorrow = datetime.combine(self._now.date() + timedelta(days=1), time(), self._now.tzinfo)
        return Answer(
            start=start,
            body={"type": "http.response.body", "body": message.get("body", b"")},
            etag=tag,
            unchanged=_unchanged(start) if tag and start["status"] == 200 else None,
            tables=frozenset(self.tables),
            number=self._number,
            made=self._now,
            until=min(self._now + LASTS, tomorrow),
            # Who reads a call and signs for it is remembered: that request has to be seen each time (AC-5.6).
            for_signers=CALL_READ not in self.observed,
        )


async def _tell(answer: Answer, headers: Mapping[bytes, bytes], method: str, send: Send) -> None:
    held = headers.get(b"if-none-match")
    if held is not None and answer.unchanged is not None and is_held(answer.etag, held.decode("latin-1")):
        await send(answer.unchanged)
        await send(_NOTHING)
    else:
        await send(answer.start)
        await send(answer.body if method == "GET" else _NOTHING)


_NOTHING: Final[Message] = {"type": "http.response.body", "body": b""}


def _plain(scope: Scope, wish: Wish) -> Scope:
    """The wish alone: what is remembered cannot hold anything that only this one asker said."""
    host = next((name, value) for name, value in scope["headers"] if name == b"host")
    headers = [
        host,
        (b"accept", (ACTIVITY_JSON if wish.document else "text/html").encode()),
        (b"accept-language", wish.language.encode()),
        *([(b"accept-encoding", b"gzip")] if wish.compressed else []),
    ]
    return {**scope, "headers": headers, "client": None}


def _is_known(query: bytes) -> bool:
    return len(query) <= LONGEST_QUERY and all(
        part.partition(b"=")[0] in KNOWN_QUERIES for part in query.split(b"&")
    )


def _may_be_remembered(start: Message) -> bool:
    """What a shared cache may keep (RFC 9111 3), if we know what it was chosen by."""
    said: dict[str, Any] = {
        name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]
    }
    chosen_by = {name.strip().lower() for name in said.get("vary", "").split(",") if name.strip()}
    return (
        start["status"] in (200, 410)
        and said.get("cache-control", "").partition(",")[0] == "public"
        and "set-cookie" not in said
        and chosen_by <= _CHOSEN_BY
    )


def _unchanged(start: Message) -> Message:
    kept = [(name, value) for name, value in start["headers"] if name in _IN_304]
    return {"type": "http.response.start", "status": 304, "headers": kept}


def _header(start: Message, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in start["headers"] if name == wanted), "")

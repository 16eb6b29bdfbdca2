"""The layer alone: what it keeps of which answers, for how long, and who has to wait for whom."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from server.storage.changes import WATCHED, Changes
from server.web.hot_answers import KNOWN_QUERIES, LARGEST, HotAnswers
from server.web.shelf import AROUND_AN_ANSWER, Answer, Shelf, Wish
from tests.architecture.source import ROOT
from tests.asking import Told, ask
from tests.fediverse import HandTurnedClock

pytestmark = pytest.mark.anyio

HOST = "hub.example"
PUBLIC = {"cache-control": "public, no-cache", "etag": 'W/"1"', "vary": "Accept, Accept-Encoding"}


@dataclass
class App:
    """Answers with `headers` and `body`, and tells how often it was asked."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: PUBLIC)
    body: bytes = b"words"
    more: bool = False
    scopes: list[Scope] = field(default_factory=list)
    gate: asyncio.Event | None = None
    tables: frozenset[str] = frozenset({"calls"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        watched = WATCHED.get()
        if watched is not None:
            watched |= self.tables
        number = len(self.scopes)
        if self.gate is not None:
            await self.gate.wait()
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = self.body + b" %d" % number
        if self.more:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body})


@dataclass
class Layer:
    app: App
    clock: HandTurnedClock
    changes: Changes
    hot: HotAnswers

    async def ask(self, target: str = "/", method: str = "GET", **headers: str) -> Told:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await ask(self.hot, HOST, target, named, method)


def layer(app: App | None = None, *, secure: bool = False, shelf: Shelf | None = None) -> Layer:
    app, clock, changes = app or App(), HandTurnedClock(), Changes()
    hot = HotAnswers(app, authority=HOST, changes=changes, clock=clock, secure=secure, shelf=shelf)
    return Layer(app, clock, changes, hot)


async def test_it_lasts_until_a_table_that_was_read_changes() -> None:
    it = layer()
    assert [(await it.ask()).body for _ in range(3)] == [b"words 1"] * 3
    it.changes.add(["sessions"])
    assert (await it.ask()).body == b"words 1"
    it.changes.add(["calls", "moves"])
    assert [(await it.ask()).body for _ in range(2)] == [b"words 2"] * 2


async def test_it_lasts_half_a_minute_and_never_beyond_midnight() -> None:
    it = layer()
    await it.ask()
    it.clock.advance(seconds=29)
    assert (await it.ask()).body == b"words 1"
    it.clock.advance(seconds=1)
    assert (await it.ask()).body == b"words 2"
    it.clock.advance(hours=15, minutes=59, seconds=15)
    assert it.clock.now().time().isoformat() == "23:59:45"
    assert (await it.ask()).body == b"words 3"
    it.clock.advance(seconds=15)
    assert (await it.ask()).body == b"words 4"
    it.clock.advance(seconds=-5)
    assert (await it.ask()).body == b"words 5"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"cache-control": "no-store"}),
        (200, {"cache-control": "private, no-store"}),
        (200, {"cache-control": "private, public"}),
        (200, {}),
        (200, {**PUBLIC, "set-cookie": "a=b"}),
        (200, {**PUBLIC, "vary": "Accept, Signature"}),
        (200, {**PUBLIC, "vary": "*"}),
        (303, PUBLIC),
        (404, PUBLIC),
        (500, PUBLIC),
        (503, PUBLIC),
        (206, PUBLIC),
    ],
)
async def test_what_a_shared_cache_may_not_keep_is_not_kept(status: int, headers: Mapping[str, str]) -> None:
    it = layer(App(status, headers))
    told = [await it.ask() for _ in range(2)]
    assert [(one.status, one.body) for one in told] == [(status, b"words 1"), (status, b"words 2")]
    assert told[0].headers == tuple(sorted(headers.items()))
    assert len(it.hot.shelf) == 0


async def test_what_was_deleted_on_purpose_is_remembered_as_such() -> None:
    it = layer(App(410))
    assert [(await it.ask(if_none_match='W/"1"')).status for _ in range(2)] == [410, 410]
    assert len(it.app.scopes) == 1


@pytest.mark.parametrize("app", [App(more=True), App(body=b"x" * LARGEST)])
async def test_what_is_long_or_comes_in_pieces_goes_through(app: App) -> None:
    it = layer(app)
    for number in (b"1", b"2"):
        told = await it.ask()
        assert told.body.endswith(b" " + number)
        assert told.status == 200
    held = await it.ask(if_none_match='W/"1"')
    assert (held.status, held.body) == (304, b"")
    assert len(it.hot.shelf) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "a=b"},
        {"authorization": "Bearer x"},
        {"range": "bytes=0-1"},
        {"signature_input": "sig1=()"},
        {"host": "evil.example"},
    ],
)
async def test_whoever_wants_more_than_what_everybody_gets_asks_the_application(
    headers: dict[str, str],
) -> None:
    it = layer()
    await it.ask()
    assert (await it.ask(**headers)).body == b"words 2"
    assert (await it.ask()).body == b"words 1"
    assert it.app.scopes[1]["client"] is not None
    assert len(it.hot.shelf) == 1


async def test_a_header_that_stands_there_twice_is_for_the_application_to_judge() -> None:
    it = layer()
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    for twice in ((b"host", HOST.encode()), (b"accept", b"text/html")):
        sent: list[Message] = []

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        headers = [(b"host", HOST.encode()), (b"accept", b"text/html"), twice]
        await it.hot({**scope, "headers": headers}, _nothing, send)
        assert it.app.scopes[-1]["headers"] == headers
    assert len(it.hot.shelf) == 0


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def test_a_form_goes_straight_through() -> None:
    it = layer()
    assert [(await it.ask(method="POST")).body for _ in range(2)] == [b"words 1", b"words 2"]


async def test_head_is_answered_from_memory_but_fills_it_not() -> None:
    it = layer()
    await it.ask(method="HEAD")
    assert len(it.hot.shelf) == 0
    told = await it.ask()
    head = await it.ask(method="HEAD")
    assert (head.status, head.headers, head.body) == (told.status, told.headers, b"")
    assert len(it.app.scopes) == 2


async def test_in_secure_mode_who_signs_asks_the_application() -> None:
    it = layer(secure=True)
    await it.ask()
    assert (await it.ask(signature="keyId=x")).body == b"words 2"
    it = layer()
    await it.ask()
    assert (await it.ask(signature="keyId=x")).body == b"words 1"


async def test_an_answer_is_chosen_by_path_query_media_type_language_and_compression() -> None:
    it = layer()
    for number, (target, headers) in enumerate(
        [
            ("/", {}),
            ("/calls", {}),
            ("/?theme=food", {}),
            ("/", {"accept": "application/activity+json"}),
            ("/", {"accept_language": "uk"}),
            ("/", {"accept_encoding": "gzip"}),
        ],
        1,
    ):
        for _ in range(2):
            assert (await it.ask(target, **headers)).body == b"words %d" % number
    assert (await it.ask("/", accept="text/html", accept_language="en;q=0.4,fr")).body == b"words 1"
    assert (await it.ask("/", accept_language="fr, uk;q=0.3")).body == b"words 5"


async def test_what_is_made_to_be_remembered_is_made_for_nobody_in_particular() -> None:
    it = layer()
    await it.ask(
        accept="text/x-sentinel",
        accept_language="x-sentinel,uk",
        accept_encoding="gzip, x-sentinel",
        user_agent="sentinel",
        referer="https://sentinel.example/",
        if_none_match="sentinel",
    )
    seen = it.app.scopes[0]
    assert seen["client"] is None
    assert seen["headers"] == [
        (b"host", b"hub.example"),
        (b"accept", b"text/html"),
        (b"accept-language", b"uk"),
        (b"accept-encoding", b"gzip"),
    ]


async def test_only_what_was_begun_after_a_change_is_told_to_who_asks_after_it() -> None:
    app = App(gate=asyncio.Event())
    it = layer(app)
    assert app.gate is not None
    first = asyncio.create_task(it.ask())
    await asyncio.sleep(0)
    it.changes.add(["calls"])
    second, third = asyncio.create_task(it.ask()), asyncio.create_task(it.ask())
    await asyncio.sleep(0)
    app.gate.set()
    assert (await first).body == b"words 1"
    assert {told.body for told in await asyncio.gather(second, third)} == {b"words 2"}
    assert (await it.ask()).body == b"words 2"


async def test_a_failure_lets_those_who_wait_try_for_themselves() -> None:
    it = layer()
    gate, failures = asyncio.Event(), 0

    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal failures
        failures += 1
        await gate.wait()
        raise RuntimeError("a mistake")

    it.hot.app = fails
    asking = [asyncio.create_task(it.ask()) for _ in range(3)]
    await asyncio.sleep(0)
    assert failures == 1
    gate.set()
    assert all(
        isinstance(told, RuntimeError) for told in await asyncio.gather(*asking, return_exceptions=True)
    )
    assert failures == 3
    it.hot.app = it.app
    assert (await it.ask()).status == 200


async def test_nobody_waits_for_a_slow_reader() -> None:
    """Whoever asked first and takes the answer a byte at a time."""
    it = layer()
    stuck = asyncio.Event()

    async def slow(_message: Message) -> None:
        await stuck.wait()

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"hub.example")],
    }
    first = asyncio.create_task(it.hot(scope, _nothing, slow))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert (await it.ask()).body == b"words 1"
    stuck.set()
    await first


def test_the_names_in_queries_are_those_that_public_doors_read() -> None:
    """A name that is missing here only costs speed; one too many would let strangers in."""
    pages = [
        *ROOT.glob("server/hub/*.py"),
        *ROOT.glob("server/**/pages.py"),
        *ROOT.glob("server/endpoints/*.py"),
    ]
    texts = [file.read_text(encoding="utf-8") for file in pages] + [
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("server/web/negotiation.py", "server/initiative/conversations/documents.py")
    ]
    for name in KNOWN_QUERIES - {b"rel"}:
        assert any(f'"{name.decode()}"' in text for text in texts), name


def _answer(number: int, now: datetime, size: int = 4_000) -> Answer:
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    body: Message = {"type": "http.response.body", "body": bytes(size - AROUND_AN_ANSWER)}
    return Answer(start, body, "", None, frozenset(), number, now, now + timedelta(seconds=30), True)


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WISH = Wish("/", b"", document=False, compressed=True, language="en")


def test_a_shelf_holds_so_many_bytes_and_lets_the_oldest_go() -> None:
    shelf = Shelf(100_000, 40_000, 20_000)
    for number in range(50):
        shelf.put(WISH._replace(path=f"/{number}"), _answer(number, NOW, 4_000))
    assert (len(shelf), shelf.size) == (15, 60_000)
    assert shelf.get(WISH._replace(path="/34")) is None
    assert shelf.get(WISH._replace(path="/35")) is not None


def test_queries_have_a_part_of_their_own_and_each_path_a_share_of_it() -> None:
    shelf = Shelf(100_000, 40_000, 20_000)
    for number in range(15):
        shelf.put(WISH._replace(path=f"/{number}"), _answer(number, NOW, 4_000))
    for path in "abcd":
        for number in range(100):
            shelf.put(WISH._replace(path=path, query=b"page=%d" % number), _answer(number, NOW, 4_000))
    assert shelf.size == 100_000
    assert shelf.get(WISH._replace(path="/0")) is not None
    assert shelf.get(WISH._replace(path="d", query=b"page=4")) is not None
    assert shelf.get(WISH._replace(path="d", query=b"page=5")) is None


def test_what_is_too_old_makes_room_for_the_new_of_its_path() -> None:
    shelf = Shelf(100_000, 40_000, 20_000)
    for number in range(5):
        shelf.put(WISH._replace(query=b"page=%d" % number), _answer(number, NOW, 4_000))
    later = WISH._replace(query=b"page=9")
    shelf.put(later, _answer(9, NOW + timedelta(seconds=29), 4_000))
    assert shelf.get(later) is None
    shelf.put(later, _answer(9, NOW + timedelta(seconds=30), 4_000))
    assert shelf.get(later) is not None
    assert (len(shelf), shelf.size) == (1, 4_000)


def test_a_newer_answer_takes_the_place_of_the_old() -> None:
    shelf = Shelf()
    shelf.put(WISH, _answer(1, NOW))
    shelf.put(WISH, replace(_answer(2, NOW), etag="new"))
    found = shelf.get(WISH)
    assert found is not None
    assert (found.etag, len(shelf), shelf.size) == ("new", 1, found.size)
    shelf.drop(WISH)
    shelf.drop(WISH)
    assert (shelf.get(WISH), len(shelf), shelf.size) == (None, 0, 0)

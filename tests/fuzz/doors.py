"""The doors that are tried, each in a small fediverse that lives as long as the run."""

import asyncio
import contextlib
import json
import random
import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2
from hypothesis import strategies as st

from federation.actors import fetch_actor, fetch_key, read_actor
from federation.collections import read_outbox
from federation.documents import loads
from federation.errors import FederationError
from federation.nodeinfo import fetch_software
from federation.webfinger import fetch_links, parse_handle, resolve_handle
from server.services import Services
from tests.fediverse import MORNING, Fediverse, Node
from tests.fuzz import hostile
from tests.neighbours import ACTIVITY_JSON, Account, Neighbour

INBOXES = (
    "https://garden.example/inbox",
    "https://hub.example/inbox",
    "https://garden.example/actors/garden/inbox",
)
DOCUMENT_TYPES = (
    ACTIVITY_JSON,
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    "text/html",
    "",
)


def memory() -> int:
    """Bytes that this process holds in memory now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass
class Stage:
    """A hub, an initiative with one call, and a neighbour whose every answer the run chooses."""

    directory: Path
    seed: int = 0
    answer: httpx2.Response | None = None
    loop: asyncio.Runner = field(default_factory=asyncio.Runner)
    fediverse: Fediverse = field(init=False)
    garden: Node = field(init=False)
    hub: Node = field(init=False)
    peer: Neighbour = field(init=False)
    eve: Account = field(init=False)
    call: dict[str, Any] = field(init=False)

    def __enter__(self) -> Self:
        self.loop.run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.loop.run(self.fediverse.__aexit__(kind, error, trace))
        self.loop.close()

    async def _open(self) -> None:
        self.fediverse = await Fediverse(self.directory).__aenter__()
        self.hub = await self.fediverse.add("hub.example", roles=["hub"])
        self.garden = await self.fediverse.add("garden.example", roles=["initiative"])
        await self.garden.command("initiative.add", handle="garden", name="Garden")
        published = await self.garden.command(
            "call.publish",
            handle="garden",
            title="Come and plant",
            text="Bring a spade.",
            start="2026-12-05T10:00:00Z",
        )
        self.peer = self.fediverse.neighbour("peer.example")
        self.eve = self.peer.account("eve")
        self.peer.account("mallory")
        self.call = await self.garden.document(published["uri"])
        await self.fediverse.settle()

    def services(self) -> Services:
        return self.garden.services

    def activities(self) -> list[dict[str, Any]]:
        """Valid ones, of which bent copies are sent."""
        eve, call, garden = self.eve.id, self.call["id"], "https://garden.example/actors/garden"
        note = {
            "id": f"{eve}/notes/1",
            "type": "Note",
            "attributedTo": eve,
            "inReplyTo": call,
            "content": "<p>I come.</p>",
            "contentMap": {"en": "<p>I come.</p>"},
            "published": "2026-11-23T08:00:00Z",
            "to": [hostile.PUBLIC],
            "cc": [garden],
            "tag": [{"type": "Mention", "href": garden, "name": "@garden@garden.example"}],
        }
        follow = {"id": f"{eve}/follows/1", "type": "Follow", "actor": eve, "object": garden}
        activities: list[dict[str, Any]] = [
            follow,
            {"type": "Undo", "object": follow},
            {"type": "Create", "object": note, "to": [hostile.PUBLIC]},
            {"type": "Update", "object": {**note, "updated": "2026-11-23T09:00:00Z"}},
            {"type": "Delete", "object": {"id": note["id"], "type": "Tombstone"}},
            {"type": "Like", "object": call},
            {"type": "Announce", "object": call, "to": [hostile.PUBLIC]},
            {
                "type": "Undo",
                "object": {"id": f"{eve}/likes/1", "type": "Like", "actor": eve, "object": call},
            },
            {"type": "Accept", "object": "https://hub.example/activities/0"},
            {"type": "Reject", "object": {"type": "Follow", "actor": garden, "object": eve}},
            {"type": "Move", "object": eve, "target": "https://peer.example/users/mallory"},
            {"type": "Block", "object": garden},
            {"type": "Flag", "object": [garden, call], "content": "bad"},
            {"type": "Join", "object": call},
            {"type": "QuoteRequest", "object": call, "instrument": note},
            {"type": "Update", "object": self.eve.document},
            {"type": "Create", "object": self.call},
            {"type": "Update", "object": eve},
        ]
        context = ["https://www.w3.org/ns/activitystreams"]
        return [
            {"@context": context, "id": f"{eve}/activities/1", "actor": eve, **given} for given in activities
        ]


@dataclass(frozen=True, slots=True)
class Door:
    """`examples` of what to send, and `send`, which raises for whatever must not be."""

    name: str
    examples: Callable[[Stage], st.SearchStrategy[Any]]
    send: Callable[[Stage, Any], None]


def _require_no_5xx(response: httpx2.Response, sent: object) -> None:
    assert response.status_code < 500 or response.status_code == 503, (
        response.status_code,
        response.text,
        sent,
    )


def _inbox_examples(stage: Stage) -> st.SearchStrategy[Any]:
    bodies = st.sampled_from(stage.activities()).flatmap(hostile.bent_bytes)
    return st.tuples(st.sampled_from(INBOXES), bodies, hostile.headers(), st.booleans())


def _to_the_inbox(stage: Stage, example: tuple[str, bytes, dict[str, str], bool]) -> None:
    inbox, body, headers, fresh_id = example
    if fresh_id:
        stage.seed += 1
        body = body.replace(b"activities/1", b"activities/%d" % stage.seed)

    async def send() -> None:
        stage.fediverse.clock.advance(seconds=0.2)
        response = await stage.peer.send(stage.eve, inbox, body, headers=headers)
        _require_no_5xx(response, example)
        if stage.seed % 50 == 0:
            await stage.fediverse.settle()
        assert stage.fediverse.bugs == [], example

    stage.loop.run(send())


@dataclass(slots=True)
class _Chosen:
    """A neighbour that answers every GET with what the run chose."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(self.status, headers=self.headers, content=self.body)


def _fetch_examples(stage: Stage) -> st.SearchStrategy[Any]:
    documents: list[dict[str, Any]] = [
        stage.eve.document,
        stage.call,
        {
            "id": "https://odd.example/x",
            "type": "OrderedCollection",
            "first": "https://odd.example/x?page=1",
            "orderedItems": [],
        },
        {"id": "https://odd.example/x", "type": "Key", "owner": stage.eve.id, "publicKeyPem": "-----BEGIN"},
        {
            "subject": "acct:eve@odd.example",
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": "https://odd.example/x"}],
        },
        {
            "links": [
                {
                    "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
                    "href": "https://odd.example/nodeinfo/2.1",
                }
            ]
        },
        {"version": "2.1", "software": {"name": "mobilizon", "version": "5"}, "protocols": ["activitypub"]},
    ]
    moved = json.dumps(documents).replace("peer.example", "odd.example")
    bodies = st.sampled_from(json.loads(moved)).flatmap(hostile.bent_bytes)
    more = st.sampled_from(
        (
            [],
            [("location", "https://odd.example/y")],
            [("location", "//127.0.0.1/")],
            [("content-encoding", "gzip")],
            [("content-length", "99999999999")],
            [("etag", '"x"')],
            [("accept-signature", "sig1=()")],
            [("retry-after", "x")],
        )
    )
    types = st.sampled_from(
        (*DOCUMENT_TYPES, "application/jrd+json", "application/json", "application/xrd+xml")
    )
    return st.tuples(st.sampled_from((200, 200, 200, 200, 301, 304, 401, 404, 410, 500)), types, more, bodies)


def _fetched(stage: Stage, example: tuple[int, str, list[tuple[str, str]], bytes]) -> None:
    """Every reading that starts with a fetch, of one and the same answer: object, actor, key, collection, discovery."""
    status, media_type, more, body = example
    headers = [*((("content-type", media_type),) if media_type else ()), *more]
    stage.fediverse.neighbours["odd.example"] = _Chosen(status, headers, body)  # type: ignore[assignment]
    client = stage.services().here.client

    async def read() -> None:
        url = "https://odd.example/x"
        for work in (
            client.fetch_document(url),
            fetch_actor(client, url),
            fetch_key(client, f"{url}#main-key"),
            read_outbox(client, url),
            resolve_handle(client, "@eve@odd.example"),
            fetch_links(client, "@eve@odd.example"),
            fetch_software(client, "https://odd.example"),
        ):
            with contextlib.suppress(FederationError):
                await work

    stage.loop.run(read())


def _actor_examples(stage: Stage) -> st.SearchStrategy[Any]:
    return st.one_of(hostile.bent_bytes(stage.eve.document), hostile.bent_bytes(stage.call))


def _parsed(stage: Stage, body: bytes) -> None:
    with contextlib.suppress(FederationError):
        read_actor(loads(body), body, MORNING)


def _discovery_examples(stage: Stage) -> st.SearchStrategy[Any]:
    words = st.one_of(hostile.texts(), st.text(max_size=200))
    paths = st.sampled_from(
        (
            "/.well-known/webfinger?resource={}",
            "/.well-known/webfinger?resource=acct:garden@{}",
            "/.well-known/webfinger?rel={}&resource=acct:garden@garden.example",
            "/.well-known/nodeinfo?{}",
            "/nodeinfo/{}",
            "/actors/{}",
            "/calls/{}",
            "/events/{}",
            "/activities/{}",
            "/actors/garden/outbox?page=true&max_id={}",
            "/actors/garden/followers_synchronization?{}",
            "/.well-known/{}",
        )
    )
    return st.tuples(
        paths, words, st.sampled_from(("text/html", ACTIVITY_JSON, "*/*", "")), hostile.headers()
    )


def _asked(stage: Stage, example: tuple[str, str, str, dict[str, str]]) -> None:
    path, word, accept, headers = example
    safe = {name: value for name, value in headers.items() if name != "host"}
    encoded = quote(word.encode("utf-8", "surrogatepass"), safe="")

    async def ask() -> None:
        response = await stage.garden.request("GET", path.format(encoded), headers={"accept": accept, **safe})
        _require_no_5xx(response, example)
        with contextlib.suppress(FederationError):
            parse_handle(word)

    stage.loop.run(ask())


DOORS = (
    Door("inbox", _inbox_examples, _to_the_inbox),
    Door("fetch", _fetch_examples, _fetched),
    Door("actor", _actor_examples, _parsed),
    Door("discovery", _discovery_examples, _asked),
)


async def honest_follow(stage: Stage) -> int:
    """After all that, somebody honest comes along: the answer to a Follow by a newcomer."""
    name = f"newcomer{random.randrange(10**9)}"
    target = await stage.garden.document("/actors/garden")
    stage.fediverse.clock.advance(minutes=6)
    return (await stage.peer.follow(stage.peer.account(name), target)).status_code

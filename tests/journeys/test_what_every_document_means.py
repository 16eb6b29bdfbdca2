"""Everything that two servers of ours serve and send in a busy week, read as JSON-LD without a network (PROTOCOL 10).

Who reads JSON-LD sees every member that we write, from contexts that stand in the document or are known to everybody;
and nobody's context, ours or a hostile one, ever makes us ask for it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import httpx2
import pytest

from federation import vocabulary
from federation.vocabulary import (
    ACTOR_CONTEXT,
    ACTOR_TERMS,
    AS_CONTEXT,
    EVENT_CONTEXT,
    EVENT_TERMS,
    EXTENSION_TERMS,
    OBJECT_CONTEXT,
)
from server.fediverse import outbox
from tests.contexts import CONTEXTS, dropped_terms
from tests.doubles.calendar import follower
from tests.doubles.mastodon import Mastodon, mastodon
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node, paths_in
from tests.server.speaking import PUBLIC

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
GARDEN = "https://garden.example/actors/garden"
HUB = "https://hub.example/actors/hub"
GOLDEN = sorted((Path(__file__).parent.parent / "golden").glob("*.json"))
OURS: tuple[Any, ...] = (AS_CONTEXT, ACTOR_CONTEXT, OBJECT_CONTEXT, EVENT_CONTEXT)
MAP = {**EXTENSION_TERMS, **EVENT_TERMS, **ACTOR_TERMS}
TERMS = frozenset(MAP)

HOSTILE: dict[str, Any] = {
    "address": "https://contexts.evil.example/1",
    "in-a-list": [AS_CONTEXT, "https://contexts.evil.example/2"],
    "import": [AS_CONTEXT, {"@import": "https://contexts.evil.example/3"}],
    "scoped": [AS_CONTEXT, {"extra": {"@id": "as:extra", "@context": "https://contexts.evil.example/4"}}],
    "vocabulary": {"@vocab": "https://contexts.evil.example/5#", "@base": "https://contexts.evil.example/6"},
    "of-everybody": [
        AS_CONTEXT,
        "https://w3id.org/security/v1",
        "https://purl.archive.org/socialweb/webfinger",
    ],
    "relative": [AS_CONTEXT, "/contexts/7"],
    "many": [f"https://contexts.evil.example/many/{number}" for number in range(200)],
}


@dataclass(slots=True)
class Seen:
    """Every request that anybody made, and every document that ours served or sent."""

    requests: list[str] = field(default_factory=list)
    documents: dict[str, Json] = field(default_factory=dict)

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.requests}


@pytest.fixture
def seen(fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch) -> Seen:
    made = Seen()
    lead = type(fediverse.network).handle_async_request

    async def recorded(network: Any, request: httpx2.Request) -> httpx2.Response:
        made.requests.append(str(request.url))
        return await lead(network, request)

    monkeypatch.setattr(type(fediverse.network), "handle_async_request", recorded)
    return made


async def a_busy_week(fediverse: Fediverse) -> tuple[Node, Node, Mastodon]:
    """A hub, an initiative, a calendar, and people on Mastodon who follow, reply, like, pass on, leave."""
    hub = await fediverse.add("hub.example", roles=["hub"])
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command(
        "initiative.add",
        handle="garden",
        name="Garden",
        summary="We *plant* trees.",
        languages=["en", "uk"],
        themes=["education"],
        place="Leipzig",
        links=[["Site", "https://garden.example/about"]],
    )
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await follower(fediverse, garden, "mobilizon", "Mobilizon", "/actors/garden")
    people = mastodon(fediverse, "mastodon.test.example")
    for name, node, actor in (("eve", garden, GARDEN), ("ann", hub, HUB)):
        await people.join(name, await node.document(actor))
    await fediverse.settle()
    uris = [await publish(garden, f"Plant tree {number}", event=number == 0) for number in range(3)]
    await fediverse.settle()
    await garden.command("call.edit", uri=uris[0], title="Plant the first tree")
    await garden.command("call.close", uri=uris[1])
    await garden.command("initiative.edit", handle="garden", place="undisclosed")
    for kind in ("Like", "Announce"):
        activity = activity_of(people, "eve", kind, uris[0])
        await people.send(people.account("eve"), f"{GARDEN}/inbox", activity)
    fediverse.clock.advance(hours=1)
    await fediverse.settle()
    await garden.command("call.withdraw", uri=uris[2])
    await people.leave("eve", await garden.document(GARDEN))
    await say_something(hub)
    await fediverse.settle()
    return hub, garden, people


async def publish(garden: Node, title: str, *, event: bool = False) -> str:
    fields: Json = {"handle": "garden", "title": title, "text": "Bring a [spade](https://garden.example/s)."}
    fields |= {"kind": "attend", "size": "hour", "themes": ["education"], "language": "en", "place": "Berlin"}
    fields |= {
        "start": "2026-12-01T18:00+01:00",
        "deadline": "2026-12-11",
        "link": "https://garden.example/l",
    }
    uri: str = (await garden.command("call.publish", **fields, **({"event": True} if event else {})))["uri"]
    return uri


async def say_something(hub: Node) -> None:
    here = hub.services.here
    note = {"id": f"{HUB}/notes/1", "type": "Note", "attributedTo": HUB, "content": "Hello"}
    activity = {"type": "Create", "object": note, "to": [PUBLIC], "cc": [f"{HUB}/followers"]}
    await hub.services.database.write(
        lambda tx: outbox.publish(
            tx, here, HUB, activity, object_id=note["id"], to_followers=True, listed=True
        )
    )


def activity_of(people: Mastodon, name: str, kind: str, target: Any, context: Any = AS_CONTEXT) -> Json:
    account = people.account(name)
    people.posts += 1
    about = target if isinstance(target, str) else target["id"]
    return {
        "@context": context,
        "id": f"{account.id}/activities/{people.posts}",
        "type": kind,
        "actor": account.id,
        "object": target,
        "published": people.clock.now().isoformat(),
        "to": [PUBLIC],
        "cc": [f"{account.id}/followers", about],
    }


async def crawl(node: Node, *starts: str) -> dict[str, Json]:
    """Every document of this server that can be reached from some, tombstones included."""
    found: dict[str, Json] = {}
    waiting = [address for address in starts if address.startswith(f"{node.origin}/")]
    asked = set(waiting)
    while waiting:
        address = waiting.pop()
        answer = await node.get(address, accept=ACTIVITY_JSON)
        if not answer.headers.get("content-type", "").startswith(ACTIVITY_JSON):
            continue
        document = answer.json()
        found[address] = document
        links = {urldefrag(text).url for text in paths_in(document) if text.startswith(f"{node.origin}/")}
        waiting += sorted(links - asked)
        asked |= links
    return found


@pytest.fixture
async def documents(fediverse: Fediverse, seen: Seen) -> dict[str, Json]:
    hub, garden, people = await a_busy_week(fediverse)
    told = {urldefrag(text).url for arrived in people.arrived for text in paths_in(arrived.document)}
    found = await crawl(garden, f"{garden.origin}/actor", *told)
    found |= await crawl(hub, f"{hub.origin}/actor", *told)
    for double in (people, fediverse.neighbours["mobilizon.test.example"]):
        found |= {f"{double.host} {n} {a.path}": a.document for n, a in enumerate(double.arrived)}
    for name, node, actor in (("eve", garden, GARDEN), ("ann", hub, HUB)):
        address = f"{actor}/followers_synchronization"
        found[f"{address} {node.host}"] = await people.signed_get(address, people.account(name))
    seen.documents = found
    return found


def shape(document: Any) -> Any:
    """What two documents have in common when they differ in words alone."""
    if isinstance(document, dict):
        return tuple((key, shape(value)) for key, value in sorted(document.items()) if key != "@context")
    if isinstance(document, list):
        return ("list", *sorted({repr(shape(value)) for value in document}))
    return type(document).__name__


def contexts_in(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        if "@context" in document:
            yield document["@context"]
        for key, value in document.items():
            if key != "@context":
                yield from contexts_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from contexts_in(value)


def undefined_in(document: Any, terms: frozenset[str] = frozenset()) -> Iterator[str]:
    """Our own terms that stand where the nearest context does not have them."""
    if isinstance(document, dict):
        context = document.get("@context")
        if context is not None:
            terms = frozenset(context[-1]) if isinstance(context, list) else frozenset()
        for key, value in document.items():
            if key != "@context":
                used = {key, value} if key == "type" else {key}
                yield from used & TERMS - terms
                yield from undefined_in(value, terms)
    elif isinstance(document, list):
        for value in document:
            yield from undefined_in(value, terms)


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_ac_10_1_no_key_of_a_golden_document_is_dropped(file: Path) -> None:
    assert dropped_terms(json.loads(file.read_text(encoding="utf-8"))) == []


async def test_ac_10_1_no_key_is_dropped_of_anything_that_is_served_or_sent(
    documents: dict[str, Json],
) -> None:
    """`dropped_terms` knows the contexts of tests/contexts and raises for every other address."""
    kinds = {document["type"] for document in documents.values()}
    assert kinds >= {
        *("Organization", "Group", "Application", "Note", "Event", "Tombstone"),
        *("Create", "Update", "Delete", "Accept", "Announce"),
        *("OrderedCollection", "OrderedCollectionPage", "Collection"),
    }
    distinct = {repr(shape(document)): (address, document) for address, document in documents.items()}
    dropped = {address: dropped_terms(document) for address, document in distinct.values()}
    assert {address: terms for address, terms in dropped.items() if terms} == {}


async def test_ac_10_3_every_document_has_one_of_the_lists_of_the_vocabulary(
    documents: dict[str, Json],
) -> None:
    """Member by member and in this order: a proof covers its context as it stands."""
    for address, document in documents.items():
        assert "@context" in document, address
        for context in contexts_in(document):
            assert context in OURS, address
        assert list(undefined_in(document)) == [], address


def test_ac_10_3_the_terms_stand_in_one_place_and_name_no_address_to_fetch() -> None:
    for context in OURS[1:]:
        *addresses, terms = context
        assert set(addresses) <= set(CONTEXTS)
        assert terms.items() >= EXTENSION_TERMS.items()
        assert all(MAP[term] == meaning for term, meaning in terms.items())
        assert "@context" not in repr(terms)
        assert "@import" not in repr(terms)
    root = Path(vocabulary.__file__).parent.parent
    writers = [
        path
        for folder in ("federation", "server")
        for path in (root / folder).rglob("*.py")
        if vocabulary.EXTENSION_NAMESPACE in path.read_text(encoding="utf-8")
    ]
    assert [path.name for path in writers] == ["vocabulary.py"]


async def test_ac_10_2_in_a_busy_week_nobodys_context_is_asked_for(
    fediverse: Fediverse, documents: dict[str, Json], seen: Seen
) -> None:
    addresses = {context for context in CONTEXTS if "://" in context}
    assert len(seen.requests) > 50
    assert not {urlsplit(address).netloc for address in addresses} & seen.hosts
    assert seen.hosts <= {*fediverse.nodes, *fediverse.neighbours}


async def test_ac_10_2_a_hostile_context_is_never_asked_for(fediverse: Fediverse, seen: Seen) -> None:
    """Of actors, activities, posts within them, collections and their pages; whether they are taken or refused."""
    hub, garden, people = await a_busy_week(fediverse)
    page = await garden.document(f"{GARDEN}/outbox?page=true")
    call = next(item["object"]["id"] for item in page["orderedItems"] if item["type"] == "Create")
    for name, context in HOSTILE.items():
        before = len(seen.requests)
        evil = mastodon(fediverse, f"{name}.evil.example")
        await send_everything(evil, context, call, (garden, hub))
        assert f"https://{evil.host}/users/mallory" in seen.requests[before:], name
    fediverse.clock.advance(hours=7)
    await fediverse.settle()
    assert not any("contexts" in url for url in seen.requests)
    assert seen.hosts <= {*fediverse.nodes, *fediverse.neighbours}
    assert (await people.post("ann", f"{garden.origin}/inbox", header=None)).status_code == 202


async def send_everything(evil: Mastodon, context: Any, call: str, nodes: tuple[Node, ...]) -> None:
    account = evil.account("mallory", kind="Organization", extra={"@context": context})
    pages = {"@context": context, "type": "OrderedCollection", "orderedItems": []}
    for name in ("outbox", "followers", "featured"):
        evil.documents[f"/users/mallory/{name}"] = pages | {"id": f"{account.id}/{name}"}
    note = {
        "@context": context,
        "id": f"{account.id}/notes/1",
        "type": "Note",
        "attributedTo": account.id,
        "content": "Hello",
        "inReplyTo": call,
        "to": [PUBLIC],
    }
    evil.documents["/users/mallory/notes/1"] = note
    targets: tuple[tuple[str, Any], ...] = (
        ("Follow", HUB),
        ("Follow", GARDEN),
        ("Create", note),
        ("Announce", note["id"]),
        ("Like", call),
        ("Update", account.document),
        ("Offer", account.document),
        ("Undo", activity_of(evil, "mallory", "Follow", GARDEN, context)),
        ("Delete", {"@context": context, "id": note["id"], "type": "Tombstone"}),
    )
    for kind, target in targets:
        activity = activity_of(evil, "mallory", kind, target, context)
        for node in nodes:
            answer = await evil.send(account, f"{node.origin}/inbox", activity)
            assert answer.status_code < 500
        await nodes[0].fediverse.settle()

"""Servers that fetched a call by a signed GET hear of its edits and its end, though nobody there follows it.

PROTOCOL 5.4.
"""

import asyncio
import json
from datetime import UTC, datetime

import httpx2
import pytest

from server.endpoints import signed_readers
from server.fediverse import call_readers, moderation
from server.fediverse.call_readers.store import MOST_OF_A_DOMAIN
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node
from tests.neighbours import Account, Neighbour
from tests.server.endpoints.reading import documents_of, get_signed, readers_of, settle_readers

pytestmark = pytest.mark.anyio

ORIGIN = "https://reader.example"
SHARED = f"{ORIGIN}/inbox"
SERVICE = "https://www.w3.org/ns/activitystreams#Service"
APPLICATION = "https://www.w3.org/ns/activitystreams#Application"


async def make(fediverse: Fediverse, *, secure: bool = False) -> tuple[Node, str]:
    node = await fediverse.add("garden.example", roles=["initiative"], secure_mode=secure)
    await node.command("initiative.add", handle="garten", name="Garten")
    return node, await publish(node)


async def publish(node: Node, **more: object) -> str:
    done = await node.command(
        "call.publish", handle="garten", title="Trees", text="Plant some.", kind="host", size="day", **more
    )
    uri: str = done["uri"]
    return uri


async def read(fediverse: Fediverse, node: Node, reader: Account, uri: str) -> None:
    assert (await get_signed(fediverse, reader.key, uri)).status_code == 200
    await settle_readers(node)


@pytest.mark.parametrize("secure", [False, True])
async def test_ac_5_6_who_fetched_a_call_and_follows_nobody_gets_its_update_and_its_delete(
    fediverse: Fediverse, secure: bool
) -> None:
    node, uri = await make(fediverse, secure=secure)
    reader = fediverse.neighbour("reader.example")
    await read(fediverse, node, reader.account("vera"), uri)
    await node.command("call.edit", uri=uri, title="More trees")
    await fediverse.settle()
    assert reader.types() == ["Update"]
    update = reader.last("Update")
    assert (update["object"]["id"], update["object"]["name"]) == (uri, "More trees")
    await node.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert reader.types() == ["Update", "Delete"]
    assert reader.last("Delete")["object"]["id"] == uri
    assert {arrived.path for arrived in reader.arrived} == {"/inbox"}
    assert await readers_of(node, uri) == []


async def test_one_row_for_a_server_however_often_and_by_whomever_it_reads(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    reader = fediverse.neighbour("reader.example")
    for name in ("vera", "bob", "vera"):
        await read(fediverse, node, reader.account(name), uri)
    assert await readers_of(node, uri) == [(SHARED, ORIGIN)]
    assert (await node.rows())["call_readers"] == 1


@pytest.mark.parametrize("dialect", ["rfc9421", "cavage"])
async def test_either_kind_of_signature_counts(fediverse: Fediverse, dialect: str) -> None:
    node, uri = await make(fediverse)
    reader = fediverse.neighbour("reader.example")
    await get_signed(fediverse, reader.account("vera").key, uri, scheme=dialect)
    await settle_readers(node)
    assert await readers_of(node, uri) == [(SHARED, ORIGIN)]


async def test_who_fetched_the_event_of_a_call_counts_as_well(fediverse: Fediverse) -> None:
    node, _ = await make(fediverse)
    uri = await publish(node, start="2026-12-05T10:00+01:00", place="Leipzig", event=True)
    vera = fediverse.neighbour("reader.example").account("vera")
    await read(fediverse, node, vera, uri.replace("/calls/", "/events/"))
    assert await readers_of(node, uri) == [(SHARED, ORIGIN)]


async def test_what_is_unsigned_unproven_or_no_call_writes_nothing(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    reader = fediverse.neighbour("reader.example")
    vera, bob = reader.account("vera"), reader.account("bob")
    before = await node.rows()
    assert (await node.get(uri, accept=ACTIVITY_JSON)).status_code == 200
    forged = type(vera.key)(vera.key.key_id, bob.key.private)
    for key, url, headers in (
        (forged, uri, {}),
        (vera.key, uri, {"signature": "nonsense"}),
        (vera.key, uri, {"date": "Mon, 23 Nov 2020 08:00:00 GMT"}),
        # a page for people, and what is no call
        (vera.key, uri, {"accept": "text/html"}),
        (vera.key, f"{node.origin}/actors/garten", {}),
        (vera.key, f"{node.origin}/calls/00000000000000000000", {}),
    ):
        await get_signed(fediverse, key, url, headers=headers)
        await settle_readers(node)
    assert await node.rows() == before


async def test_the_answer_does_not_wait_for_the_readers_server(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, uri = await make(fediverse)
    vera = fediverse.neighbour("reader.example").account("vera")
    let_go = asyncio.Event()
    asked = []

    async def slow(*_: object, **__: object) -> None:
        asked.append(1)
        await let_go.wait()
        raise AssertionError("cancelled before")

    monkeypatch.setattr(signed_readers, "authenticate", slow)
    most = signed_readers.MOST_AT_ONCE + signed_readers.MOST_WAITING
    for _ in range(most + 5):
        assert (await get_signed(fediverse, vera.key, uri)).status_code == 200
    await asyncio.sleep(0)
    assert len(asked) == signed_readers.MOST_AT_ONCE
    assert len(documents_of(node).readers._tasks) == signed_readers.MOST_WAITING
    await documents_of(node).readers.stop()
    assert await readers_of(node, uri) == []


async def test_never_a_person(fediverse: Fediverse) -> None:
    """GoToSocial names no shared inbox: then the server's own actor, if there is one, and else nobody."""
    node, uri = await make(fediverse)
    reader = fediverse.neighbour("reader.example")
    person = reader.account("vera", shared_inbox=False)
    await read(fediverse, node, person, uri)
    assert await readers_of(node, uri) == []
    # asked once, not for every post that its people look at
    asked = len(reader.asked)
    await read(fediverse, node, person, await publish(node))
    assert len(reader.asked) == asked


@pytest.mark.parametrize("way", ["nodeinfo", "webfinger"])
async def test_a_person_without_a_shared_inbox_stands_for_the_servers_own_actor(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    node, uri = await make(fediverse)
    reader = fediverse.neighbour("reader.example")
    person = reader.account("vera", shared_inbox=False)
    own = reader.account("reader.example", kind="Application", shared_inbox=False)
    rel = APPLICATION if way == "nodeinfo" else SERVICE
    answer = {"links": [{"rel": rel, "type": ACTIVITY_JSON, "href": own.id}]}
    plain = reader.answer

    async def answers(_: Neighbour, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == f"/.well-known/{way}" and request.url.params.get("resource") in (
            None,
            f"{ORIGIN}/",
        ):
            content = json.dumps(answer).encode()
            return httpx2.Response(200, content=content, headers={"content-type": "application/json"})
        return await plain(request)

    monkeypatch.setattr(Neighbour, "answer", answers)
    await read(fediverse, node, person, uri)
    assert await readers_of(node, uri) == [(own.inbox, ORIGIN)]


async def test_a_bot_without_a_shared_inbox_stands_for_its_server(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    actor = fediverse.neighbour("reader.example").account("actor", kind="Application", shared_inbox=False)
    await read(fediverse, node, actor, uri)
    assert await readers_of(node, uri) == [(f"{ORIGIN}/users/actor/inbox", ORIGIN)]


@pytest.mark.parametrize("target", [ORIGIN, f"{ORIGIN}/users/vera"])
async def test_who_is_blocked_is_not_remembered(fediverse: Fediverse, target: str) -> None:
    node, uri = await make(fediverse)
    vera = fediverse.neighbour("reader.example").account("vera")
    now = datetime.now(UTC)
    await node.services.database.write(lambda tx: moderation.block(tx, target, now))
    await read(fediverse, node, vera, uri)
    assert await readers_of(node, uri) == []


async def test_a_blocked_key_is_not_even_fetched(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    reader = fediverse.neighbour("reader.example")
    node.services.here.blocklist.replace([ORIGIN])
    await read(fediverse, node, reader.account("vera"), uri)
    assert reader.asked == []


async def test_a_block_forgets_what_its_server_read(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    await read(fediverse, node, fediverse.neighbour("reader.example").account("vera"), uri)
    other = fediverse.neighbour("other.example")
    await read(fediverse, node, other.account("olga"), uri)
    now = datetime.now(UTC)
    await node.services.database.write(lambda tx: moderation.block(tx, ORIGIN, now))
    assert await readers_of(node, uri) == [("https://other.example/inbox", "https://other.example")]


async def test_a_call_has_no_more_readers_than_it_may(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)

    def fill(tx: object) -> list[bool]:
        return [
            call_readers.remember(tx, uri, f"https://r{n}.example/inbox", f"https://r{n}.example", most=3)  # type: ignore[arg-type]  # the transaction
            for n in (1, 1, 2, 3, 4)
        ]

    assert await node.services.database.write(fill) == [True, False, True, True, False]
    assert len(await readers_of(node, uri)) == 3


async def test_res_12_one_domain_with_many_names_takes_few_of_the_places(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    for number in range(12):
        host = f"n{number}.wildcard.example"
        await read(fediverse, node, fediverse.neighbour(host).account("vera"), uri)
    assert len(await readers_of(node, uri)) == MOST_OF_A_DOMAIN
    await read(fediverse, node, fediverse.neighbour("reader.example").account("vera"), uri)
    assert (SHARED, ORIGIN) in await readers_of(node, uri)


async def test_a_withdrawn_call_takes_nobody_in(fediverse: Fediverse) -> None:
    node, uri = await make(fediverse)
    vera = fediverse.neighbour("reader.example").account("vera")
    documents = documents_of(node)
    await node.command("call.withdraw", uri=uri)
    # somebody whose signature was still being checked when it was withdrawn
    kept = await node.services.database.write(lambda tx: call_readers.remember(tx, uri, SHARED, ORIGIN))
    assert kept is False
    assert (await get_signed(fediverse, vera.key, uri)).status_code == 410
    await documents.readers.settle()
    assert await readers_of(node, uri) == []

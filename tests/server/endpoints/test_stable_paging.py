"""AC-6.1: whoever walks a collection by `next` meets each item once, whatever comes and goes meanwhile."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from federation.documents import MAX_FETCH_BYTES
from server.endpoints import collections
from server.fediverse import followers, outbox
from server.initiative.conversations import documents as conversations
from server.initiative.replies import store as replies
from server.initiative.replies.model import Reply
from server.storage.database import Transaction
from tests.fediverse import MORNING, Fediverse, Node
from tests.server.speaking import remote, say, speaker

pytestmark = pytest.mark.anyio

Act = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Shelf:
    """A collection in a test: how things get into it and out of it, under which ids they are seen."""

    node: Node
    address: str
    put: Callable[[], Awaitable[str]]
    take: Callable[[str], Awaitable[object]]


async def nothing() -> None:
    return None


async def walk(node: Node, address: str, between: Act = nothing) -> tuple[list[str], int]:
    """The ids in order, and how many documents it took; `between` runs after each."""
    head = await node.document(address)
    read, documents = _items(head), 1
    following = head.get("first")
    while following:
        await between()
        page = await node.document(following)
        assert (page["partOf"], page["id"]) == (address, following)
        read += _items(page)
        documents += 1
        following = page.get("next")
    return read, documents


def _items(document: dict[str, Any]) -> list[str]:
    items = document.get("orderedItems", document.get("items", []))
    return [item if isinstance(item, str) else item["id"] for item in items]


async def outbox_shelf(fediverse: Fediverse) -> Shelf:
    node, actor = await speaker(fediverse)
    about: dict[str, str] = {}

    async def put() -> str:
        object_id = f"{node.origin}/calls/{len(about)}"
        activity = await say(node, actor, object_id=object_id, listed=True)
        about[activity] = object_id
        return activity

    async def take(activity: str) -> None:
        await node.services.database.write(lambda tx: outbox.erase_object(tx, about[activity]))

    return Shelf(node, f"{actor}/outbox", put, take)


async def following_shelf(fediverse: Fediverse) -> Shelf:
    node, actor = await speaker(fediverse)
    shuffled = random.Random(1)

    async def put() -> str:
        # Not in the order of their ids: newcomers land before and behind the reader.
        target = remote(f"https://far.example/{shuffled.getrandbits(64):x}")
        await node.services.database.write(lambda tx: followers.follow(tx, node.services.here, actor, target))
        return target.id

    async def take(target: str) -> None:
        await node.services.database.write(
            lambda tx: followers.unfollow(tx, node.services.here, actor, target)
        )

    return Shelf(node, f"{actor}/following", put, take)


async def conversation_shelf(fediverse: Fediverse, name: str) -> Shelf:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    call = (await node.command("call.publish", handle="garden", title="Come", text="Come."))["uri"]
    shuffled = random.Random(2)

    async def put() -> str:
        reply = a_reply(call, f"https://far.example/{shuffled.getrandbits(64):x}", shuffled.randrange(5))
        await node.services.database.write(partial(shown, reply))
        return reply.id

    async def take(reply_id: str) -> None:
        await node.services.database.write(lambda tx: replies.delete(tx, reply_id))

    return Shelf(node, f"{call}/{name}", put, take)


def a_reply(call: str, reply_id: str, minute: int = 0) -> Reply:
    """Many are of the same minute: then the id decides."""
    written = MORNING.replace(minute=minute)
    return Reply(
        id=reply_id,
        call_uri=call,
        actor_id="https://far.example/users/eve",
        handle="@eve@far.example",
        name="Eve",
        url=None,
        language="en",
        content="<p>Yes</p>",
        published=written,
        updated=written,
        state="waiting",
    )


def shown(reply: Reply, tx: Transaction) -> None:
    replies.insert(tx, reply, MORNING)
    replies.show(tx, reply.id)


SHELVES: dict[str, Callable[[Fediverse], Awaitable[Shelf]]] = {
    "outbox": outbox_shelf,
    "following": following_shelf,
    "replies": lambda fediverse: conversation_shelf(fediverse, "replies"),
    "context": lambda fediverse: conversation_shelf(fediverse, "context"),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", SHELVES.values(), ids=SHELVES)
async def test_ac_6_1_each_item_is_met_once_while_others_come_and_go(
    fediverse: Fediverse,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[Fediverse], Awaitable[Shelf]],
    seed: int,
) -> None:
    for module, name in ((collections, "PAGE"), (collections, "FOLLOWING_PAGE"), (conversations, "PAGE")):
        monkeypatch.setattr(module, name, 3)
    chance = random.Random(seed)
    shelf = await make(fediverse)
    there = [await shelf.put() for _ in range(12)]
    staying, gone, late = set(there), set(), set()

    async def between() -> None:
        for _ in range(chance.randrange(3)):
            late.add(await shelf.put())
        for item in chance.sample(sorted(staying), chance.randrange(3)):
            await shelf.take(item)
            staying.discard(item)
            gone.add(item)

    read, pages = await walk(shelf.node, shelf.address, between)
    assert pages >= 3
    assert len(read) == len(set(read))
    assert staying <= set(read)
    call = {shelf.address.removesuffix("/context")} if shelf.address.endswith("/context") else set()
    assert call <= set(read) <= call | staying | gone | late

    still, _ = await walk(shelf.node, shelf.address)
    assert set(still) == call | staying | late
    head = await shelf.node.document(shelf.address)
    assert head["totalItems"] == len(still)


async def test_the_last_page_has_no_next_even_when_it_is_full(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections, "PAGE", 3)
    shelf = await outbox_shelf(fediverse)
    made = [await shelf.put() for _ in range(6)]
    assert await walk(shelf.node, shelf.address) == (made[::-1], 3)


async def test_a_page_of_long_calls_stays_within_what_readers_take(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    for number in range(24):
        # Every letter of it two bytes, and the text is in the document three times.
        await node.command(
            "call.publish", handle="garden", title=f"Call {number}", text="щ" * 9_900, language="uk"
        )
    pages: list[str] = []
    following = (await node.document("/actors/garden/outbox"))["first"]
    while following:
        answer = await node.get(following, accept="application/activity+json")
        assert len(answer.content) < MAX_FETCH_BYTES / 1.5
        pages += _items(answer.json())
        following = answer.json().get("next")
    assert len(set(pages)) == len(pages) == 24


async def test_a_head_says_when_anything_changed_though_the_number_did_not(fediverse: Fediverse) -> None:
    """Who asks with an ETag reads the pages again only when the head is another one."""
    shelf = await outbox_shelf(fediverse)
    first, _ = [await shelf.put() for _ in range(2)]
    before = await shelf.node.get(shelf.address, accept="application/activity+json")
    fediverse.clock.advance(minutes=1)
    await shelf.take(first)
    await shelf.put()
    headers = {"accept": "application/activity+json", "if-none-match": before.headers["etag"]}
    after = await shelf.node.request("GET", shelf.address, headers=headers)
    assert after.status_code == 200
    assert after.json()["totalItems"] == before.json()["totalItems"]
    headers["if-none-match"] = after.headers["etag"]
    assert (await shelf.node.request("GET", shelf.address, headers=headers)).status_code == 304


@pytest.mark.parametrize(
    "query", ["after=1", "after=x https://far.example/1", "after=1 javascript:1", "after="]
)
async def test_a_place_that_is_none_names_no_page(fediverse: Fediverse, query: str) -> None:
    shelf = await conversation_shelf(fediverse, "replies")
    for address in (shelf.address, shelf.address.replace("/replies", "/context")):
        answer = await shelf.node.get(
            f"{address}?page=true&{query.replace(' ', '%20')}", accept="application/activity+json"
        )
        assert answer.status_code == 404
    node, actor = await speaker(fediverse)
    answer = await node.get(f"{actor}/following?page=true&after=x", accept="application/activity+json")
    assert answer.status_code == 404


async def test_replies_of_one_moment_are_told_apart_by_their_ids(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "PAGE", 2)
    shelf = await conversation_shelf(fediverse, "replies")
    call = shelf.address.removesuffix("/replies")
    same = [a_reply(call, f"https://far.example/{n}") for n in range(5)]
    later = replace(same[0], id="https://far.example/0later", published=MORNING.replace(hour=9))
    for reply in (*same[::-1], later):
        await shelf.node.services.database.write(partial(shown, reply))
    read, _ = await walk(shelf.node, shelf.address)
    assert read == [*(reply.id for reply in same), later.id]

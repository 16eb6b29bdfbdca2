"""Collections: what we publish, and how far we read."""

from typing import Any

import pytest

from federation.collections import ordered_collection, page, read_outbox
from federation.errors import Forbidden, Gone, Malformed
from tests.federation.small_world import World

OUTBOX = "https://peer.example/outbox"

pytestmark = pytest.mark.anyio


@pytest.fixture
def world() -> World:
    return World()


def outbox(**members: Any) -> dict[str, Any]:
    return {"id": OUTBOX, "type": "OrderedCollection"} | members


def serve_pages(world: World, count: int, items: int = 2) -> None:
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    for number in range(count):
        following = f"{OUTBOX}?page={number + 1}" if number + 1 < count else None
        ids = [f"https://peer.example/{number}/{item}" for item in range(items)]
        world.serve(f"{OUTBOX}?page={number}", page(f"{OUTBOX}?page={number}", OUTBOX, ids, next=following))


async def test_what_is_not_told_is_left_out() -> None:
    hidden = ordered_collection("https://home.example/followers", None)
    assert set(hidden) == {"@context", "id", "type"}
    counted = ordered_collection(
        "https://home.example/followers", 0, first="https://home.example/followers?page=1"
    )
    assert (counted["totalItems"], counted["first"]) == (0, "https://home.example/followers?page=1")
    last = page("https://home.example/outbox?page=2", "https://home.example/outbox", [])
    assert last["orderedItems"] == []
    assert not {"next", "prev"} & set(last)


async def test_pages_are_read_to_their_end(world: World) -> None:
    serve_pages(world, 3)
    items = await read_outbox(world.client, OUTBOX)
    assert items == [f"https://peer.example/{number}/{item}" for number in range(3) for item in range(2)]


async def test_items_may_stand_in_the_collection_itself_or_in_an_embedded_page(world: World) -> None:
    world.serve(OUTBOX, outbox(orderedItems=[{"type": "Create"}]))
    assert await read_outbox(world.client, OUTBOX) == [{"type": "Create"}]
    world.serve(OUTBOX, outbox(first={"type": "OrderedCollectionPage", "items": "https://peer.example/1"}))
    assert await read_outbox(world.client, OUTBOX) == ["https://peer.example/1"]
    world.serve(OUTBOX, outbox(totalItems=5))
    assert await read_outbox(world.client, OUTBOX) == []


async def test_an_endless_collection_is_read_for_twenty_pages(world: World) -> None:
    serve_pages(world, 30)
    assert len(await read_outbox(world.client, OUTBOX)) == 40
    assert len(world.requests) == 21


async def test_a_thousand_items_are_enough(world: World) -> None:
    serve_pages(world, 20, items=200)
    assert len(await read_outbox(world.client, OUTBOX)) == 1000
    assert len(world.requests) == 6


async def test_a_page_that_leads_back_is_not_read_again(world: World) -> None:
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    world.serve(f"{OUTBOX}?page=0", page(f"{OUTBOX}?page=0", OUTBOX, ["a"], next=f"{OUTBOX}?page=1"))
    world.serve(f"{OUTBOX}?page=1", page(f"{OUTBOX}?page=1", OUTBOX, ["b"], next=f"{OUTBOX}?page=0"))
    assert await read_outbox(world.client, OUTBOX) == ["a", "b"]
    world.serve(OUTBOX, outbox(first=OUTBOX))
    assert await read_outbox(world.client, OUTBOX) == []


async def test_a_page_on_another_origin_is_refused(world: World) -> None:
    world.serve(OUTBOX, outbox(first="https://evil.example/outbox?page=0"))
    with pytest.raises(Forbidden, match="page-elsewhere"):
        await read_outbox(world.client, OUTBOX)
    assert world.asked == [OUTBOX]


async def test_what_is_no_collection_or_gone_is_said(world: World) -> None:
    with pytest.raises(Gone):
        await read_outbox(world.client, OUTBOX)
    world.serve(OUTBOX, outbox(type="Note"))
    with pytest.raises(Malformed, match="not-a-collection"):
        await read_outbox(world.client, OUTBOX)

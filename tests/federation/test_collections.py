"""Collections: what we publish, and how far we read."""

import asyncio
from typing import Any

import httpx2
import pytest

from federation.collections import collection, ordered_collection, page, read_collection, read_outbox
from federation.documents import MAX_FETCH_BYTES
from federation.errors import Forbidden, Gone, Malformed, NotModified, TooLarge, Unreachable
from federation.fetching import FetchedDocument, Validators
from federation.vocabulary import ACTIVITY_JSON
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


async def test_a_collection_is_whole_or_has_pages() -> None:
    whole = collection(
        OUTBOX, 2, kind="Collection", attributed_to="https://peer.example/eve", first=None, items=["a", "b"]
    )
    assert (whole["items"], whole["totalItems"]) == (["a", "b"], 2)
    assert not {"first", "orderedItems"} & set(whole)
    paged = collection(
        OUTBOX, 9, kind="OrderedCollection", attributed_to="https://peer.example/eve", first="p", items=None
    )
    assert paged["first"] == "p"
    assert not {"items", "orderedItems"} & set(paged)
    assert page("p", OUTBOX, ["a"], ordered=False)["items"] == ["a"]
    assert page("p", OUTBOX, ["a"], ordered=False)["type"] == "CollectionPage"


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


# RES-07 and its kin: collections that are made to be read for ever.


async def test_res_07_an_endless_collection_is_known_not_to_be_whole(world: World) -> None:
    def endless(request: httpx2.Request) -> httpx2.Response:
        number = int(request.url.params.get("page", "0"))
        this, following = f"{OUTBOX}?page={number}", f"{OUTBOX}?page={number + 1}"
        document = page(this, OUTBOX, [f"https://peer.example/{number}"], next=following)
        return httpx2.Response(200, json=document, headers={"content-type": ACTIVITY_JSON})

    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    for number in range(200):
        world.routes[f"{OUTBOX}?page={number}"] = endless
    read = await read_collection(world.client, OUTBOX)
    assert (len(read.items), read.whole, len(world.requests)) == (20, False, 21)
    world.requests.clear()
    read = await read_collection(world.client, OUTBOX, max_pages=10)
    assert (len(read.items), read.whole, len(world.requests)) == (10, False, 11)


@pytest.mark.parametrize(
    "following",
    [OUTBOX, f"{OUTBOX}?page=0", {"id": f"{OUTBOX}?page=0"}, {"type": "Link", "href": OUTBOX}],
)
async def test_res_07_a_page_that_points_at_itself_ends_the_reading(world: World, following: Any) -> None:
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    world.serve(f"{OUTBOX}?page=0", page(f"{OUTBOX}?page=0", OUTBOX, ["a"], next=following))
    read = await read_collection(world.client, OUTBOX)
    assert (read.items, read.whole, len(world.requests)) == (["a"], False, 2)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/outbox?page=1",
        "http://peer.example/outbox?page=1",
        "https://peer.example:8443/outbox?page=1",
        "https://127.0.0.1/outbox",
    ],
)
async def test_res_07_no_page_leads_to_another_origin(world: World, elsewhere: str) -> None:
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    world.serve(f"{OUTBOX}?page=0", page(f"{OUTBOX}?page=0", OUTBOX, ["a"], next=elsewhere))
    with pytest.raises(Forbidden, match="page-elsewhere"):
        await read_outbox(world.client, OUTBOX)
    assert world.asked == [OUTBOX, f"{OUTBOX}?page=0"]


async def test_res_07_a_page_that_redirects_to_another_origin_is_not_followed(world: World) -> None:
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    world.redirect(f"{OUTBOX}?page=0", "https://evil.example/outbox")
    with pytest.raises(Unreachable, match="redirected-elsewhere"):
        await read_outbox(world.client, OUTBOX)
    assert "https://evil.example/outbox" not in world.asked


async def test_res_07_embedded_pages_without_an_id_are_read_as_far_as_they_go(world: World) -> None:
    """Nothing can be asked for: what one document holds is all there is."""
    inner: Any = {"type": "OrderedCollectionPage", "orderedItems": ["deep"]}
    for number in range(8):
        inner = {"type": "OrderedCollectionPage", "orderedItems": [str(number)], "next": inner}
    world.serve(OUTBOX, outbox(first=inner))
    read = await read_collection(world.client, OUTBOX)
    assert read.items == ["7", "6", "5", "4", "3", "2", "1", "0", "deep"]
    assert read.whole
    assert world.asked == [OUTBOX]
    read = await read_collection(world.client, OUTBOX, max_pages=3)
    assert (read.items, read.whole) == (["7", "6", "5"], False)
    world.serve(OUTBOX, outbox(first={"type": "OrderedCollectionPage", "next": f"{OUTBOX}?page=1"}))
    world.serve(f"{OUTBOX}?page=1", page(f"{OUTBOX}?page=1", OUTBOX, ["later"]))
    assert await read_outbox(world.client, OUTBOX) == ["later"]


@pytest.mark.parametrize(
    "following",
    [
        "",
        "x",
        7,
        [],
        ["https://peer.example/a"],
        {},
        True,
        {"type": "Note"},
        "javascript:alert(1)",
        "?page=1",
    ],
)
async def test_res_07_what_is_no_address_ends_the_reading(world: World, following: Any) -> None:
    for document in (outbox(orderedItems=["a"], first=following), outbox(orderedItems=["a"], next=following)):
        world.serve(OUTBOX, document)
        assert await read_outbox(world.client, OUTBOX) == ["a"]
    assert set(world.asked) == {OUTBOX}


async def test_res_07_a_page_of_a_megabyte_and_more_is_refused(world: World) -> None:
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    long = page(f"{OUTBOX}?page=0", OUTBOX, [{"type": "Note", "content": "x" * MAX_FETCH_BYTES}])
    world.serve(f"{OUTBOX}?page=0", long)
    with pytest.raises(TooLarge):
        await read_outbox(world.client, OUTBOX)


async def test_res_07_pages_of_nearly_a_megabyte_are_read_to_the_limit_of_items(world: World) -> None:
    """Twenty of them, and no more than the thousand items that were asked for are kept."""
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    filler = "x" * 9_000
    for number in range(30):
        items = [{"type": "Note", "content": filler} for _ in range(100)]
        url = f"{OUTBOX}?page={number}"
        world.serve(url, page(url, OUTBOX, items, next=f"{OUTBOX}?page={number + 1}"))
    read = await read_collection(world.client, OUTBOX)
    assert (len(read.items), read.whole) == (1000, False)
    assert len(world.requests) == 11


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (None, []),
        ("one", ["one"]),
        ({"id": "x"}, [{"id": "x"}]),
        (["a", None, "b"], ["a", "b"]),
        ([], []),
        (["a"] * 3000, ["a"] * 1000),
    ],
)
async def test_items_come_in_every_shape(world: World, items: Any, expected: list[Any]) -> None:
    for key in ("orderedItems", "items"):
        world.serve(OUTBOX, outbox(**{key: items}))
        assert await read_outbox(world.client, OUTBOX) == expected


async def test_more_items_than_a_document_may_have_are_refused(world: World) -> None:
    world.serve(OUTBOX, outbox(orderedItems=["a"] * 20_000))
    with pytest.raises(Malformed):
        await read_outbox(world.client, OUTBOX)


async def test_who_holds_the_latest_reads_nothing_and_is_told_so(world: World) -> None:
    """The validators are of the collection alone; nobody asks a page whether it changed."""
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"), etag='"1"')
    world.serve(f"{OUTBOX}?page=0", page(f"{OUTBOX}?page=0", OUTBOX, ["a"]), etag='"page"')
    read = await read_collection(world.client, OUTBOX)
    assert read.validators == Validators(etag='"1"')
    again = await read_collection(world.client, OUTBOX, known=read.validators)
    assert again.items == ["a"]
    assert world.requests[2].headers["if-none-match"] == '"1"'
    assert "if-none-match" not in world.requests[3].headers
    world.serve(OUTBOX, b"", status=304)
    for reading in (read_collection, read_outbox):
        with pytest.raises(NotModified):
            await reading(world.client, OUTBOX, known=read.validators)


async def test_res_07_a_slow_collection_is_left_unread_when_its_time_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty pages, each just within the time of one fetch, were three minutes."""
    monkeypatch.setattr("federation.collections.READ_SECONDS", 0.05)
    second = f"{OUTBOX}?page=1"

    class Slow:
        async def fetch_document(self, url: str, **options: Any) -> FetchedDocument:
            if url == second:
                await asyncio.sleep(3600)
            return await world.client.fetch_document(url, **options)

    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    world.serve(f"{OUTBOX}?page=0", page(f"{OUTBOX}?page=0", OUTBOX, ["a"], next=second))
    async with asyncio.timeout(5):
        read = await read_collection(Slow(), OUTBOX)
        assert (read.items, read.whole) == (["a"], False)
        with pytest.raises(Unreachable, match="timeout"):
            await read_collection(Slow(), second)


async def test_res_07_a_heavy_collection_is_left_unread_beyond_some_megabytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.collections.MAX_BYTES", 50_000)
    world.serve(OUTBOX, outbox(first=f"{OUTBOX}?page=0"))
    for number in range(9):
        url = f"{OUTBOX}?page={number}"
        items = [{"type": "Note", "content": "x" * 20_000}]
        world.serve(url, page(url, OUTBOX, items, next=f"{OUTBOX}?page={number + 1}"))
    read = await read_collection(world.client, OUTBOX)
    assert (len(read.items), read.whole, len(world.requests)) == (3, False, 4)

"""The first page, the lists and the feeds of an instance without a hub."""

import gzip
import random
from xml.etree import ElementTree

import pytest

from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

ATOM = "{http://www.w3.org/2005/Atom}"
PAGE_BYTES = 14_336
SYLLABLES = [
    f"{first}{second}" for first in "бвгджзклмнпрст" for second in ("а", "о", "и", "е", "ів", "ям", "ськ")
]
_made = random.Random(0)
WORDS = ["".join(_made.choices(SYLLABLES, k=_made.choice((1, 2, 2, 3, 4)))) for _ in range(2_000)]


def prose(characters: int, seed: int) -> str:
    """Words in no order out of two thousand: they compress no better than what people write."""
    text = " ".join(random.Random(seed).choices(WORDS, k=characters))
    return text[:characters].strip()


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await fediverse.add("letters.example", roles=["initiative"], name="Letters and gardens")


async def test_an_empty_instance_says_what_it_is_for_and_what_to_do_next(node: Node) -> None:
    page = await node.get("/")
    assert page.status_code == 200
    assert "antipole initiative add" in page.text
    assert (await node.get("/calls.json")).json() == {"items": [], "total": 0, "next": None}
    assert (await node.get("/directory.json")).json() == {"items": [], "total": 0, "next": None}


async def test_lists_are_paged_and_complete(node: Node) -> None:
    await node.command("initiative.add", handle="letters", name="Letters")
    for number in range(53):
        await node.command("call.publish", handle="letters", title=f"Call {number}", text="x")
    seen: list[str] = []
    address: str | None = "/calls.json"
    while address:
        answer = (await node.get(address)).json()
        assert answer["total"] == 53
        seen += [item["title"] for item in answer["items"]]
        address = answer["next"]
    assert sorted(seen) == sorted(f"Call {number}" for number in range(53))
    for path, pages in (("/", 6), ("/@letters", 5)):
        texts = [(await node.get(f"{path}?page={number}")).text for number in range(1, pages + 1)]
        found = [number for text in texts for number in range(53) if f">Call {number}<" in text]
        assert sorted(found) == list(range(53))
        assert "page=2" in texts[0]
        assert f"page={pages + 1}" not in texts[-1]


async def test_an_item_says_what_a_script_needs(node: Node) -> None:
    await node.command(
        "initiative.add", handle="letters", name="Letters", summary="**Hello**", themes=["justice"]
    )
    uri = (await node.command("call.publish", handle="letters", title="T", text="*x*", themes=["evidence"]))[
        "uri"
    ]
    (item,) = (await node.get("/calls.json?theme=evidence")).json()["items"]
    assert (item["uri"], item["actor"]) == (uri, "https://letters.example/actors/letters")
    assert (item["title"], item["text"], item["language"], item["state"]) == ("T", "*x*", "en", "open")
    (listing,) = (await node.get("/directory.json?theme=justice")).json()["items"]
    assert (listing["actor"], listing["handle"]) == (item["actor"], "@letters@letters.example")
    assert (listing["name"], listing["summary"]) == ("Letters", "Hello")
    assert (await node.get("/calls.json?theme=justice")).json()["items"] == []
    assert (await node.get("/calls.json?theme=war")).status_code == 400


async def test_feeds_bring_new_calls_edits_and_ends(fediverse: Fediverse, node: Node) -> None:
    for handle in ("letters", "garden"):
        await node.command("initiative.add", handle=handle, name=handle.title(), languages=["uk"])
        uri = (await node.command("call.publish", handle=handle, title=f"From {handle} \x0b<b>", text="*x*"))[
            "uri"
        ]
        fediverse.clock.advance(minutes=1)
    await node.command("call.close", uri=uri)
    both = await node.get("/feed.atom")
    assert both.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(both.content)
    assert [title.text for title in feed.iterfind(f"{ATOM}entry/{ATOM}title")] == [
        "From garden <b>",
        "From letters <b>",
    ]
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == uri
    assert entry.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated") == "2026-11-23T08:02:00.000Z"
    assert (entry.findtext(f"{ATOM}content") or "").startswith("<p>Досить, дякуємо.</p>")
    one = ElementTree.fromstring((await node.get("/@letters/feed.atom")).content)
    assert len(one.findall(f"{ATOM}entry")) == 1
    assert (await node.get("/@nobody/feed.atom")).status_code == 404


async def test_every_page_is_light(node: Node) -> None:
    """HTML and CSS, headers included, as they travel: 14 336 bytes."""
    await node.command(
        "initiative.add",
        handle="letters",
        name=prose(100, 1),
        summary=prose(5_000, 2),
        languages=["uk", "ru", "de", "en"],
        themes=["prisoners", "justice", "evidence"],
        links=[[f"Сайт {number}", f"https://letters.example/{number}/сторінка"] for number in range(8)],
    )
    details = {
        "kind": "write",
        "size": "hour",
        "start": "2026-12-01T10:00+02:00",
        "deadline": "2026-12-20",
        "place": "Lviv",
    }
    for number in range(25):
        call = {"title": prose(200, number), "text": prose(10_000, number), **details}
        uri = (
            await node.command("call.publish", handle="letters", **call, link="https://a.example/" + "x" * 80)
        )["uri"]
    css = (await node.get("/")).text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    sheet = await node.get(css)
    for path in ("/", "/@letters", uri, "/@letters?page=2"):
        total = 0
        for response in (await node.get(f"{path}?lang=uk" if "?" not in path else f"{path}&lang=uk"), sheet):
            head = sum(len(name) + len(value) + 4 for name, value in response.headers.items()) + 19
            total += head + len(gzip.compress(response.content, 6))
        assert total <= PAGE_BYTES, (path, total)


async def test_on_an_instance_with_a_hub_the_directory_is_the_first_page(fediverse: Fediverse) -> None:
    both = await fediverse.add("both.example", roles=["initiative", "hub"])
    await both.command("initiative.add", handle="letters", name="Letters")
    uri = (await both.command("call.publish", handle="letters", title="Only mine", text="x"))["uri"]
    assert (await both.get("/calls.json")).json()["items"] == []
    assert (await both.get(uri)).status_code == 200
    assert "Only mine" in (await both.get("/@letters")).text
    assert "Only mine" in (await both.get("/@letters/feed.atom")).text
    assert (await both.get("/?theme=prisoners")).status_code == 200

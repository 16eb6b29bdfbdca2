"""directory.json, calls.json, map.geojson and the Atom feed: doors that others script against."""

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest

from server.hub.calls import cards
from tests.server.hub.small_hub import NOON, Initiative, SmallHub

pytestmark = pytest.mark.anyio

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
async def garten(hub: SmallHub) -> Initiative:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    return initiative


async def test_directory_json(hub: SmallHub, garten: Initiative) -> None:
    answer = await hub.get("/directory.json")
    body = answer.json()
    assert [name for name, value in body.items() if isinstance(value, list)] == ["items"]
    assert (body["total"], body["next"], body["attribution"]) == (1, None, "GeoNames, CC BY 4.0")
    (item,) = body["items"]
    expected = {
        "actor": garten.id,
        "handle": garten.at,
        "name": "Garten am Kanal",
        "summary": "Wir pflanzen Bäume.",
        "languages": ["de"],
        "themes": ["education"],
        "place": "Leipzig, DE",
    }
    assert {name: item[name] for name in expected} == expected
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_calls_json_has_open_and_closed_calls_and_no_withdrawn_ones(
    hub: SmallHub, garten: Initiative
) -> None:
    calls = [garten.call(1), garten.call(2, state="closed"), garten.call(3)]
    for call in calls:
        await hub.receive(garten.activity("Create", garten.serve_call(call)))
    await hub.receive(garten.activity("Delete", calls[2].uri))
    body = (await hub.get("/calls.json")).json()
    assert {name for name, value in body.items() if isinstance(value, list)} == {"items"}
    assert {item["uri"]: item["state"] for item in body["items"]} == {
        calls[0].uri: "open",
        calls[1].uri: "closed",
    }
    for item in body["items"]:
        assert {"uri", "title", "text", "language", "state", "updated", "actor"} <= item.keys()
        assert item["actor"] == garten.id


async def test_pages_of_calls_json_miss_nothing(hub: SmallHub, garten: Initiative) -> None:
    for number in range(120):
        moment = NOON - timedelta(minutes=number // 7)
        await hub.receive(garten.activity("Create", garten.note(garten.call(number, updated=moment))))
    url, seen, pages = "/calls.json?theme=education", [], 0
    while url:
        body = (await hub.get(url)).json()
        assert body["total"] == 120
        seen += [item["uri"] for item in body["items"]]
        url, pages = body["next"], pages + 1
    assert (len(seen), len(set(seen)), pages) == (120, 120, 3)


@pytest.mark.parametrize(
    "query", ["theme=peace", "kind=run", "size=year", "language=xx-yy-zz", "after=1-../../etc"]
)
async def test_what_cannot_be_understood_is_said(hub: SmallHub, query: str) -> None:
    answer = await hub.get(f"/calls.json?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith((".", "?"))


async def test_calls_json_by_filters(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.note(garten.call(1))))
    other = garten.call(2, kind="write", size="day", language="uk", themes=("justice", "evidence"))
    await hub.receive(garten.activity("Create", garten.note(other)))
    for query in ("kind=write", "size=day", "language=uk", "theme=evidence", "kind=write&size=day"):
        body = (await hub.get(f"/calls.json?{query}")).json()
        assert ([item["uri"] for item in body["items"]], body["total"]) == ([other.uri], 1), query


async def test_map_geojson(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.note(garten.call(1))))
    await hub.receive(garten.activity("Create", garten.note(garten.call(2, place="Tbilisi, GE"))))
    answer = await hub.get("/map.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    body = answer.json()
    assert body["attribution"] == "GeoNames, CC BY 4.0"
    found = {feature["properties"]["place"]: feature for feature in body["features"]}
    assert set(found) == {"Leipzig, DE", "Tbilisi, GE"}
    leipzig = found["Leipzig, DE"]
    assert leipzig["geometry"] == {"type": "Point", "coordinates": [12.37, 51.34]}
    assert leipzig["properties"]["initiatives"] == [
        {"actor": garten.id, "name": "Garten am Kanal", "handle": garten.at}
    ]
    assert leipzig["properties"]["calls"] == [
        {"uri": garten.call(1).uri, "title": "Plant tree 1", "state": "open"}
    ]


async def test_the_feed_holds_calls_whole_and_under_their_own_ids(hub: SmallHub, garten: Initiative) -> None:
    title, text = "Ä < B & \ufffe„C“", "One *two* <b>three</b> & ]]>"
    link = "https://garten.example/how?to=plant&now=1"
    first = garten.call(1, title=title, text=text, link=link, deadline="2026-12-24")
    await hub.receive(garten.activity("Create", garten.note(first)))
    answer = await hub.get("/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == garten.call(1).uri
    assert entry.findtext(f"{ATOM}title") == "Ä < B & „C“"
    assert entry.get(XML_LANG) == "en"
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert "<em>two</em> &lt;b&gt;three&lt;/b&gt;" in (content.text or "")
    assert "24 December" in (content.text or "")
    assert 'href="https://garten.example/how?to=plant&amp;now=1"' in (content.text or "")
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None


async def test_who_reads_the_feed_learns_of_an_end(hub: SmallHub, garten: Initiative) -> None:
    """The advice to read the feed instead of following must not cost anybody the news that it is enough."""
    await hub.receive(garten.activity("Create", garten.note(garten.call(1))))
    closed = garten.call(1, state="closed", updated=NOON)
    await hub.receive(garten.activity("Update", garten.note(closed)))
    feed = ET.fromstring((await hub.get("/feed.atom")).content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert (entry.findtext(f"{ATOM}content") or "").startswith("<p>Enough, thank you.</p>")


async def test_feeds_by_theme_and_language(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.note(garten.call(1))))
    for query, found in (
        ("theme=education", 1),
        ("theme=justice", 0),
        ("language=en", 1),
        ("language=de", 0),
    ):
        feed = ET.fromstring((await hub.get(f"/feed.atom?{query}")).content)
        assert len(feed.findall(f"{ATOM}entry")) == found
        assert feed.findtext(f"{ATOM}id") == f"https://hub.example/feed.atom?{query}"


async def test_asking_again_costs_a_304(hub: SmallHub, garten: Initiative) -> None:
    for path in ("/", "/directory.json", "/calls.json", "/map.geojson", "/feed.atom"):
        tag = (await hub.get(path)).headers["etag"]
        assert (await hub.get(path, **{"if-none-match": tag})).status_code == 304


async def test_a_call_that_is_slow_to_read_is_read_once(
    hub: SmallHub, garten: Initiative, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RES-15: a quarter of a second for hostile HTML, fifty calls a feed, and anybody may ask for it."""
    for number in range(3):
        await hub.receive(garten.activity("Create", garten.note(garten.call(number))))
    for page in ("/feed.atom", "/calls.json", "/"):
        await hub.get(page)
    read: list[object] = []
    monkeypatch.setattr(cards, "read_call", read.append)
    for page in ("/feed.atom", "/calls.json", "/"):
        assert (await hub.get(page)).status_code == 200
    assert read == []

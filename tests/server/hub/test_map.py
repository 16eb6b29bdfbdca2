"""The map: the same as the list beside it under every filter, for those with script and those without."""

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from server.hub.map import model
from server.hub.map import store as map_store
from server.hub.map.model import MOST_DOTS, Tally, draw, tallies
from server.storage.database import Transaction
from server.storage.queries import Query
from server.taxonomy.kinds import KINDS
from server.taxonomy.outline import project
from server.taxonomy.places import by_label
from server.taxonomy.sizes import SIZES
from server.taxonomy.themes import THEMES
from tests.postgres_server import sqlites_plans
from tests.server.hub.crowd import fill, labels
from tests.server.hub.small_hub import NOON, Initiative, SmallHub, small_hub

pytestmark = pytest.mark.anyio

PLACES = ["Leipzig, DE", "Lviv, UA", "Tbilisi, GE"]


@pytest.fixture
async def crowded(tmp_path: Path) -> AsyncIterator[SmallHub]:
    async with small_hub(tmp_path) as hub:
        put = partial(fill, now=NOON, initiatives=40, asked=60, where=PLACES)
        await hub.services.database.write(put)
        yield hub


async def points(hub: SmallHub, **query: str) -> list[list[Any]]:
    answer = await hub.get(f"/points.json?{urlencode(query)}")
    assert answer.status_code == 200
    places: list[list[Any]] = answer.json()["places"]
    return places


def total_on(page: str) -> int:
    found = re.search(r"<small>(\d+) open calls?</small>", page)
    return int(found[1]) if found else 0


FILTERS: list[dict[str, str]] = [
    {},
    *({"theme": theme} for theme in THEMES),
    *({"kind": kind} for kind in KINDS),
    *({"size": size} for size in SIZES),
    *({"language": language} for language in ("uk", "ru", "de", "en", "ka")),
    {"theme": next(iter(THEMES)), "size": next(iter(SIZES)), "language": "uk"},
]


async def test_list_and_map_agree_under_every_filter(crowded: SmallHub) -> None:
    for words in FILTERS:
        page = (await crowded.get(f"/?{urlencode(words)}")).text
        places = await points(crowded, **words)
        listed = (await crowded.get(f"/calls.json?{urlencode(words)}")).json()["total"]
        assert sum(calls for _, _, _, _, calls, *_ in places) == total_on(page) == listed, words
        for label, _, _, initiatives, calls, *_ in places:
            name = label.partition(",")[0]
            title = html.unescape(next(iter(re.findall(rf"<title>{name}: ([^<]*)</title>", page))))
            assert [int(number) for number in re.findall(r"\d+", title)] == [initiatives, calls]
            there = (await crowded.get(f"/?{urlencode({**words, 'place': label})}")).text
            assert total_on(there) == calls, (words, label)


async def test_a_place_shows_the_same_with_script_and_without(crowded: SmallHub) -> None:
    chosen: list[dict[str, str]] = [{}, {"size": "hour"}, {"theme": next(iter(THEMES)), "language": "de"}]
    for words in chosen:
        query = urlencode({**words, "place": "Lviv, UA"})
        here = (await crowded.get(f"/points.json?{query}")).json()
        page = html.unescape((await crowded.get(f"/?{query}")).text)
        shown = page[page.index('id="calls"') :]
        for title, path, _language, facts in here["calls"]:
            assert f'href="{path}"><bdi>{title}</bdi>' in shown
            assert facts in shown
        assert len(here["calls"]) == shown.count('<li class="call-card">')
        for name, path, _language in here["initiatives"]:
            assert f'href="{path}"><bdi>{name}</bdi>' in shown
        assert here["name"] == "Lviv"


async def test_with_kind_or_size_an_initiative_counts_only_for_such_a_call(hub: SmallHub) -> None:
    garden, bakery = Initiative(hub.world), Initiative(hub.world, "bakery.example", "bakery")
    for initiative in (garden, bakery):
        await hub.admit(initiative)
    call = garden.call(size="hour", kind="attend", place=None)
    await hub.receive(garden.activity("Create", garden.serve_call(call)))
    assert await points(hub) == [["Leipzig, DE", 51.34, 12.37, 2, 1]]
    assert await points(hub, size="hour", kind="attend") == [["Leipzig, DE", 51.34, 12.37, 1, 1]]
    assert await points(hub, size="day") == []
    here = (await hub.get("/points.json?place=Leipzig%2C+DE&size=hour")).json()
    assert [path for _, path, _ in here["initiatives"]] == [
        f"/initiatives/{(await hub.rows('hub_listings'))[0]['listing_id']}"
    ]


async def test_what_is_closed_or_nowhere_is_not_on_the_map(hub: SmallHub) -> None:
    garden = Initiative(hub.world)
    garden.serve(place=None)
    await hub.admit(garden)
    cases: list[dict[str, Any]] = [
        {"place": None},
        {"place": "undisclosed"},
        {"state": "closed"},
        {"place": "Lviv, UA"},
    ]
    for number, edits in enumerate(cases, 1):
        call = garden.call(number, **edits)
        await hub.receive(garden.activity("Create", garden.serve_call(call)))
    assert await points(hub) == [["Lviv, UA", 49.84, 24.02, 0, 1]]
    assert "3 open calls" in (await hub.get("/")).text


async def test_names_are_in_the_language_of_the_page(hub: SmallHub) -> None:
    await hub.admit(Initiative(hub.world))
    assert await points(hub, lang="uk") == [["Leipzig, DE", 51.34, 12.37, 1, 0, "Лейпциг"]]
    assert await points(hub, lang="de") == [["Leipzig, DE", 51.34, 12.37, 1, 0]]
    here = (await hub.get("/points.json?place=Leipzig%2C+DE&lang=uk")).json()
    assert here["name"] == "Лейпциг"
    assert "?" not in here["initiatives"][0][1]


async def test_whoever_holds_the_same_points_is_told_so(hub: SmallHub) -> None:
    first = await hub.get("/points.json")
    again = await hub.get("/points.json", **{"if-none-match": first.headers["etag"]})
    assert (first.headers["cache-control"], again.status_code) == ("public, no-cache", 304)
    await hub.admit(Initiative(hub.world))
    changed = await hub.get("/points.json", **{"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize("place", ["", "Nowhere, XX", "' OR 1=1--", "\x00", "Leipzig, DE\n", "x" * 5000])
async def test_a_place_nobody_knows_is_as_if_it_were_not_asked_for(hub: SmallHub, place: str) -> None:
    answer = await hub.get(f"/points.json?{urlencode({'place': place, 'theme': '%', 'size': '_'})}")
    assert (answer.status_code, answer.json()) == (200, {"places": []})


async def test_the_picture_keeps_the_filter_and_marks_the_chosen_place(crowded: SmallHub) -> None:
    page = html.unescape((await crowded.get("/?size=hour&place=Lviv%2C+UA&lang=de")).text)
    links = re.findall(r'<a href="(/\?[^"]*)"( aria-current="true")?><title>([^:]*):', page)
    assert {href for href, _, _ in links} == {
        f"/?{urlencode({'lang': 'de', 'place': place, 'size': 'hour'})}#calls" for place in PLACES
    }
    assert [name for _, current, name in links if current] == ["Lwiw"]
    assert 'href="/?lang=de&size=hour#calls">' in page
    config = json.loads(re.findall(r"data-map='([^']*)'", page)[0])
    assert config["points"] == "/points.json?lang=de&size=hour"
    assert config["chosen"] == "Lviv, UA"


@sqlites_plans
async def test_counting_reads_no_document(crowded: SmallHub) -> None:
    """Documents of many kilobytes lie in the rows; a first page that read them all would take seconds."""
    words = {"theme": "x", "kind": None, "size": "x", "language": None}

    def plan(query: Query, tx: Transaction) -> list[str]:
        rows = tx.all(replace(query, sql=f"EXPLAIN QUERY PLAN {query.sql}"), **words)
        steps = [row["detail"] for row in rows if row["detail"].startswith(("SCAN", "SEARCH"))]
        # `c` is what the query itself has made: it lies in memory.
        return [step for step in steps if step != "SCAN c"]

    for query in (map_store.QUERIES.calls_by_place, map_store.QUERIES.initiatives_by_place):
        reads = await crowded.services.database.read(partial(plan, query))
        assert len(reads) == 2
        assert all("COVERING INDEX" in read for read in reads), reads


def many(number: int) -> list[Tally]:
    found = {label: 1 + index for index, label in enumerate(reversed(labels(number)))}
    return tallies(found, {})


def test_dots_are_few_enough_to_weigh_little_and_far_enough_apart_to_be_hit() -> None:
    drawing = draw(many(600), "en")
    assert 20 < len(drawing.dots) <= MOST_DOTS
    for one in drawing.dots:
        for other in drawing.dots:
            apart = (one.x - other.x) ** 2 + (one.y - other.y) ** 2
            assert one is other or apart >= (model.OVERLAP * (one.radius + other.radius)) ** 2


def test_names_do_not_run_into_each_other_or_out_of_the_picture() -> None:
    drawing = draw(many(600), "uk")
    boxes = [model._name_of(dot, 1) for dot in drawing.dots if dot.named]
    assert len(boxes) > 3
    assert all(box[2] < drawing.frame.width for box in boxes)
    assert not [(a, b) for a in boxes for b in boxes if a is not b and model._meet(a, b)]


def test_a_dot_lies_where_its_place_is() -> None:
    place = by_label("Kyiv, UA")
    assert place is not None
    (dot,) = draw([Tally(place, 1, 2)], "uk").dots
    frame = draw([Tally(place, 1, 2)], "uk").frame
    assert (dot.x, dot.y) == project(place.latitude, place.longitude, frame)
    assert (dot.name, dot.label, dot.initiatives, dot.calls) == ("Київ", "Kyiv, UA", 1, 2)

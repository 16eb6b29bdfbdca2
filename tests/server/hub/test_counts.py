"""What is counted once and remembered, and who stands in line: as if all rows were gone through, whatever was done."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from federation.errors import Forbidden
from federation.inbox import VerifiedActivity
from server.documents.call import Call
from server.hub.announcements import store as announcements
from server.hub.map import store as map_store
from server.storage.database import Transaction
from server.storage.queries import Query
from server.taxonomy.kinds import KINDS as ALL_KINDS
from server.taxonomy.sizes import SIZES as ALL_SIZES
from server.taxonomy.themes import THEMES as ALL_THEMES
from tests.postgres_server import sqlites_plans
from tests.server.hub.small_hub import Initiative, SmallHub, small_hub

pytestmark = pytest.mark.anyio

PLACES = ["Leipzig, DE", "Lviv, UA", "Tbilisi, GE", None]
THEMES, KINDS, SIZES = sorted(ALL_THEMES)[:2], sorted(ALL_KINDS)[:2], sorted(ALL_SIZES)[:2]
FILTERS: list[dict[str, str]] = [
    {},
    {"theme": THEMES[0]},
    {"theme": THEMES[1], "size": SIZES[0]},
    {"kind": KINDS[0]},
    {"language": "en"},
]
ACTS = 60


@dataclass
class One:
    """An initiative, what it asks, and the Follow by which it is listed."""

    initiative: Initiative
    follow: VerifiedActivity | None = None
    calls: dict[int, Call] = field(default_factory=dict)


@dataclass
class Chance:
    """Does at random what initiatives, editors and time do to a hub."""

    hub: SmallHub
    random: Random
    all: list[One]
    made: int = 0
    done: Counter[str] = field(default_factory=Counter)

    async def act(self) -> None:
        acts = [self.publish] * 5 + [self.edit, self.close, self.delete, self.move, self.announce, self.wait]
        act = self.random.choice([*acts, self.withdraw, self.remove, self.block, self.hold_back])
        one = self.random.choice(self.all)
        if one.follow is None:
            act = self.admit
        elif not one.calls and act in (self.edit, self.close, self.delete):
            act = self.publish
        await act(one)
        self.done[act.__name__] += 1

    async def admit(self, one: One) -> None:
        one.follow = await self.hub.admit(one.initiative)

    async def publish(self, one: One) -> None:
        self.made += 1
        call = one.initiative.call(self.made, published=self.now, updated=self.now, **self.words())
        await self.say("Create", one, call)

    async def edit(self, one: One) -> None:
        before = self.random.choice(list(one.calls.values()))
        await self.say("Update", one, replace(before, updated=self.now, **self.words()))

    async def close(self, one: One) -> None:
        before = self.random.choice(list(one.calls.values()))
        await self.say("Update", one, replace(before, updated=self.now, state="closed"))

    async def delete(self, one: One) -> None:
        number = self.random.choice(list(one.calls))
        await self.hub.receive(one.initiative.activity("Delete", one.calls.pop(number).uri))

    async def move(self, one: One) -> None:
        """Calls that name no place are where their initiative is."""
        one.initiative.serve(place=self.random.choice(PLACES), updated=self.now)
        await self.hub.receive(one.initiative.activity("Update", one.initiative.document()))

    async def announce(self, one: One) -> None:
        await self.hub.work()

    async def wait(self, one: One) -> None:
        self.hub.clock.advance(hours=self.random.choice([1, 7, 30]))
        await self.hub.work()

    async def withdraw(self, one: One) -> None:
        assert one.follow is not None
        await self.hub.receive(one.initiative.activity("Undo", one.follow.id))
        one.follow = None
        one.calls.clear()

    async def remove(self, one: One) -> None:
        await self.hub.command("hub.remove", target=one.initiative.at, reason="Gone astray")
        one.follow = None
        one.calls.clear()

    async def block(self, one: One) -> None:
        await self.hub.command("block.add", target=one.initiative.host)
        with pytest.raises(Forbidden):
            await self.hub.receive(one.initiative.activity("Follow", self.hub.id))
        await self.hub.command("block.remove", target=one.initiative.host)
        one.follow = None
        one.calls.clear()

    async def hold_back(self, one: One) -> None:
        """Or lets go what is held back."""
        if one.calls:
            uri, now = self.random.choice(list(one.calls.values())).uri, self.hub.clock.now()

            def turn(tx: Transaction) -> None:
                if not announcements.let_go(tx, uri, now):
                    announcements.hold_back(tx, uri, one.initiative.id, now)

            await self.hub.services.database.write(turn)

    async def say(self, kind: str, one: One, call: Call) -> None:
        one.calls[int(call.uri.rpartition("/")[2])] = call
        note = one.initiative.serve_call(call)
        if self.random.random() < 0.2:
            # Its announcement has to wait.
            del self.hub.world.pages[call.uri]
        await self.hub.receive(one.initiative.activity(kind, note))

    def words(self) -> dict[str, Any]:
        return {
            "place": self.random.choice(PLACES),
            "themes": (self.random.choice(THEMES),),
            "size": self.random.choice(SIZES),
            "kind": self.random.choice(KINDS),
            "language": self.random.choice(["en", "de"]),
        }

    @property
    def now(self) -> Any:
        """Every version is newer than the one before it."""
        self.hub.clock.advance(seconds=1)
        return self.hub.clock.now() - timedelta(milliseconds=1)


@pytest.mark.parametrize("seed", range(4))
async def test_every_number_is_that_of_the_rows_after_whatever_was_done(tmp_path: Path, seed: int) -> None:
    async with small_hub(tmp_path) as hub:
        hosts = [f"i{number}.example" for number in range(3)]
        chance = Chance(hub, Random(seed), [One(Initiative(hub.world, host)) for host in hosts])
        for _ in range(ACTS):
            await chance.act()
            await agrees(hub, chance.random.choice(FILTERS[1:]))
            await stands_in_line(hub)
        assert len(chance.done) >= 8, chance.done


async def agrees(hub: SmallHub, wanted: dict[str, str]) -> None:
    calls, listings = await hub.rows("hub_calls"), await hub.rows("hub_listings")
    places = {row["actor_id"]: row["place"] for row in listings if row["state"] == "listed"}
    for words in ({}, wanted):
        fitting = [row for row in calls if row["actor_id"] in places and _fits(row, words)]
        opened = [row for row in fitting if row["state"] == "open"]
        there = Counter(row["place"] or places[row["actor_id"]] for row in opened)
        there.pop(None, None)
        # The second time it is remembered.
        for _ in range(2):
            points = (await hub.get(f"/points.json?{urlencode(words)}")).json()["places"]
            assert {point[0]: point[4] for point in points if point[4]} == there
            page = (await hub.get(f"/?{urlencode(words)}")).text
            said = re.search(r"<small>(\d+) open calls?</small>", page)
            assert (int(said[1]) if said else 0) == len(opened)
            assert (await hub.get(f"/calls.json?{urlencode(words)}")).json()["total"] == len(fitting)
        if not words:
            assert (await hub.get("/directory.json")).json()["total"] == len(places)
            said = re.search(r"\b(\d+) initiatives?\b", (await hub.get("/initiatives")).text)
            assert (int(said[1]) if said else 0) == len(places)
        if there and not words:
            place = min(there)
            assert f"<small>{there[place]} open call" in (await hub.get(f"/?place={quote(place)}")).text


def _fits(row: dict[str, Any], words: dict[str, str]) -> bool:
    return all(
        word in row["themes"].split() if name == "theme" else row[name] == word
        for name, word in words.items()
    )


async def stands_in_line(hub: SmallHub) -> None:
    now = hub.clock.now()
    calls, told = (
        await hub.rows("hub_calls"),
        {row["call_uri"]: row for row in await hub.rows("hub_announcements")},
    )
    listed = {
        row["actor_id"]
        for row in await hub.rows("hub_listings")
        if row["state"] == "listed" and not row["disputed"]
    }
    line = [
        row["uri"]
        for row in sorted(calls, key=lambda row: (row["taken_at"], row["uri"]))
        if row["state"] == "open"
        and row["actor_id"] in listed
        and _waits(told.get(row["uri"]), now.timestamp())
    ]
    found, first, some = await hub.services.database.read(
        lambda tx: (
            announcements.count_waiting(tx, now),
            announcements.next_waiting(tx, now),
            announcements.count_waiting(tx, now, 2),
        )
    )
    assert found == len(line)
    assert some == min(2, len(line))
    assert (first.uri if first else None) == (line[0] if line else None)


def _waits(row: dict[str, Any] | None, now: float) -> bool:
    if row is None:
        return True
    return row["activity_id"] is None and not row["held_back"] and row["try_at"] <= now * 1000


@sqlites_plans
async def test_the_next_in_line_is_found_without_going_through_all(hub: SmallHub) -> None:
    def plan(query: Query, tx: Transaction) -> list[str]:
        explained = replace(query, sql=f"EXPLAIN QUERY PLAN {query.sql}")
        return [row["detail"] for row in tx.all(explained, now=0, most=9)]

    for query in (announcements.QUERIES.next_waiting, announcements.QUERIES.count_waiting):
        steps = await hub.services.database.read(partial(plan, query))
        assert any("COVERING INDEX hub_calls_to_announce" in step for step in steps), steps
        assert not any("TEMP B-TREE" in step for step in steps), steps


async def test_what_is_not_changed_is_not_counted_again(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden = Initiative(hub.world)
    await hub.admit(garden)
    await hub.get("/")

    def counted(tx: Transaction, wanted: object) -> None:
        raise AssertionError("counted again")

    monkeypatch.setattr(map_store, "counts", counted)
    assert (await hub.get("/?after=1-aaaaaaaaaaaaaaaa")).status_code == 200
    await hub.receive(garden.activity("Create", garden.serve_call(garden.call())))
    with pytest.raises(AssertionError, match="counted again"):
        await hub.get("/")

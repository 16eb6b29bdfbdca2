"""Calls reach a hub within seconds, and whoever is killed in between, nothing is lost and nothing comes twice.

Every process here ends by SIGKILL. After a restart nobody helps: what must happen happens by itself.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.doors.killable import Killable, seconds_until, small_world

pytestmark = pytest.mark.slow

PROMPT = 10.0
"""Seconds from the command to the hub's list and map."""

FIRST_RETRY = 45.0
"""Seconds until what met a dead server is there: the first pause is 30 s with a fifth more at most."""


@dataclass(frozen=True, slots=True)
class World:
    hub: Killable
    others: dict[str, Killable]

    @property
    def all(self) -> list[Killable]:
        return [self.hub, *self.others.values()]

    def show(self) -> str:
        return "\n".join(f"{one.origin} {one.stats()}\n{one.log.read_text()[-1000:]}" for one in self.all)

    def seconds_to_title(self, uri: str, title: str | None, within: float) -> float:
        """Until `calls.json` has the call under this title, or has it no more (None)."""
        return seconds_until(
            lambda: self.hub.calls().get(uri, {}).get("title") == title,
            within,
            lambda: f"{title}\n{self.show()}",
        )

    def at_rest(self, within: float = FIRST_RETRY) -> None:
        """Until nobody owes anybody anything."""
        seconds_until(
            lambda: all(one.ask("stats")["deliveries_pending"] == 0 for one in self.all), within, self.show
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    hub, others = small_world(tmp_path_factory.mktemp("restarts"), "ink", "oak")
    yield World(hub, others)
    for instance in (hub, *others.values()):
        instance.stop()


def test_a_call_is_on_the_list_and_the_map_within_seconds_and_so_are_its_edit_and_its_end(
    world: World,
) -> None:
    ink, hub = world.others["ink"], world.hub
    uri = ink.command(
        "call", "publish", "ink", title="Sign tonight", text="One minute.", place="Leipzig, DE"
    ).split()[-1]
    taken = world.seconds_to_title(uri, "Sign tonight", PROMPT)
    assert taken < 2, "publishing wakes the delivery at once"
    assert uri in hub.on_the_map()
    seconds_until(lambda: hub.announced()[uri] == 1, PROMPT, world.show)
    ink.command("call", "edit", uri, title="Sign today")
    world.seconds_to_title(uri, "Sign today", PROMPT)
    assert "Sign today" in hub.on_the_map()
    ink.command("call", "close", uri)
    seconds_until(lambda: hub.calls()[uri]["state"] == "closed", PROMPT, world.show)
    ink.command("call", "withdraw", uri)
    world.seconds_to_title(uri, None, PROMPT)
    assert uri not in hub.on_the_map()


def test_a_hub_that_was_down_has_what_it_missed_soon_after_its_start(world: World) -> None:
    ink, hub = world.others["ink"], world.hub
    kept, gone = ink.publish("ink", "Kept"), ink.publish("ink", "Gone")
    world.seconds_to_title(gone, "Gone", PROMPT)
    time.sleep(9)  # a hub asks for what it missed unless it asked within the last ten seconds
    hub.kill()
    new = ink.publish("ink", "New")
    ink.ask("call.edit", uri=kept, title="Changed")
    ink.ask("call.withdraw", uri=gone)
    hub.start()
    for uri, title in ((new, "New"), (kept, "Changed"), (gone, None)):
        world.seconds_to_title(uri, title, PROMPT)
    seconds_until(lambda: hub.announced()[new] == 1, PROMPT, world.show)
    world.at_rest()


def test_ac_7_2_killed_right_after_it_said_yes(world: World) -> None:
    """INT-01, INT-02: neither what a command nor what an inbox has answered is forgotten."""
    hub, ink, oak = world.hub, *world.others.values()
    said = ink.publish("ink", "Said")
    ink.kill()
    taken = oak.publish("oak", "Taken")
    seconds_until(lambda: oak.stats()["deliveries_pending"] == 0, PROMPT, world.show)
    hub.kill()
    both = oak.publish("oak", "Both")
    oak.kill()
    for instance in world.all:
        instance.start()
    for uri, title in ((said, "Said"), (taken, "Taken"), (both, "Both")):
        world.seconds_to_title(uri, title, FIRST_RETRY)
    world.at_rest()


@pytest.mark.parametrize("seed", [1])
def test_ac_7_2_kills_at_random_moments_lose_nothing_and_double_nothing(world: World, seed: int) -> None:
    """What the hub counts in the end is what was said: each activity, call and announcement once."""
    chance = random.Random(seed)
    expected: dict[str, str | None] = {}
    world.at_rest()
    until = time.monotonic() + 8
    while time.monotonic() < until:
        handle, one = chance.choice(sorted(world.others.items()))
        act = chance.choice(["publish", "publish", "edit", "withdraw"])
        mine = [uri for uri, title in expected.items() if title and uri.startswith(one.origin)]
        if act == "publish" or not mine:
            title = f"Call {len(expected)}"
            expected[one.publish(handle, title)] = title
        elif act == "edit":
            uri = chance.choice(mine)
            expected[uri] = f"{expected[uri]}, again"
            one.ask("call.edit", uri=uri, title=expected[uri])
        else:
            uri = chance.choice(mine)
            one.ask("call.withdraw", uri=uri)
            expected[uri] = None
        time.sleep(chance.choice([0, 0.003, 0.01, 0.03]))
        if chance.random() < 0.25:
            victims = chance.sample(world.all, chance.choice([1, 1, 2]))
            for victim in victims:
                victim.kill()
            for victim in victims:
                victim.start()
    assert len(expected) > 5
    for uri, wanted in expected.items():
        world.seconds_to_title(uri, wanted, 3 * FIRST_RETRY)
    world.at_rest(3 * FIRST_RETRY)
    there = {uri: call["title"] for uri, call in world.hub.calls().items() if uri in expected}
    assert there == {uri: title for uri, title in expected.items() if title}
    assert world.hub.stats()["calls"] == len(world.hub.calls())
    announced = world.hub.announced()
    assert [uri for uri, count in announced.items() if count > 1] == []
    owed = sum((one.owed() for one in world.others.values()), Counter())
    assert owed["failed"] == 0
    # A withdrawn call's Create may have been taken in by a hub that died before it could say so.
    received = world.hub.stats()["activities_received"]
    assert owed["done"] <= received <= owed["done"] + owed["dropped"]
    assert world.hub.stats()["activities_processed"] == received

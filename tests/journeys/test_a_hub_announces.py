"""A hub passes calls on: dated when they are sent, within its cap, to followers and to the author."""

from collections import Counter
from datetime import date

import pytest

from tests.fediverse import Fediverse, Node

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]


async def listed(fediverse: Fediverse, **settings: int) -> tuple[Node, Node]:
    hub = await fediverse.add("hub.example", roles=["hub"], **settings)
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command("initiative.add", handle="garden", name="Garden")
    await hub.command("hub.admit", target="@garden@garden.example")
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    return hub, garden


async def publish(garden: Node, title: str) -> str:
    uri: str = (await garden.command("call.publish", handle="garden", title=title, text="Now."))["uri"]
    return uri


async def test_ac_8_6_an_announce_after_a_day_in_the_queue_bears_the_time_of_sending(
    fediverse: Fediverse,
) -> None:
    hub, garden = await listed(fediverse)
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))
    await fediverse.settle()
    reader.status = None
    await publish(garden, "Plant a tree")
    await fediverse.settle()
    for _ in range(12):
        fediverse.clock.advance(hours=2)
        await fediverse.settle()
    assert "Announce" not in reader.types()
    reader.status = 202
    for _ in range(24):
        fediverse.clock.advance(hours=2)
        await fediverse.settle()
        if "Announce" in reader.types():
            break
    announced = reader.last("Announce")
    assert announced["published"] == fediverse.clock.now().isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )


async def test_no_more_than_the_cap_a_day(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse, announce_cap=4)
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))
    for number in range(9):
        await publish(garden, f"Call {number}")
    days: Counter[date] = Counter()
    for _ in range(2 * 24):
        before = reader.types().count("Announce")
        await fediverse.settle()
        days[fediverse.clock.now().date()] += reader.types().count("Announce") - before
        fediverse.clock.advance(hours=1)
    assert sorted(days.values()) == [1, 4, 4]


async def test_a_call_is_announced_only_while_its_author_can_serve_it(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse)
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))
    uri = await publish(garden, "Plant a tree")
    await deliver_only(garden)
    await garden.stop()
    await fediverse.settle()
    assert (await hub.get("/calls.json")).json()["total"] == 1
    assert "Announce" not in reader.types()
    await garden.start()
    fediverse.clock.advance(minutes=2)
    await fediverse.settle()
    assert reader.last("Announce")["object"] == uri


async def test_a_restart_announces_nothing_twice(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse)
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))
    await publish(garden, "Plant a tree")
    await fediverse.settle()
    await hub.stop()
    await hub.start()
    fediverse.clock.advance(hours=7)
    await fediverse.settle()
    assert reader.types().count("Announce") == 1


async def deliver_only(node: Node) -> None:
    from server.workers import deliveries

    while await deliveries.run_due(node.services):
        pass

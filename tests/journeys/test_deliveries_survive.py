"""Servers are killed, hosts vanish, answers are lost. Every call arrives all the same, and has its effect once."""

import pytest

from server.fediverse import deliveries
from server.storage.database import Transaction
from server.workers import deliveries as worker
from tests.fediverse import Fediverse, Node
from tests.neighbours import Neighbour

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]


async def followed_garden(fediverse: Fediverse) -> tuple[Node, Neighbour]:
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    peer = fediverse.neighbour("peer.example")
    await peer.follow(peer.account("eve"), await garden.document("/actors/garden"))
    await fediverse.settle()
    peer.arrived.clear()
    return garden, peer


async def test_ac_7_2_killed_between_publishing_and_sending(fediverse: Fediverse) -> None:
    """What was said to be published is on the disk, with everything that is owed for it."""
    garden, peer = await followed_garden(fediverse)
    call = await garden.command("call.publish", handle="garden", title="Dig", text="Dig with us.")
    await garden.stop()
    await fediverse.settle()
    assert peer.arrived == []
    await garden.start()
    await fediverse.settle()
    assert peer.last("Create")["object"]["id"] == call["uri"]


async def test_ac_7_2_killed_with_a_delivery_on_its_way(fediverse: Fediverse) -> None:
    """INT-02: whether it arrived is not known, so it goes again, as the same activity."""
    garden, peer = await followed_garden(fediverse)
    await garden.command("call.publish", handle="garden", title="Dig", text="Dig with us.")

    def lease(tx: Transaction) -> list[deliveries.Delivery]:
        return deliveries.claim(tx, "https://peer.example", fediverse.clock.now(), 2)

    assert len(await garden.services.database.write(lease)) == 1
    await garden.stop()
    await garden.start()
    assert await worker.run_due(garden.services) == 0  # leased still, as far as the rows say
    await garden.services.database.write(deliveries.release_leases)  # the first thing a worker does
    await fediverse.settle()
    assert peer.types() == ["Create"]


async def test_ac_7_2_a_lost_answer_costs_a_second_request_and_no_second_effect(fediverse: Fediverse) -> None:
    garden, _ = await followed_garden(fediverse)
    hub = await fediverse.add("hub.example", roles=["hub"])
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    await garden.command("call.publish", handle="garden", title="Dig", text="Dig with us.")
    await worker.run_due(garden.services)
    before = await hub.stats()

    # The hub has it, but its 202 never came back: for the garden the delivery is still to do.
    def unlearn(tx: Transaction) -> None:
        query = deliveries.store.QUERIES.release_leases
        sql = "UPDATE deliveries SET state = 'pending', ended_at = NULL WHERE object_id LIKE '%/calls/%'"
        tx.run(type(query)("unlearn", sql, "An answer is lost.", query.path))

    await garden.services.database.write(unlearn)
    assert await worker.run_due(garden.services) > 0
    assert await hub.stats() == before
    assert len((await hub.get("/calls.json")).json()["items"]) == 1


async def test_a_hub_that_is_down_when_the_call_is_published(fediverse: Fediverse) -> None:
    garden, _ = await followed_garden(fediverse)
    hub = await fediverse.add("hub.example", roles=["hub"])
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    await hub.stop()
    call = await garden.command("call.publish", handle="garden", title="Dig", text="Dig with us.")
    await fediverse.settle()
    await garden.command("call.edit", uri=call["uri"], title="Dig deeper")
    for _ in range(8):
        await fediverse.settle()
        fediverse.clock.advance(hours=3)
    await hub.start()
    for _ in range(4):
        fediverse.clock.advance(hours=12)
        await fediverse.settle()
    (item,) = (await hub.get("/calls.json")).json()["items"]
    assert (item["uri"], item["title"]) == (call["uri"], "Dig deeper")
    assert (await garden.stats())["deliveries_pending"] == 0


async def test_a_fan_out_is_whole_or_not_at_all(fediverse: Fediverse) -> None:
    """INT-09: killed in the middle of sending to many, it goes on with those that are left."""
    garden, peer = await followed_garden(fediverse)
    others = [fediverse.neighbour(f"peer{n}.example") for n in range(5)]
    for other in others:
        await other.follow(other.account("ann"), await garden.document("/actors/garden"))
    await fediverse.settle()
    for other in others[:3]:
        other.status = None
    await garden.command("call.publish", handle="garden", title="Dig", text="Dig with us.")
    await worker.run_due(garden.services)
    await garden.stop()
    await garden.start()
    for other in others:
        other.status = 202
    fediverse.clock.advance(minutes=5)
    await fediverse.settle()
    assert [neighbour.types().count("Create") for neighbour in (peer, *others)] == [1] * 6


async def test_a_clock_that_was_ahead_before_a_restart_does_not_turn_the_order_round(
    fediverse: Fediverse,
) -> None:
    """INT-11: what was said a day ahead and what is said after the correction reach everybody as they were said."""
    garden, peer = await followed_garden(fediverse)
    peer.status = None
    fediverse.clock.advance(days=1)
    call = await garden.command("call.publish", handle="garden", title="Dig", text="Dig with us.")
    await garden.stop()
    fediverse.clock.advance(days=-1)
    await garden.start()
    await garden.command("call.edit", uri=call["uri"], title="Dig deeper")
    peer.status = 202
    for _ in range(4):
        fediverse.clock.advance(hours=12)
        await fediverse.settle()
    assert peer.types() == ["Create", "Update"]

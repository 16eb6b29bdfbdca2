"""A hub and an initiative of ours, after one of them was restored from an old backup."""

from pathlib import Path

import pytest

from server.fediverse import outbox
from tests.fediverse import Fediverse, Node
from tests.server.endpoints.synchronization.scene import ACTOR, publish, restore, take_backup
from tests.server.speaking import PUBLIC, rows

pytestmark = pytest.mark.anyio

HUB = "https://hub.example/actors/hub"


@pytest.fixture
async def listed(fediverse: Fediverse, garden: Node, tmp_path: Path) -> Node:
    """A hub that lists the garden; `before.tar` is a backup of it from before the garden had applied."""
    hub = await fediverse.add("hub.example", roles=["hub"])
    await take_backup(hub, tmp_path / "before.tar")
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert (await states(garden)) == ["listed"]
    return hub


async def tell_followers(node: Node, actor_id: str) -> None:
    note = {"id": f"{actor_id}/notes/1", "type": "Note", "content": "Hello"}
    activity = {"type": "Create", "object": note, "to": [PUBLIC], "cc": [f"{actor_id}/followers"]}
    here = node.services.here
    await node.services.database.write(
        lambda tx: outbox.publish(tx, here, actor_id, activity, object_id=note["id"], to_followers=True)
    )


async def states(node: Node) -> list[str]:
    return [row["state"] for row in await rows(node, "hub_applications")]


async def test_ac_6_3_a_hub_restored_from_before_an_initiative_was_listed_leaves_it(
    fediverse: Fediverse, garden: Node, listed: Node, tmp_path: Path
) -> None:
    """The initiative learns from its own next post that it is not in the directory any more."""
    await restore(listed, tmp_path / "before.tar")
    fediverse.clock.advance(hours=1)
    await publish(garden)
    await fediverse.settle()
    assert [row["actor_id"] for row in await rows(garden, "followers")] == []
    assert await states(garden) == ["removed"]
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await listed.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert await states(garden) == ["listed"]


async def test_ac_6_3_an_initiative_restored_from_an_old_backup_loses_a_hub_that_left(
    fediverse: Fediverse, garden: Node, listed: Node, tmp_path: Path
) -> None:
    await take_backup(garden, tmp_path / "garden.tar")
    await listed.command("hub.remove", target="@garden@garden.example", reason="They asked for it.")
    await fediverse.settle()
    assert await states(garden) == ["removed"]
    await restore(garden, tmp_path / "garden.tar")
    assert await states(garden) == ["listed"]
    fediverse.clock.advance(hours=1)
    await publish(garden)
    await fediverse.settle()
    assert [row["actor_id"] for row in await rows(garden, "followers")] == []
    assert await states(garden) == ["removed"]


async def test_ac_6_3_an_initiative_that_a_restored_hub_forgot_applies_again(
    fediverse: Fediverse, garden: Node, listed: Node, tmp_path: Path
) -> None:
    """Bees, on the garden's server, applied after the backup; a post of the hub reaches that server all the same."""
    await take_backup(listed, tmp_path / "hub.tar")
    await garden.command("initiative.add", handle="bees", name="Bees")
    await garden.command("hub.apply", handle="bees", hub="@hub@hub.example")
    await fediverse.settle()
    bees = f"{garden.origin}/actors/bees"
    await restore(listed, tmp_path / "hub.tar")
    assert {row["actor_id"] for row in await rows(listed, "followers")} == {ACTOR}
    fediverse.clock.advance(hours=1)
    await tell_followers(listed, HUB)
    await fediverse.settle()
    assert {row["actor_id"] for row in await rows(listed, "followers")} == {ACTOR, bees}
    assert sorted(row["state"] for row in await rows(listed, "hub_listings")) == ["applied", "listed"]
    assert sorted(await states(garden)) == ["listed", "waiting"]

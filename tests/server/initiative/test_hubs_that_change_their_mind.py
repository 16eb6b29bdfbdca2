"""A hub that follows and leaves, over and over: nothing here grows by it (CVE-2026-69132)."""

import pytest

from server.fediverse import followers
from server.fediverse.followers.store import MOST_ENDED
from server.initiative.memberships import actions
from server.initiative.memberships.store import MOST_STEPS
from server.storage.database import Transaction
from tests.fediverse import Fediverse, Node
from tests.server.speaking import remote

pytestmark = pytest.mark.anyio

HUB = "@hub@hub.example"


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    return node


async def test_the_steps_of_one_wish_are_counted(fediverse: Fediverse, letters: Node) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    await letters.command("hub.apply", handle="letters", hub=HUB)
    await fediverse.settle()
    hub_id = hub.services.here.uris.actor("hub")
    actor_id = letters.services.here.uris.actor("letters")

    def change_its_mind(tx: Transaction) -> None:
        for number in range(MOST_STEPS):
            now, follow = fediverse.clock.now(), f"{hub_id}/follows/{number}"
            actions.admitted(tx, hub_id, actor_id, follow, now)
            actions.left_by(tx, hub_id, actor_id=None, follow_id=follow, reason=f"{number}", now=now)

    await letters.services.database.write(change_its_mind)
    assert (await letters.rows())["hub_application_steps"] == MOST_STEPS
    [line] = (await letters.command("hub.memberships"))["lines"]
    assert line.endswith(f"no longer listed  {MOST_STEPS - 1}")


async def test_of_follows_that_ended_the_last_are_remembered(letters: Node) -> None:
    here = letters.services.here
    actor_id, hub = here.uris.actor("letters"), remote("https://hub.example/actors/hub")

    def follow_and_leave(tx: Transaction) -> str:
        for _ in range(3 * MOST_ENDED):
            followers.follow(tx, here, actor_id, hub)
            followers.unfollow(tx, here, actor_id, hub.id)
        return followers.follow(tx, here, actor_id, hub)

    last = await letters.services.database.write(follow_and_leave)
    assert (await letters.rows())["following"] == MOST_ENDED
    alive = await letters.services.database.read(lambda tx: followers.following_of(tx, actor_id, hub.id))
    assert alive is not None
    assert (alive.follow_id, alive.state) == (last, "pending")

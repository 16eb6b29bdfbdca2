"""A garden on our server, eve and ann on Mastodon, and what happens to databases."""

import tarfile
from pathlib import Path

import pytest

from federation.actors import fetch_actor
from server.fediverse import followers
from server.fediverse.followers import store as follower_rows
from server.storage.database import Transaction
from tests.doubles.mastodon import Mastodon
from tests.fediverse import Node
from tests.server.speaking import rows

ACTOR = "https://garden.example/actors/garden"
LIST = f"{ACTOR}/followers_synchronization"


async def publish(node: Node, title: str = "Come", handle: str = "garden") -> str:
    done = await node.command("call.publish", handle=handle, title=title, text="Please.", language="en")
    uri: str = done["uri"]
    return uri


async def take_backup(node: Node, file: Path) -> None:
    if node.database:
        pytest.skip("a PostgreSQL database is backed up by its own means")
    await node.command("backup", file=str(file))


async def restore(node: Node, file: Path) -> None:
    """As the manual says: everything of the file, and nothing of what was there."""
    await node.stop()
    for path in node.directory.glob("antipole.*"):
        path.unlink()
    with tarfile.open(file) as tar:
        tar.extraction_filter = lambda member, _path: member
        tar.extractall(node.directory)
    await node.start()


async def following(node: Node, target: str) -> list[tuple[str, str]]:
    """(who of ours, in which state), in order."""
    found = [row for row in await rows(node, "following") if row["target"] == target]
    return sorted((row["local_actor"], row["state"]) for row in found)


async def let_ours_follow(node: Node, double: Mastodon, name: str, *handles: str) -> None:
    account = double.account(name)
    actor = await fetch_actor(node.services.here.client, account.id)

    def act(tx: Transaction) -> None:
        for handle in handles:
            followers.follow(tx, node.services.here, f"{node.origin}/actors/{handle}", actor)

    await node.services.database.write(act)
    await node.fediverse.settle()


async def lose_the_accept(node: Node, target: str) -> None:
    def act(tx: Transaction) -> None:
        asked = follower_rows.following_of(tx, ACTOR, target)
        assert asked is not None
        follower_rows.set_state(tx, asked.follow_id, "pending")

    await node.services.database.write(act)

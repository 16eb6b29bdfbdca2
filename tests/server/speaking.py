"""What tests of delivering need: followers in any number without their servers, and something to say to them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from federation.actors import RemoteActor
from server.fediverse import actors, followers, outbox
from server.fediverse.followers import store as follower_rows
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.fediverse import Fediverse, Node

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


def remote(actor_id: str, *, shared: bool = True, kind: str = "Person", name: str = "Eve") -> RemoteActor:
    """A remote actor as a fetch would give it."""
    origin = "/".join(actor_id.split("/")[:3])
    return RemoteActor(
        id=actor_id,
        type=kind,
        inbox=f"{actor_id}/inbox",
        shared_inbox=f"{origin}/inbox" if shared else None,
        outbox=None,
        followers=None,
        preferred_username=actor_id.rpartition("/")[2],
        name=name,
        webfinger=None,
        url=None,
        public_keys={f"{actor_id}#main-key": "PEM"},
        assertion_methods={},
        document=b'{"name": "' + name.encode() + b'"}',
        fetched_at=LONG_AGO,
        moved_to=None,
        discoverable=False,
        indexable=False,
    )


async def speaker(fediverse: Fediverse, host: str = "speaker.example") -> tuple[Node, str]:
    """An instance and an actor on it."""
    node = await fediverse.add(host, roles=["hub"])
    return node, node.services.here.uris.actor("hub")


async def let_follow(node: Node, local_actor: str, *ids: str, shared: bool = True) -> None:
    """Makes followers of `ids` without their servers having asked."""

    def act(tx: Transaction) -> None:
        for actor_id in ids:
            actors.remember(tx, remote(actor_id, shared=shared))
            follower_rows.insert_follower(tx, local_actor, actor_id, f"{actor_id}/follow")

    await node.services.database.write(act)


async def say(
    node: Node, actor_id: str, kind: str = "Create", object_id: str | None = None, **options: Any
) -> str:
    """Publishes to the followers; answers the activity's id."""
    about = object_id or f"{node.origin}/calls/1"
    return await node.services.database.write(
        lambda tx: outbox.publish(
            tx,
            node.services.here,
            actor_id,
            {"type": kind, "object": {"id": about, "type": "Note"}, "to": [PUBLIC]},
            object_id=about,
            to_followers=True,
            **options,
        )
    )


async def count_followers(node: Node, actor_id: str) -> int:
    return await node.services.database.read(lambda tx: followers.count(tx, actor_id))


async def rows(node: Node, table: str) -> list[dict[str, Any]]:
    """All of a table."""
    query = Query("test", f"SELECT * FROM {table}", "A question of a test.", Path("tests"))
    return [dict(row) for row in await node.services.database.read(lambda tx: tx.all(query))]


async def until(condition: Callable[[], Any], *, seconds: float = 5) -> None:
    """Waits for what happens in another task. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nobody sets an event for a test's condition
            await asyncio.sleep(0.001)

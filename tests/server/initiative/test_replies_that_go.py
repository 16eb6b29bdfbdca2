"""Replies that are deleted while something else happens, and what is left of their authors."""

from typing import Any

import pytest

from federation.actors import RemoteActor, fetch_actor
from server.initiative.replies import errands as reply_errands
from tests.fediverse import Fediverse
from tests.neighbours import Account, Neighbour
from tests.server.initiative.replying import Garden, a_garden
from tests.server.initiative.test_replies_passed_on import pass_on, serve

pytestmark = pytest.mark.anyio


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


@pytest.fixture
def relay(garden: Garden) -> tuple[Neighbour, Account]:
    server = garden.fediverse.neighbour("relay.example")
    return server, server.account("relay")


async def test_what_is_deleted_while_it_is_fetched_does_not_come_back(
    garden: Garden, relay: tuple[Neighbour, Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await garden.shown()
    garden.fediverse.clock.advance(minutes=5)
    serve(garden, garden.note(id=mine, content="<p>Two spades.</p>", updated="2026-11-23T08:02:00Z"))

    async def deleted_meanwhile(client: Any, actor_id: str) -> RemoteActor:
        assert await garden.send("Delete", {"id": mine, "type": "Tombstone"}) == 202
        return await fetch_actor(client, actor_id)

    monkeypatch.setattr(reply_errands, "fetch_actor", deleted_meanwhile)
    assert await pass_on(garden, relay, "Update", garden.note(id=mine)) == 202
    await garden.fediverse.settle()
    assert await garden.held(mine) is None

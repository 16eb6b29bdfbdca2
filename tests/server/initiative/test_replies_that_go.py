"""Replies that are deleted while something else happens, and what is left of their authors."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from federation.actors import RemoteActor, fetch_actor
from server.initiative.replies import actions, store
from server.initiative.replies import errands as reply_errands
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.fediverse import Fediverse
from tests.neighbours import Account, Neighbour
from tests.server.initiative.replying import Garden, a_garden
from tests.server.initiative.test_replies_passed_on import pass_on

pytestmark = pytest.mark.anyio


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


@pytest.fixture
def relay(garden: Garden) -> tuple[Neighbour, Account]:
    server = garden.fediverse.neighbour("relay.example")
    return server, server.account("relay")


@pytest.mark.parametrize("way", ["deleted", "forgotten"])
async def test_what_goes_while_it_is_fetched_does_not_come_back(
    garden: Garden, relay: tuple[Neighbour, Account], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Its author deletes it, or a month has passed in which nobody looked; of the latter no digest stays."""
    mine = await garden.shown()
    garden.fediverse.clock.advance(minutes=5)
    garden.serve(garden.note(id=mine, content="<p>Two spades.</p>", updated="2026-11-23T08:02:00Z"))

    async def meanwhile(client: Any, actor_id: str) -> RemoteActor:
        if way == "deleted":
            assert await garden.send("Delete", {"id": mine, "type": "Tombstone"}) == 202
        else:
            await garden.node.services.database.write(lambda tx: store.delete(tx, mine))
        return await fetch_actor(client, actor_id)

    monkeypatch.setattr(reply_errands, "fetch_actor", meanwhile)
    assert await pass_on(garden, relay, "Update", garden.note(id=mine)) == 202
    await garden.fediverse.settle()
    assert await garden.held(mine) is None


async def names_kept(garden: Garden) -> list[str]:
    """Of whom something is still to be asked, or could not be."""

    def read(tx: Transaction) -> list[str]:
        rows = tx.all(
            Query("test", "SELECT kind, subject FROM errands", "A question of a test.", Path("tests"))
        )
        return [row["subject"] for row in rows if "mastodon.example/users" in row["subject"]]

    return await garden.node.services.database.read(read)


@pytest.mark.parametrize("end", ["delete", "delete account", "hide", "withdraw", "block"])
@pytest.mark.parametrize("answer", [httpx2.Response(410), httpx2.Response(503)])
async def test_no_errand_names_an_author_whose_reply_is_gone(
    garden: Garden, end: str, answer: httpx2.Response
) -> None:
    """Somebody who follows is known by key alone, so what they are called is asked; and the question fails."""
    document = await garden.node.document("/actors/garden")
    await garden.mastodon.follow(garden.vera, document)
    garden.mastodon.answers["/users/vera"] = lambda: answer
    mine = await garden.reply()
    await garden.fediverse.settle()
    assert garden.vera.id in await names_kept(garden)
    found = await garden.held(mine)
    assert found is not None
    match end:
        case "delete":
            assert await garden.send("Delete", {"id": mine, "type": "Tombstone"}) == 202
        case "delete account":
            assert await garden.send("Delete", garden.vera.id) == 202
        case "hide":
            now = garden.fediverse.clock.now()
            await garden.node.services.database.write(lambda tx: actions.hide(tx, found, now))
        case "withdraw":
            await garden.node.command("call.withdraw", uri=garden.call)
        case "block":
            await garden.node.command("block.add", target="mastodon.example")
            garden.fediverse.clock.advance(minutes=6)  # what a block takes away is swept away piece by piece
            await garden.fediverse.settle()
    assert await names_kept(garden) == []


async def test_no_errand_names_somebody_who_is_forgotten(garden: Garden) -> None:
    document = await garden.node.document("/actors/garden")
    await garden.mastodon.follow(garden.vera, document)
    await garden.fediverse.settle()
    garden.mastodon.answers["/users/vera"] = lambda: httpx2.Response(200, json={"type": "Note"})
    assert await garden.send("Update", garden.vera.id) == 202
    await garden.fediverse.settle()
    assert await names_kept(garden) == [garden.vera.id]
    await garden.mastodon.unfollow(garden.vera, document)
    assert await names_kept(garden) == []


@pytest.mark.parametrize(
    "order", [("Delete", "Create"), ("Create", "Delete", "Update"), ("Delete", "Update")]
)
async def test_int_11_what_comes_after_its_own_deletion_stays_away(
    garden: Garden, order: tuple[str, ...]
) -> None:
    """A server that could not deliver an edit tries again later, and may have delivered the deletion meanwhile."""
    note = garden.note()
    before = await garden.node.stats()
    for kind in order:
        thing = {"id": note["id"], "type": "Tombstone"} if kind == "Delete" else note
        assert await garden.send(kind, thing) == 202
    assert await garden.held(note["id"]) is None
    after = await garden.node.stats()
    assert after["activities_received"] - before["activities_received"] == len(order)
    # Nobody else can keep a reply away by deleting it in advance.
    theirs = garden.note(garden.mastodon.account("anna"))
    assert await garden.send("Delete", theirs["id"]) == 202
    assert await garden.send("Create", theirs, garden.mastodon.account("anna")) == 202
    assert await garden.held(theirs["id"]) is not None
    garden.fediverse.clock.advance(days=31)
    await garden.fediverse.forget()
    assert (await garden.node.rows())["received_activities"] == 0
    assert (await garden.node.stats())["activities_received"] == after["activities_received"] + 2

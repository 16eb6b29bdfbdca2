"""Block, and servers that want more of us than anybody needs: followers by the ten thousand."""

import itertools
import time

import pytest

from federation.actors import fetch_actor
from server.fediverse import actors, followers
from server.fediverse.followers import actions
from server.storage.database import Transaction
from tests.fediverse import Fediverse
from tests.neighbours import Account, Neighbour
from tests.server.speaking import count_followers, let_follow, say, speaker

pytestmark = pytest.mark.anyio

_NUMBER = itertools.count()


async def block(peer: Neighbour, eve: Account, target: str, inbox: str) -> str:
    """Answers the id of the Block."""
    activity = {
        "id": f"{eve.id}#block-{next(_NUMBER)}",
        "type": "Block",
        "actor": eve.id,
        "object": target,
    }
    assert (await peer.send(eve, inbox, activity)).status_code == 202
    return str(activity["id"])


async def test_who_blocks_us_follows_us_no_more_and_is_sent_nothing(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve, ann = peer.account("eve", shared_inbox=False), peer.account("ann", shared_inbox=False)
    peer.status = None
    for account in (eve, ann):
        await let_follow_from(peer, account, await node.document(actor))
    await say(node, actor)
    await fediverse.settle()
    assert (await node.stats())["deliveries_pending"] == 4
    peer.status = 202
    await block(peer, eve, actor, f"{node.origin}/inbox")
    await fediverse.settle()
    fediverse.clock.advance(hours=1)
    await fediverse.settle()
    assert {arrived.path for arrived in peer.arrived} == {"/users/ann/inbox"}
    assert await count_followers(node, actor) == 1
    assert await node.services.database.read(lambda tx: actors.whereabouts(tx, eve.id)) is None


async def let_follow_from(peer: Neighbour, account: Account, target: dict[str, str]) -> None:
    """Its server is reached for the key, and then is silent."""
    status, peer.status = peer.status, 202
    assert (await peer.follow(account, target)).status_code == 202
    peer.status = status


async def test_what_goes_to_a_shared_inbox_is_not_withheld_from_the_others_there(
    fediverse: Fediverse,
) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve, ann = peer.account("eve"), peer.account("ann")
    # An actor whose own inbox is the server's: what waits there is not for it alone.
    eve.document["inbox"] = "https://peer.example/inbox"
    for account in (eve, ann):
        await peer.follow(account, await node.document(actor))
    await fediverse.settle()
    peer.status = None
    await say(node, actor)
    await fediverse.settle()
    peer.status = 202
    peer.arrived.clear()
    await block(peer, eve, actor, f"{node.origin}/inbox")
    fediverse.clock.advance(hours=1)
    await fediverse.settle()
    assert peer.types() == ["Create"]


async def test_a_block_by_whom_we_follow_ends_that_and_says_nothing_back(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    target = await fetch_actor(node.services.here.client, eve.id)
    await node.services.database.write(lambda tx: followers.follow(tx, node.services.here, actor, target))
    await fediverse.settle()
    peer.arrived.clear()
    await block(peer, eve, actor, f"{node.origin}/inbox")
    await fediverse.settle()
    assert peer.arrived == []
    found = await node.services.database.read(lambda tx: followers.following_of(tx, actor, eve.id))
    assert found is not None
    assert (found.state, found.reason) == ("ended", "blocked")


async def test_a_block_of_somebody_else_ends_nothing(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    for target in (
        "https://other.example/users/x",
        f"{node.origin}/actor",
        node.origin,
        f"{actor}/followers",
    ):
        await block(peer, eve, target, f"{node.origin}/inbox")
    assert await count_followers(node, actor) == 1


async def test_who_lifts_the_block_may_follow_again(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    blocked = await block(peer, eve, actor, f"{node.origin}/inbox")
    undo = {"id": f"{eve.id}#undo", "type": "Undo", "actor": eve.id, "object": blocked}
    assert (await peer.send(eve, f"{node.origin}/inbox", undo)).status_code == 202
    assert await count_followers(node, actor) == 0
    await peer.follow(eve, await node.document(actor))
    assert await count_followers(node, actor) == 1


async def test_res_12_one_server_cannot_fill_the_list_of_followers(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_OF_ORIGIN", 5)
    node, actor = await speaker(fediverse)
    flood, honest = fediverse.neighbour("flood.example"), fediverse.neighbour("flood.example.org")
    document = await node.document(actor)
    crowd = [flood.account(f"u{n}") for n in range(8)]
    for account in crowd:
        assert (await flood.follow(account, document)).status_code == 202
    assert (await honest.follow(honest.account("ann"), document)).status_code == 202
    await fediverse.settle()
    assert await count_followers(node, actor) == 6
    assert flood.types() == ["Accept"] * 5, "beyond that nobody is answered, not even with a Reject"
    assert honest.types() == ["Accept"]
    remembered = await node.services.database.read(lambda tx: actors.whereabouts(tx, crowd[7].id))
    assert remembered is None
    # A post costs that server one request, as before.
    flood.arrived.clear()
    await say(node, actor)
    await fediverse.settle()
    assert flood.types() == ["Create"]
    # Who follows already is answered again (INT-14), and a place that becomes free is taken.
    again = {"id": f"{crowd[0].id}#again", "type": "Follow", "actor": crowd[0].id, "object": actor}
    assert (await flood.send(crowd[0], f"{node.origin}/inbox", again)).status_code == 202
    await flood.unfollow(crowd[1], document)
    retry = {"id": f"{crowd[7].id}#again", "type": "Follow", "actor": crowd[7].id, "object": actor}
    assert (await flood.send(crowd[7], f"{node.origin}/inbox", retry)).status_code == 202
    await fediverse.settle()
    assert flood.types() == ["Create", "Accept", "Accept"]


async def test_res_12_a_server_that_takes_no_answers_gets_no_more_of_them(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_OWED", 4)
    node, actor = await speaker(fediverse)
    deaf = fediverse.neighbour("deaf.example")
    document = await node.document(actor)
    for number in range(9):
        deaf.status = 202
        await deaf.follow(deaf.account(f"u{number}"), document)
        deaf.status = None
        await fediverse.settle()
    assert await count_followers(node, actor) == 4
    assert (await node.stats())["deliveries_pending"] == 4


async def test_ten_thousand_of_one_server_are_counted_within_milliseconds(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    await let_follow(node, actor, *(f"https://crowd.example/users/u{n}" for n in range(10_000)))
    await let_follow(node, actor, "https://crowd.example.org/users/ann", "https://crowd.exampl/users/ann")

    def count(tx: Transaction) -> int:
        return followers.store.count_of_origin(tx, actor, "https://crowd.example")

    began = time.perf_counter()
    assert await node.services.database.read(count) == 10_000
    assert time.perf_counter() - began < 0.05

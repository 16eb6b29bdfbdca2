"""What waited for a server that was away goes soon after it is back, and a server that stumbles is not pestered."""

import pytest

from tests.fediverse import Fediverse
from tests.server.speaking import let_follow, say, speaker

pytestmark = pytest.mark.anyio


async def test_news_of_a_call_that_a_server_missed_bring_the_call_along(fediverse: Fediverse) -> None:
    """An Update waits behind its Create; it would wait as long as the Create's last failure asks for."""
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.status = None
    await say(node, actor)
    await fediverse.settle()
    peer.status = 202
    peer.arrived.clear()
    await say(node, actor, "Update")
    await fediverse.settle()
    assert peer.types() == ["Create", "Update"]


async def test_a_server_behind_a_proxy_is_tried_again_soon_after_it_speaks(fediverse: Fediverse) -> None:
    """While it restarted its proxy answered 502: to us that is an error like any other, though it will pass."""
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    await fediverse.settle()
    peer.arrived.clear()
    peer.next_statuses = [502]
    await say(node, actor)
    await fediverse.settle()
    like = {"id": f"{eve.id}/likes/1", "type": "Like", "actor": eve.id, "object": actor}
    assert (await peer.send(eve, f"{node.origin}/inbox", like)).status_code == 202
    fediverse.clock.advance(seconds=1)
    await fediverse.settle()
    assert [arrived.answered for arrived in peer.arrived] == [502, 202]


async def test_what_a_living_server_stumbles_on_is_not_tried_each_time_it_says_something(
    fediverse: Fediverse,
) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    await fediverse.settle()
    peer.arrived.clear()
    peer.status = 500
    await say(node, actor)
    for n in range(120):
        like = {"id": f"{eve.id}/likes/{n}", "type": "Like", "actor": eve.id, "object": actor}
        await peer.send(eve, f"{node.origin}/inbox", like)
        await fediverse.settle()
        fediverse.clock.advance(seconds=1)
    assert 3 <= len(peer.arrived) <= 8

import pytest

from tests.doubles.mastodon import Mastodon, mastodon
from tests.fediverse import Fediverse, Node
from tests.server.endpoints.synchronization.scene import ACTOR


@pytest.fixture
async def garden(fediverse: Fediverse) -> Node:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    return node


@pytest.fixture
async def masto(fediverse: Fediverse, garden: Node) -> Mastodon:
    """Where eve and ann follow the garden."""
    double = mastodon(fediverse, "mastodon.test.example")
    for name in ("eve", "ann"):
        await double.join(name, await garden.document(ACTOR))
    await fediverse.settle()
    assert double.following == {ACTOR: {double.account("eve").id, double.account("ann").id}}
    return double

import pytest

from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import Fediverse, Node
from tests.people import PASSPHRASE, person


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await fediverse.add("garden.example", roles=["initiative"])


@pytest.fixture
async def hub(fediverse: Fediverse) -> Node:
    return await fediverse.add("hub.example", roles=["hub"])


@pytest.fixture
async def robin(node: Node) -> Browser:
    """Robin edits the garden and is signed in, by the passphrase alone."""
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    await person(node, Grant("@garden", "owner"), name="Robin")
    browser = Browser(node)
    page = await browser.submit(await browser.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE)
    assert page.status_code == 200
    return browser

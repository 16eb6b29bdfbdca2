"""The first account, and signing in with its passphrase."""

import pytest

from server.accounts.commands import first_link
from server.feature import Refusal
from tests.browsing import Browser
from tests.fediverse import Fediverse, Node
from tests.people import PASSPHRASE, person, text_on

pytestmark = pytest.mark.anyio


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await fediverse.add("garden.example", roles=["initiative"])


async def link_of(node: Node) -> str:
    url: str = (await node.command("setup-link"))["url"]
    assert url.startswith(f"{node.origin}/set-up/")
    return url.removeprefix(node.origin)


async def set_up(node: Node) -> Browser:
    browser = Browser(node)
    form = await browser.get(await link_of(node))
    codes = await browser.submit(form, name="Robin", secret_new=PASSPHRASE, secret_again=PASSPHRASE)
    assert "recovery codes" in text_on(codes)
    return browser


async def sign_in(browser: Browser, name: str = "Robin", passphrase: str = PASSPHRASE) -> str:
    page = await browser.get("/sign-in")
    page = await browser.submit(page, name=name, secret_passphrase=passphrase)
    return text_on(page)


async def test_the_first_account_is_made_by_a_link(node: Node) -> None:
    browser = await set_up(node)
    assert (await browser.get("/desk/account")).status_code in (200, 404)
    assert "Sign out" in text_on(await browser.get("/desk"))


async def test_until_then_only_editing_pages_answer_503(node: Node) -> None:
    for path in ("/sign-in", "/desk", "/desk/account"):
        answer = await node.get(path)
        assert (path, answer.status_code) in [(path, 503), ("/desk/account", 404)]
    assert "antipole setup-link" in text_on(await node.get("/desk"))
    for path in ("/", "/calls.json", "/.well-known/nodeinfo"):
        assert (await node.get(path)).status_code == 200


async def test_a_set_up_link_works_once(node: Node) -> None:
    link = await link_of(node)
    browser = Browser(node)
    form = await browser.get(link)
    await browser.submit(form, name="Robin", secret_new=PASSPHRASE, secret_again=PASSPHRASE)
    assert (await Browser(node).get(link)).status_code == 404
    late = await Browser(node).submit(form, name="Sparrow", secret_new=PASSPHRASE, secret_again=PASSPHRASE)
    assert late.status_code == 404
    assert (await node.rows())["accounts"] == 1


async def test_signing_in_and_out(node: Node) -> None:
    await set_up(node)
    browser = Browser(node)
    assert "Sign out" in await sign_in(browser)


async def test_there_is_no_set_up_link_beside_an_account(node: Node) -> None:
    assert await first_link(node.services) is not None
    await person(node)
    assert await first_link(node.services) is None
    with pytest.raises(Refusal, match="account reset"):
        await node.command("setup-link")

"""setup-link and account reset: links that whoever runs the server hands out."""

import pytest

from server.feature import Refusal
from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import Fediverse, Node
from tests.people import PASSPHRASE, person, text_on

pytestmark = pytest.mark.anyio

NEW = "nine loud herons over ice"


async def link_of(node: Node) -> str:
    url: str = (await node.command("setup-link"))["url"]
    return url


async def test_a_set_up_link_lasts_thirty_minutes(fediverse: Fediverse, node: Node) -> None:
    link = await link_of(node)
    fediverse.clock.advance(minutes=30, seconds=-0.001)
    assert (await node.get(link)).status_code == 200
    fediverse.clock.advance(seconds=0.001)
    over = await node.get(link)
    assert (over.status_code, "antipole setup-link" in text_on(over)) == (404, True)


async def test_a_new_set_up_link_ends_the_old_one(node: Node) -> None:
    old, new = await link_of(node), await link_of(node)
    assert (await node.get(old)).status_code == 404
    assert (await node.get(new)).status_code == 200


async def test_looking_at_it_consumes_nothing_and_a_foreign_page_cannot_send_it(node: Node) -> None:
    link = await link_of(node)
    for method in ("HEAD", "GET"):
        assert (await node.request(method, link)).status_code == 200
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"}
    body = f"name=Eve&secret_new={NEW}&secret_again={NEW}".replace(" ", "+").encode()
    assert (await node.request("POST", link, headers=headers, content=body)).status_code == 403
    assert (await node.rows())["accounts"] == 0
    assert (await node.get(link)).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 26, "%2e%2e", "' OR 1=1 --"])
@pytest.mark.parametrize("what", ["set-up", "reset", "invitation"])
async def test_a_guessed_link_is_over(node: Node, what: str, token: str) -> None:
    if what != "set-up":
        await person(node)
    assert (await node.get(f"/{what}/{token}")).status_code == 404


async def test_a_link_is_good_for_its_own_purpose_only(node: Node) -> None:
    token = (await link_of(node)).rpartition("/")[2]
    await person(node)
    assert (await node.get(f"/reset/{token}")).status_code == 404
    assert (await node.get(f"/invitation/{token}")).status_code == 404


async def test_a_reset_gives_a_new_passphrase_and_ends_all_that_was(hub: Node) -> None:
    robin = await person(hub, Grant("hub", "owner"), name="Robin")
    link = (await hub.command("account.reset", name="robin"))["url"]
    assert (await robin.get("/desk/account")).status_code == 303, "sessions end with the command"
    browser = Browser(hub)
    page = await browser.get(link)
    assert "Robin" in text_on(page)
    page = await browser.submit(page, secret_new=NEW, secret_again=NEW)
    assert "recovery codes" in text_on(page)
    assert "authenticator app" in text_on(await browser.get("/desk/hub")), (
        "a second step has to be added anew"
    )
    assert (await hub.get(link)).status_code == 404
    for passphrase, expected in ((PASSPHRASE, 401), (NEW, 303)):
        other = Browser(hub)
        answer = await other.submit_only(
            await other.get("/sign-in"), name="Robin", secret_passphrase=passphrase
        )
        assert answer.status_code == expected


async def test_a_reset_opens_no_way_around_the_second_step(hub: Node) -> None:
    """It goes with the old passphrase only when the link is used, or whoever knows that passphrase would get in
    without it meanwhile; and until then that passphrase is no longer good either."""
    await person(hub, Grant("hub", "owner"), name="Robin")
    await hub.command("account.reset", name="Robin")
    browser = Browser(hub)
    page = await browser.submit(await browser.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE)
    assert page.status_code == 401
    assert "The second step" not in text_on(page)


async def test_a_reset_link_lasts_a_day_and_ends_older_ones(fediverse: Fediverse, node: Node) -> None:
    await person(node, name="Robin")
    old = (await node.command("account.reset", name="Robin"))["url"]
    new = (await node.command("account.reset", name="Robin"))["url"]
    assert (await node.get(old)).status_code == 404
    fediverse.clock.advance(hours=24, seconds=-0.001)
    assert (await node.get(new)).status_code == 200
    fediverse.clock.advance(seconds=0.001)
    assert (await node.get(new)).status_code == 404


async def test_a_reset_is_logged_without_a_name(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    await person(node, name="Robin")
    link = (await node.command("account.reset", name="Robin"))["url"]
    assert "account-reset-by-command-line" in caplog.text
    assert "Robin" not in caplog.text
    assert link.rpartition("/")[2] not in caplog.text


@pytest.mark.parametrize("name", ["Sparrow", "", "!!"])
async def test_nobody_of_that_name_is_one_sentence(node: Node, name: str) -> None:
    await person(node, name="Robin")
    with pytest.raises(Refusal, match="account list"):
        await node.command("account.reset", name=name)

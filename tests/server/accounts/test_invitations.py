"""Who edits what: invitations that work once, rights that are taken away, and nobody above their own."""

import re

import pytest

from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import Fediverse, Node
from tests.people import PASSPHRASE, Person, person, text_on

pytestmark = pytest.mark.anyio

NEW = "nine loud herons over ice"


@pytest.fixture
async def both(fediverse: Fediverse) -> Node:
    node = await fediverse.add("both.example", roles=["initiative", "hub"])
    for handle in ("garden", "letters"):
        await node.command("initiative.add", handle=handle, name=handle.title(), languages=["en"])
    return node


async def invitation(who: Person, what: str) -> str:
    page = await who.post("/desk/people/invite", what=what)
    assert page.status_code == 200, text_on(page)
    link = re.findall(r'id="invitation-link">([^<]*)<', page.text)[0]
    return str(link).removeprefix(who.node.origin)


async def rights(node: Node) -> list[str]:
    lines: list[str] = (await node.command("account.list"))["lines"]
    return sorted(lines)


async def accept(node: Node, link: str, name: str = "Sparrow") -> Browser:
    browser = Browser(node)
    page = await browser.submit(await browser.get(link), name=name, secret_new=NEW, secret_again=NEW)
    assert "recovery codes" in text_on(page)
    return browser


async def test_a_stranger_accepts_and_edits_just_that(node: Node) -> None:
    await node.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    owner = await person(node, Grant("@garden", "owner"))
    browser = await accept(node, await invitation(owner, "editor @garden"))
    assert (await rights(node))[-1] == "Sparrow  editor of @garden"
    assert (await browser.get("/desk/@garden")).status_code == 200
    assert (await browser.get("/desk/@letters")).status_code == 404
    assert "You own nothing" in text_on(await browser.get("/desk/people"))
    assert (await browser.get("/desk/people/invite")).status_code == 403


async def test_a_preview_consumes_nothing_and_accepting_everything(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"))
    link = await invitation(owner, "owner @garden")
    for method in ("GET", "HEAD", "GET"):
        assert (await both.request(method, link)).status_code == 200
    assert "own the initiative @garden" in text_on(await both.get(link))
    await accept(both, link)
    assert (await both.get(link)).status_code == 404
    late = await Browser(both).submit_with(
        await both.get("/sign-in"), link, name="Wren", secret_new=NEW, secret_again=NEW
    )
    assert late.status_code == 404
    assert not [line for line in await rights(both) if line.startswith("Wren")]


async def test_only_a_hash_of_the_invitation_is_kept(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"))
    token = (await invitation(owner, "editor @garden")).removeprefix("/invitation/")
    assert re.fullmatch(r"[a-z2-7]{26}", token)
    assert token.encode() not in both.stored()


async def test_an_invitation_lasts_72_hours(fediverse: Fediverse, both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"))
    link = await invitation(owner, "editor @garden")
    fediverse.clock.advance(hours=72, seconds=-0.001)
    assert (await both.get(link)).status_code == 200
    fediverse.clock.advance(seconds=0.001)
    assert (await both.get(link)).status_code == 404


async def test_a_name_that_is_taken_does_not_use_it_up(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"), name="Robin")
    link = await invitation(owner, "editor @garden")
    browser = Browser(both)
    page = await browser.submit(await browser.get(link), name="RÓBIN", secret_new=NEW, secret_again=NEW)
    assert page.status_code == 422
    assert "Choose another" in text_on(page)
    page = await browser.submit(page, name="Sparrow", secret_new=NEW, secret_again=NEW)
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("name", "first", "second", "where"),
    [
        ("", NEW, NEW, "name"),
        ("x", NEW, NEW, "name"),
        ("--", NEW, NEW, "name"),
        ("x" * 41, NEW, NEW, "name"),
        ("Sparrow", "short", "short", "secret_new"),
        ("Sparrow", NEW, "another one entirely", "secret_again"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    both: Node, name: str, first: str, second: str, where: str
) -> None:
    owner = await person(both, Grant("@garden", "owner"))
    link = await invitation(owner, "editor @garden")
    browser = Browser(both)
    page = await browser.submit(await browser.get(link), name=name, secret_new=first, secret_again=second)
    assert page.status_code == 422
    assert f'id="{where}-error"' in page.text
    assert NEW not in page.text


async def test_somebody_with_an_account_accepts_with_it(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"), name="Robin")
    link = await invitation(owner, "editor @garden")
    await person(both, Grant("@letters", "editor"), name="Sparrow")
    browser = Browser(both)
    way = re.findall(r'href="(/sign-in\?[^"]*)"', (await browser.get(link)).text)[0]
    page = await browser.submit(await browser.get(way), name="Sparrow", secret_passphrase=PASSPHRASE)
    assert "Accept with this account" in text_on(page)
    before = browser.cookies["__Host-antipole"]
    await browser.submit(page)
    assert "Sparrow  editor of @garden, editor of @letters" in await rights(both)
    assert browser.cookies["__Host-antipole"] != before
    assert (await both.get(link)).status_code == 404


async def test_web_01_nobody_accepts_for_somebody_else(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"), name="Robin")
    link = await invitation(owner, "editor @garden")
    victim = await person(both, name="Sparrow")
    assert (await victim.send(link, {"accept": "yes", "_csrf": "guess"})).status_code == 403
    assert (await victim.send(link, {"accept": "yes"})).status_code == 403
    fields = {"accept": "yes", "_csrf": victim.csrf}
    foreign = await victim.send(link, fields, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert (await both.get(link)).status_code == 200


async def test_web_10_the_invitation_says_what_it_allows_not_the_form(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"))
    link = await invitation(owner, "editor @garden")
    browser = Browser(both)
    page = await browser.get(link)
    answer = await browser.submit_with(
        page, link, name="Sparrow", secret_new=NEW, secret_again=NEW, role="owner"
    )
    assert answer.status_code == 400


async def test_an_owner_stays_one_when_invited_as_an_editor(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"), name="Robin")
    link = await invitation(owner, "editor @garden")
    answer = await owner.send(link, {"accept": "yes", "_csrf": owner.csrf})
    assert answer.status_code == 303
    assert "Robin  owner of @garden" in await rights(both)


async def test_whoever_is_invited_to_a_hub_adds_a_second_step_first(both: Node) -> None:
    owner = await person(both, Grant("hub", "owner"))
    browser = await accept(both, await invitation(owner, "editor hub"))
    assert "authenticator app" in text_on(await browser.get("/desk/hub"))


@pytest.mark.parametrize(
    ("grant", "what"),
    [
        (Grant("@garden", "owner"), "editor @letters"),
        (Grant("@garden", "owner"), "owner hub"),
        (Grant("@garden", "owner"), "owner server"),
        (Grant("hub", "owner"), "owner server"),
        (Grant("hub", "owner"), "editor @garden"),
        (Grant("server", "owner"), "editor server"),
        (Grant("server", "owner"), "owner @nobody"),
    ],
)
async def test_nobody_invites_to_what_is_not_theirs(both: Node, grant: Grant, what: str) -> None:
    who = await person(both, grant)
    assert (await who.post("/desk/people/invite", what=what)).status_code == 422
    assert (await both.rows())["one_time_links"] == 0


async def test_open_invitations_are_listed_and_taken_back(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"))
    link = await invitation(owner, "editor @garden")
    page = await owner.get("/desk/people")
    path = re.findall(r'href="(/desk/people/invitations/[^"]*/revoke)"', page.text)[0]
    for grant in (Grant("@letters", "owner"), Grant("@garden", "editor")):
        other = await person(both, grant, name="Wren")
        assert path not in (await other.get("/desk/people")).text
        assert (await other.get(path)).status_code == (await other.post(path)).status_code == 404
    assert (await owner.get(path)).status_code == 200
    assert (await owner.post(path)).status_code == 303
    assert (await both.get(link)).status_code == 404


async def account_path(owner: Person, name: str, scope: str) -> str:
    page = await owner.get("/desk/people")
    rows = re.findall(rf'<bdi>{name}</bdi>.*?href="(/desk/people/[0-9a-f]+/{scope})"', page.text, re.DOTALL)
    return str(rows[0])


async def test_a_right_that_is_taken_away_ends_at_once_and_an_account_without_any_is_erased(
    both: Node,
) -> None:
    owner = await person(both, Grant("@garden", "owner"), name="Robin")
    editor = await person(both, Grant("@garden", "editor"), Grant("@letters", "editor"), name="Wren")
    path = await account_path(owner, "Wren", "@garden")
    assert (await owner.post(path)).status_code == 303
    assert (await editor.get("/desk/@garden")).status_code == 404
    assert (await editor.get("/desk/@letters")).status_code == 200
    assert (await owner.post(path)).status_code == 404
    other = await person(both, Grant("@letters", "owner"), name="Sparrow")
    assert (await other.post(await account_path(other, "Wren", "@letters"))).status_code == 303
    assert (await editor.get("/desk")).status_code == 303
    assert not [line for line in await rights(both) if line.startswith("Wren")]


async def test_invitations_of_whoever_lost_the_right_end_with_it(both: Node) -> None:
    first = await person(both, Grant("@garden", "owner"), name="Robin")
    second = await person(both, Grant("@garden", "owner"), name="Wren")
    link = await invitation(second, "owner @garden")
    await first.post(await account_path(first, "Wren", "@garden"))
    assert (await both.get(link)).status_code == 404


async def test_the_last_owner_of_the_server_stays(both: Node) -> None:
    owner = await person(both, Grant("server", "owner"), name="Robin")
    path = await account_path(owner, "Robin", "server")
    answer = await owner.post(path)
    assert answer.status_code == 422
    assert "needs an owner" in text_on(answer)
    await person(both, Grant("server", "owner"), name="Wren")
    assert (await owner.post(path)).status_code == 303


async def test_an_owner_of_the_hub_has_no_say_over_the_servers_owner(both: Node) -> None:
    top = await person(both, Grant("server", "owner"), name="Robin")
    owner = await person(both, Grant("hub", "owner"), name="Wren")
    assert "Robin" not in text_on(await owner.get("/desk/people"))
    path = await account_path(top, "Robin", "server")
    assert (await owner.get(path)).status_code == (await owner.post(path)).status_code == 404
    assert (await top.get("/desk/hub")).status_code == 200


async def test_web_11_rights_elsewhere_look_as_if_there_were_none(both: Node) -> None:
    owner = await person(both, Grant("@garden", "owner"), name="Robin")
    await person(both, Grant("@garden", "editor"), name="Wren")
    other = await person(both, Grant("@letters", "owner"), name="Sparrow")
    path = await account_path(owner, "Wren", "@garden")
    there = await other.get(path)
    nowhere = await other.get("/desk/people/00000000000000000000000000000000/@nobody")
    assert there.status_code == nowhere.status_code == 404
    assert text_on(there) == text_on(nowhere)
    assert (await other.post(path)).status_code == 404


async def test_rights_to_a_deleted_initiative_end(fediverse: Fediverse, both: Node) -> None:
    editor = await person(both, Grant("@garden", "owner"), Grant("@letters", "editor"), name="Wren")
    await both.command("initiative.remove", handle="garden")
    assert "@garden" not in text_on(await editor.get("/desk/account"))
    await fediverse.settle()
    assert "Wren  editor of @letters" in await rights(both)

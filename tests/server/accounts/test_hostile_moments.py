"""Two things at one moment: whoever is thrown out stays out, and what works once works once, whatever is under way."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from starlette.applications import Starlette

from server.accounts import store
from server.accounts.identity import Sessions
from server.accounts.passphrases import AT_ONCE, MOST_WAITING, Passphrases, TooBusy
from server.storage.database import Transaction
from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import Node
from tests.people import PASSPHRASE, TOTP_SECRET, Person, person, text_on
from tests.server.accounts.authenticator import Authenticator
from tests.server.accounts.test_second_step import asked_for_second_step, code

pytestmark = pytest.mark.anyio

NEW = "nine loud herons over ice"


def identity_of(node: Node) -> Sessions:
    layer = node.door
    while not isinstance(layer, Starlette):
        layer = layer.app  # type: ignore[attr-defined] # each of the middlewares has it
    found = layer.state.identity
    assert isinstance(found, Sessions)
    return found


def while_hashing(
    node: Node, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[object]]
) -> None:
    """`meanwhile` happens after the door has looked who is there, and before what they asked for is written."""
    passphrases = identity_of(node).passphrases
    hashed, matches = passphrases.hashed, passphrases.matches

    async def slow_hashed(passphrase: str) -> str:
        await meanwhile()
        return await hashed(passphrase)

    async def slow_matches(passphrase_hash: str | None, passphrase: str, *, vouched: bool = False) -> bool:
        await meanwhile()
        return await matches(passphrase_hash, passphrase, vouched=vouched)

    monkeypatch.setattr(passphrases, "hashed", slow_hashed)
    monkeypatch.setattr(passphrases, "matches", slow_matches)


async def sessions_in(node: Node) -> int:
    return (await node.rows())["sessions"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/desk/account/passphrase", {"secret_new": NEW, "secret_again": NEW}),
        ("/sign-in/again", {"secret_passphrase": PASSPHRASE}),
    ],
)
async def test_an_ended_session_does_not_come_back_by_what_it_had_asked_for(
    node: Node, monkeypatch: pytest.MonkeyPatch, path: str, fields: dict[str, str]
) -> None:
    thief = await person(node, name="Robin")
    while_hashing(node, monkeypatch, lambda: node.command("account.reset", name="Robin"))
    answer = await thief.post(path, **fields)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert await sessions_in(node) == 0
    assert (await node.rows())["one_time_links"] == 1, "the link of the reset stays good"


async def test_a_sign_in_that_is_under_way_ends_with_the_old_passphrase(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person(node, name="Robin")
    before = await sessions_in(node)
    while_hashing(node, monkeypatch, lambda: node.command("account.reset", name="Robin"))
    thief = Browser(node)
    answer = await thief.submit_only(await thief.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE)
    assert (answer.status_code, thief.cookies) == (401, {})
    assert await sessions_in(node) < before


async def test_after_a_reset_the_old_passphrase_opens_nothing(node: Node) -> None:
    """Or whoever learned it would be back at once, choose another one, and with that end the link of the reset."""
    await person(node, name="Robin")
    link = (await node.command("account.reset", name="Robin"))["url"]
    thief = Browser(node)
    for passphrase in (PASSPHRASE, "", " "):
        page = await thief.submit(await thief.get("/sign-in"), name="Robin", secret_passphrase=passphrase)
        assert page.status_code == 401
    robin = Browser(node)
    page = await robin.submit(await robin.get(link), secret_new=NEW, secret_again=NEW)
    assert "recovery codes" in text_on(page)


async def both_at_once(one: Awaitable[httpx2.Response], other: Awaitable[httpx2.Response]) -> list[int]:
    return sorted(answer.status_code for answer in await asyncio.gather(one, other))


async def test_one_code_sent_twice_at_once_opens_one_session(hub: Node) -> None:
    await person(hub, Grant("hub", "owner"), name="Robin")
    before = await sessions_in(hub)
    browser, page = await asked_for_second_step(hub)
    typed = code(TOTP_SECRET, hub.services.here.clock.now())
    sent = [browser.submit_only(page, secret_code=typed) for _ in range(2)]
    assert await both_at_once(*sent) == [303, 401]
    assert await sessions_in(hub) == before + 1


async def test_one_signature_of_a_passkey_sent_twice_at_once_opens_one_session(robin: Browser) -> None:
    key = Authenticator(robin.node.origin)
    page = await robin.get("/desk/account/passkeys")
    added = await robin.submit_with(
        page, "/desk/account/passkeys", label="Key", secret_passkey=key.make(page)
    )
    assert added.status_code == 200
    before = await sessions_in(robin.node)
    browser, page = await asked_for_second_step(robin.node)
    answer = key.sign(page)
    path, cookie = "/sign-in/second-step", "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    sent = [Person(robin.node, cookie, "").send(path, {"secret_passkey": answer}) for _ in range(2)]
    assert await both_at_once(*sent) == [303, 401]
    assert await sessions_in(robin.node) == before + 1


async def test_one_invitation_accepted_twice_at_once_makes_one_account(node: Node) -> None:
    await node.command("initiative.add", handle="garden", name="Garden")
    owner = await person(node, Grant("@garden", "owner"), name="Olena")
    page = await owner.post("/desk/people/invite", what="editor @garden")
    path = "/invitation/" + page.text.partition("/invitation/")[2][:26]
    fields = {"secret_new": NEW, "secret_again": NEW}
    sent = [Person(node, "", "").send(path, {**fields, "name": name}) for name in ("Robin", "Wren")]
    assert await both_at_once(*sent) == [200, 404]
    assert (await node.rows())["accounts"] == 2


async def test_whoever_lost_a_right_a_moment_ago_invites_nobody_to_it(node: Node) -> None:
    """What the door saw is not what the act goes by."""
    await node.command("initiative.add", handle="garden", name="Garden")
    owner = await person(node, Grant("@garden", "owner"), Grant("@other", "owner"), name="Olena")
    database = node.services.database
    write = database.write

    def lose(tx: Transaction) -> None:
        for account_id, _name in store.all_accounts(tx):
            store.delete_grant(tx, account_id, "@garden")

    async def first_lose(work: Callable[[Transaction], object]) -> object:
        await write(lose)
        return await write(work)

    # Between the look at the door and the act there is no moment that a test could reach otherwise.
    database.write = first_lose  # type: ignore[method-assign,assignment] # put back below
    try:
        answer = await owner.post("/desk/people/invite", what="owner @garden")
    finally:
        database.write = write  # type: ignore[method-assign] # as it was
    assert answer.status_code == 403
    assert (await node.rows())["one_time_links"] == 0


async def test_nobody_is_invited_to_an_initiative_that_is_no_more(node: Node) -> None:
    await node.command("initiative.add", handle="garden", name="Garden")
    owner = await person(node, Grant("@garden", "owner"), name="Olena")
    page = await owner.post("/desk/people/invite", what="owner @garden")
    path = "/invitation/" + page.text.partition("/invitation/")[2][:26]
    assert (await node.get(path)).status_code == 200
    await node.command("initiative.remove", handle="garden")
    assert (await node.get(path)).status_code == 404
    answer = await Person(node, "", "").send(path, {"name": "Eve", "secret_new": NEW, "secret_again": NEW})
    assert answer.status_code == 404
    assert (await node.rows())["accounts"] == 1


async def test_whoever_still_needs_a_second_step_gives_and_takes_no_rights(hub: Node) -> None:
    await person(hub, Grant("server", "owner"), name="Robin")

    def without(tx: Transaction) -> str:
        [(account_id, _)] = store.all_accounts(tx)
        store.set_totp(tx, account_id, None)
        return account_id

    account_id = await hub.services.database.write(without)
    robin = Browser(hub)
    await robin.submit(await robin.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE)
    cookie = f"__Host-antipole={robin.cookies['__Host-antipole']}"
    page = await robin.get("/desk/account")
    half = Person(hub, cookie, page.text.partition('name="_csrf" value="')[2][:64])
    for path in ("/desk/people", "/desk/people/invite", f"/desk/people/{account_id}/server"):
        assert (await half.get(path)).headers["location"] == "/desk/account/second-step"
    answer = await half.post("/desk/people/invite", what="owner hub")
    assert answer.headers["location"] == "/desk/account/second-step"
    assert (await hub.rows())["one_time_links"] == 0


async def test_somebody_elses_form_does_not_cost_the_session_one_just_began(node: Node) -> None:
    await node.command("initiative.add", handle="garden", name="Garden")
    await person(node, Grant("@other", "owner"), name="Wren")
    nobody = Person(node, "", "")
    asked = await nobody.send("/desk/@garden/calls/new", {"title": "Mine", "language": "en"})
    assert asked.status_code == 401
    wren = Browser(node)
    answer = await wren.submit_only(asked, name="Wren", secret_passphrase=PASSPHRASE)
    assert "__Host-antipole" in wren.cookies
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/@garden/calls/new")
    assert (await wren.get("/desk/@garden/calls/new")).status_code == 404
    assert (await wren.get("/desk/account")).status_code == 200


async def test_strangers_who_fill_the_queue_leave_room_for_whom_we_know() -> None:
    passphrases = Passphrases()
    kept = await passphrases.hashed("x")
    flood = [asyncio.create_task(passphrases.matches(kept, "y")) for _ in range(AT_ONCE + MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await passphrases.matches(kept, "x")
    assert await passphrases.matches(kept, "x", vouched=True)
    await asyncio.gather(*flood)


async def test_a_known_browser_signs_in_while_strangers_fill_the_queue(node: Node) -> None:
    await person(node, name="Robin")
    known = Browser(node)
    await known.submit(await known.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE)
    page = await known.get("/desk/account")
    await known.send_button(page, "/sign-out")
    identity_of(node).passphrases._waiting = AT_ONCE + MOST_WAITING
    for browser, status in ((Browser(node), 503), (known, 303)):
        answer = await browser.submit_only(
            await browser.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE
        )
        assert answer.status_code == status

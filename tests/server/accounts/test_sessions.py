"""What a session is: a cookie that nobody can plant, guess or keep for ever."""

from pathlib import Path

import httpx2
import pytest
from starlette.responses import Response

from server.accounts.cookies import Cookies
from server.accounts.tokens import digest
from server.storage.queries import Query
from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import Fediverse, Node
from tests.people import PASSPHRASE, person, text_on

pytestmark = pytest.mark.anyio

SESSION = "__Host-antipole"
KNOWN = "__Host-antipole-browser"
ACCOUNTS = Query("accounts", "SELECT * FROM accounts", "A question of a test.", Path("tests"))


def cookie(answer: httpx2.Response, name: str) -> set[str]:
    """The attributes of the cookie that an answer sets, in lower case; empty when it sets none."""
    lines = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    assert len(lines) <= 1
    return {part.strip().lower() for line in lines for part in line.split(";")[1:]}


async def signed_in(browser: Browser, **typed: str) -> httpx2.Response:
    typed = {"name": "Robin", "secret_passphrase": PASSPHRASE, **typed}
    return await browser.submit_only(await browser.get("/sign-in"), **typed)


async def test_cookies_on_https_cannot_be_planted_by_a_subdomain_nor_read_by_script(robin: Browser) -> None:
    answer = await signed_in(Browser(robin.node))
    assert cookie(answer, SESSION) == {"path=/", "httponly", "secure", "samesite=lax"}
    assert cookie(answer, KNOWN) == {"path=/", "httponly", "secure", "samesite=strict", "max-age=31536000"}


@pytest.mark.parametrize("scope", ["hub", "server"])
async def test_who_edits_a_hub_gets_a_cookie_that_no_other_page_sends_along(hub: Node, scope: str) -> None:
    who = await person(hub, Grant(scope, "owner"), fresh=False)
    answer = await who.post("/sign-in/again", secret_passphrase=PASSPHRASE)
    assert "samesite=strict" in cookie(answer, SESSION)


def test_cookies_on_http_bear_a_plain_name_since_browsers_drop_the_others() -> None:
    cookies, answer = Cookies(https=False), Response()
    cookies.set_session(answer, "x", strict=False)
    cookies.remember_browser(answer, "secret", "account")
    lines = [value.decode() for name, value in answer.raw_headers if name == b"set-cookie"]
    assert lines[0] == "antipole=x; Path=/; HttpOnly; SameSite=Lax"
    assert lines[1].startswith("antipole-browser=")
    assert "Secure" not in lines[1]


async def test_only_a_hash_of_the_session_is_kept(robin: Browser) -> None:
    token = robin.cookies[SESSION]
    assert len(token) == 43
    assert token.encode() not in robin.node.stored()


async def test_web_02_a_cookie_from_before_signing_in_is_worth_nothing(node: Node) -> None:
    await person(node, name="Robin")
    browser = Browser(node)
    browser.cookies[SESSION] = "planted"
    await signed_in(browser)
    assert browser.cookies[SESSION] != "planted"
    planted = Browser(node)
    planted.cookies[SESSION] = "planted"
    assert "Passphrase" in text_on(await planted.get("/desk"))


async def test_web_02_signing_in_again_ends_the_session_that_the_cookie_named(robin: Browser) -> None:
    old = Browser(robin.node)
    old.cookies = dict(robin.cookies)
    page = await Browser(robin.node).get("/sign-in")
    await robin.submit(page, name="Robin", secret_passphrase=PASSPHRASE)
    assert robin.cookies[SESSION] != old.cookies[SESSION]
    assert "Passphrase" in text_on(await old.get("/desk"))


async def test_web_02_giving_the_passphrase_again_changes_the_id_but_not_the_age(
    fediverse: Fediverse, robin: Browser
) -> None:
    fediverse.clock.advance(minutes=30)
    before = robin.cookies[SESSION]
    again = await robin.get("/desk/account/passphrase")
    assert again.status_code == 401
    page = await robin.submit(again, secret_passphrase=PASSPHRASE)
    assert "Change the passphrase" in text_on(page)
    assert robin.cookies[SESSION] != before
    for _ in range(12):
        fediverse.clock.advance(minutes=57)
        page = await robin.get("/desk/account")
    assert page.status_code == 200
    fediverse.clock.advance(minutes=6)
    assert "Passphrase" in text_on(await robin.get("/sign-in"))


async def is_in(browser: Browser) -> bool:
    return "Sign out" in text_on(await browser.get("/desk/account"))


async def test_an_hour_without_use_ends_it(fediverse: Fediverse, robin: Browser) -> None:
    fediverse.clock.advance(minutes=60, seconds=-0.001)
    assert await is_in(robin)
    fediverse.clock.advance(minutes=60)
    assert not await is_in(robin)


async def test_use_is_written_down_once_a_minute_at_most(fediverse: Fediverse, robin: Browser) -> None:
    fediverse.clock.advance(seconds=59.999)
    assert await is_in(robin)
    fediverse.clock.advance(minutes=59)
    # Nothing was written at 59.999 s, so the hour counts from the beginning.
    assert await is_in(robin)
    fediverse.clock.advance(minutes=59)
    assert await is_in(robin)


async def test_twelve_hours_end_it_however_busy_it_is(fediverse: Fediverse, robin: Browser) -> None:
    for _ in range(23):
        fediverse.clock.advance(minutes=30)
        assert await is_in(robin)
    fediverse.clock.advance(minutes=30, seconds=-0.001)
    assert await is_in(robin)
    fediverse.clock.advance(seconds=0.001)
    assert not await is_in(robin)


async def test_fresh_means_five_minutes(fediverse: Fediverse, robin: Browser) -> None:
    fediverse.clock.advance(minutes=5, seconds=-0.001)
    assert (await robin.get("/desk/account/passphrase")).status_code == 200
    fediverse.clock.advance(seconds=0.001)
    assert (await robin.get("/desk/account/passphrase")).status_code == 401


async def test_sessions_are_listed_and_ended(robin: Browser) -> None:
    second, third = Browser(robin.node), Browser(robin.node)
    for browser in (second, third):
        await signed_in(browser)
    page = await robin.get("/desk/account/sessions")
    # With the one that `person` began.
    assert text_on(page).count("Began ") == 4
    assert text_on(page).count("(this one)") == 1
    ended = digest(second.cookies[SESSION])
    assert ended in page.text
    answer = await robin.submit_with(page, "/desk/account/sessions", session=ended)
    assert "Ended." in text_on(answer)
    assert [await is_in(second), await is_in(third)] == [False, True]
    answer = await robin.submit_with(page, "/desk/account/sessions", session="others")
    assert text_on(answer).count("Began ") == 1
    assert [await is_in(second), await is_in(third), await is_in(robin)] == [False, False, True]


async def test_web_11_nobody_ends_the_session_of_somebody_else(robin: Browser) -> None:
    other = await person(robin.node, name="Sparrow")
    theirs = digest(robin.cookies[SESSION])
    assert (await other.post("/desk/account/sessions", session=theirs)).status_code == 422
    await other.post("/desk/account/sessions", session="others")
    assert await is_in(robin)


async def test_a_new_passphrase_ends_all_other_sessions(robin: Browser) -> None:
    other = Browser(robin.node)
    await signed_in(other)
    page = await robin.get("/desk/account/passphrase")
    new = "nine loud herons over ice"
    page = await robin.submit(page, secret_new=new, secret_again=new)
    assert "Your passphrase is changed" in text_on(page)
    assert [await is_in(robin), await is_in(other)] == [True, False]
    assert (await signed_in(Browser(robin.node))).status_code == 401
    assert (await signed_in(Browser(robin.node), secret_passphrase=new)).status_code == 303


async def test_signing_out_ends_the_session_and_takes_the_cookie_back(robin: Browser) -> None:
    old = Browser(robin.node)
    old.cookies = dict(robin.cookies)
    page = await robin.get("/desk/account")
    answer = await robin.send_button(page, "/sign-out")
    assert answer.headers["location"] == "/"
    assert "max-age=0" in cookie(answer, SESSION)
    assert SESSION not in robin.cookies
    assert KNOWN in robin.cookies
    assert not await is_in(old)


async def test_a_foreign_page_does_not_even_sign_people_out(robin: Browser) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    cookies = {"cookie": f"{SESSION}={robin.cookies[SESSION]}"}
    await robin.node.request("POST", "/sign-out", headers={**headers, **cookies}, content=b"_csrf=guess")
    assert await is_in(robin)


async def test_what_is_over_leaves_the_disk(fediverse: Fediverse, robin: Browser) -> None:
    assert (await robin.node.rows())["sessions"] >= 1
    fediverse.clock.advance(hours=13)
    await fediverse.settle()
    assert (await robin.node.rows())["sessions"] == 0


async def test_only_the_day_of_a_sign_in_is_kept(fediverse: Fediverse, node: Node) -> None:
    fediverse.clock.advance(hours=7, minutes=13)
    await person(node, name="Robin")
    await signed_in(Browser(node))
    day = await node.services.database.read(lambda tx: [dict(row) for row in tx.all(ACCOUNTS)])
    assert [row["last_sign_in_day"] % 86_400_000 for row in day] == [0]
    assert not [name for row in day for name in row if name.endswith("_at")]

"""What is asked beside the passphrase: codes that work once, passkeys of this very site, recovery codes."""

import re
from datetime import datetime, timedelta

import httpx2
import pyotp
import pytest

from server.accounts.second_step import step_of
from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import MORNING, Fediverse, Node
from tests.people import PASSPHRASE, TOTP_SECRET, person, text_on
from tests.server.accounts.authenticator import Authenticator

pytestmark = pytest.mark.anyio

SESSION = "__Host-antipole"


def code(secret: str, now: datetime, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(now + timedelta(seconds=30 * steps))


async def asked_for_second_step(node: Node, name: str = "Robin") -> tuple[Browser, httpx2.Response]:
    browser = Browser(node)
    page = await browser.submit(await browser.get("/sign-in"), name=name, secret_passphrase=PASSPHRASE)
    assert "The second step" in text_on(page)
    return browser, page


async def is_in(browser: Browser) -> bool:
    return "Sign out" in text_on(await browser.get("/desk/account"))


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(steps: int, right: bool) -> None:
    typed = code(TOTP_SECRET, MORNING, steps)
    now = int(MORNING.timestamp()) // 30
    assert step_of(TOTP_SECRET, typed, MORNING) == (now + steps if right else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34", "-", "٠١٢٣٤٥"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert step_of(TOTP_SECRET, typed, MORNING) is None


def test_a_code_may_be_typed_with_a_space() -> None:
    typed = code(TOTP_SECRET, MORNING)
    assert step_of(TOTP_SECRET, f" {typed[:3]} {typed[3:]} ", MORNING) is not None


async def test_an_app_is_added_by_a_code_and_asked_for_from_then_on(
    fediverse: Fediverse, robin: Browser
) -> None:
    before = robin.cookies[SESSION]
    page = await robin.get("/desk/account/second-step")
    secret = re.sub(r"\s", "", re.findall(r'id="totp-secret">([^<]*)<', page.text)[0])
    assert "style=" not in page.text
    wrong = await robin.submit(page, secret_code="000000")
    assert wrong.status_code == 422
    assert secret in re.sub(r"\s", "", wrong.text)
    now = fediverse.clock.now()
    page = await robin.submit(wrong, secret_code=code(secret, now))
    assert "The second step is on" in text_on(page)
    assert robin.cookies[SESSION] != before

    browser, page = await asked_for_second_step(robin.node)
    assert not await is_in(browser)
    again = await browser.submit(page, secret_code=code(secret, now))
    assert again.status_code == 401, "the code that proved the app is used up"
    answer = await browser.submit_only(page, secret_code=code(secret, now, 1))
    assert answer.status_code == 303
    assert await is_in(browser)


async def test_a_code_works_once(hub: Node) -> None:
    await person(hub, Grant("hub", "editor"), name="Robin")
    typed = code(TOTP_SECRET, MORNING)
    for expected in (303, 401):
        browser, page = await asked_for_second_step(hub)
        assert (await browser.submit_only(page, secret_code=typed)).status_code == expected
    browser, page = await asked_for_second_step(hub)
    earlier = await browser.submit_only(page, secret_code=code(TOTP_SECRET, MORNING, -1))
    assert earlier.status_code == 401


async def test_the_second_step_gets_ten_minutes(fediverse: Fediverse, hub: Node) -> None:
    await person(hub, Grant("hub", "editor"), name="Robin")
    browser, page = await asked_for_second_step(hub)
    fediverse.clock.advance(minutes=10, seconds=-0.001)
    assert "The second step" in text_on(await browser.get("/sign-in/second-step"))
    fediverse.clock.advance(seconds=0.001)
    late = await browser.submit(page, secret_code=code(TOTP_SECRET, fediverse.clock.now()))
    assert late.status_code == 401
    assert "Passphrase" in text_on(late)
    assert not await is_in(browser)


async def test_guessing_codes_gets_slow(hub: Node) -> None:
    await person(hub, Grant("hub", "editor"), name="Robin")
    browser, page = await asked_for_second_step(hub)
    statuses = [(await browser.submit(page, secret_code="000000")).status_code for _ in range(5)]
    assert statuses == [401] * 4 + [429]


async def test_a_pending_session_opens_no_door(hub: Node) -> None:
    await person(hub, Grant("hub", "editor"), name="Robin")
    browser, _ = await asked_for_second_step(hub)
    for path in ("/desk", "/desk/account", "/desk/hub", "/desk/people"):
        assert "Passphrase" in text_on(await browser.get(path))


async def codes_of(browser: Browser) -> list[str]:
    page = await browser.submit(await browser.get("/desk/account/recovery-codes"))
    codes = re.findall(r'<code class="code">([^<]*)</code>', page.text)
    assert len(set(codes)) == 10
    return codes


async def test_a_recovery_code_works_once_in_place_of_the_app(fediverse: Fediverse, robin: Browser) -> None:
    old = await codes_of(robin)
    codes = await codes_of(robin)
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", one) for one in codes)
    page = await robin.get("/desk/account/second-step")
    secret = re.sub(r"\s", "", re.findall(r'id="totp-secret">([^<]*)<', page.text)[0])
    await robin.submit(page, secret_code=code(secret, fediverse.clock.now()))

    for typed, expected in [
        (old[0], 401),
        (codes[0].upper().replace("-", " "), 303),
        (codes[0], 401),
        (codes[1].replace("o", "0").replace("l", "1"), 303),
    ]:
        browser, page = await asked_for_second_step(robin.node)
        answer = await browser.submit_only(page, secret_code=typed)
        assert answer.status_code == expected
    assert "8 are left" in text_on(await browser.get("/desk/account"))


async def test_recovery_codes_are_kept_as_hashes(robin: Browser) -> None:
    codes = await codes_of(robin)
    content = robin.node.stored()
    assert not [one for one in codes if one.replace("-", "").encode() in content]


async def test_few_codes_are_pointed_out(hub: Node) -> None:
    who = await person(hub, Grant("hub", "editor"))
    assert "Only few recovery codes are left" in text_on(await who.get("/desk/account"))


async def test_whoever_edits_a_hub_adds_a_second_step_first(hub: Node) -> None:
    browser = Browser(hub)
    link = (await hub.command("setup-link"))["url"]
    page = await browser.submit(
        await browser.get(link), name="Robin", secret_new=PASSPHRASE, secret_again=PASSPHRASE
    )
    assert "Add a second step" in text_on(page)
    for path in ("/desk/hub", "/desk/hub/applications"):
        assert "authenticator app" in text_on(await browser.get(path))
    assert (await browser.get("/desk/account")).status_code == 200
    page = await browser.get("/desk/hub")
    secret = re.sub(r"\s", "", re.findall(r'id="totp-secret">([^<]*)<', page.text)[0])
    await browser.submit(page, secret_code=code(secret, MORNING))
    assert (await browser.get("/desk/hub")).status_code == 200


async def test_whoever_edits_a_hub_keeps_a_second_step(hub: Node) -> None:
    who = await person(hub, Grant("hub", "owner"))
    answer = await who.post("/desk/account/second-step/remove")
    assert answer.status_code == 422
    assert "needs a second step" in text_on(answer)


async def test_elsewhere_it_may_be_removed(fediverse: Fediverse, node: Node) -> None:
    who = await person(node, Grant("server", "owner"), name="Robin")
    answer = await who.post("/desk/account/second-step/remove")
    assert answer.status_code == 303
    browser = Browser(node)
    answer = await browser.submit_only(
        await browser.get("/sign-in"), name="Robin", secret_passphrase=PASSPHRASE
    )
    assert answer.status_code == 303


async def with_passkey(robin: Browser, label: str = "blue stick") -> Authenticator:
    key = Authenticator(robin.node.origin)
    page = await robin.get("/desk/account/passkeys")
    answer = await robin.submit_with(
        page, "/desk/account/passkeys", label=label, secret_passkey=key.make(page)
    )
    assert "The passkey is added" in text_on(answer)
    assert label in text_on(answer)
    return key


async def test_a_passkey_signs_in(robin: Browser) -> None:
    key = await with_passkey(robin)
    for _ in range(2):
        browser, page = await asked_for_second_step(robin.node)
        answer = await browser.submit_with(page, "/sign-in/second-step", secret_passkey=key.sign(page))
        assert answer.status_code == 200
        assert await is_in(browser)


async def test_a_passkeys_answer_works_for_one_session_and_once(robin: Browser) -> None:
    key = await with_passkey(robin)
    browser, page = await asked_for_second_step(robin.node)
    answer = key.sign(page)
    other, _ = await asked_for_second_step(robin.node)
    stolen = await other.submit_with(page, "/sign-in/second-step", secret_passkey=answer)
    assert stolen.status_code == 401
    assert not await is_in(other)
    await browser.submit_with(page, "/sign-in/second-step", secret_passkey=answer)
    assert await is_in(browser)


async def test_a_passkey_that_spoke_to_a_false_page_is_refused(robin: Browser) -> None:
    key = await with_passkey(robin)
    browser, page = await asked_for_second_step(robin.node)
    key.origin = "https://garden.example.evil.example"
    answer = await browser.submit_with(page, "/sign-in/second-step", secret_passkey=key.sign(page))
    assert answer.status_code == 401
    key.origin = robin.node.origin
    stranger = Authenticator(robin.node.origin)
    stranger.id = key.id
    answer = await browser.submit_with(page, "/sign-in/second-step", secret_passkey=stranger.sign(page))
    assert answer.status_code == 401


async def test_a_copied_passkey_is_noticed_by_its_count(robin: Browser) -> None:
    key = await with_passkey(robin)
    key.count = 10
    browser, page = await asked_for_second_step(robin.node)
    await browser.submit_with(page, "/sign-in/second-step", secret_passkey=key.sign(page))
    assert await is_in(browser)
    key.count = 5
    browser, page = await asked_for_second_step(robin.node)
    answer = await browser.submit_with(page, "/sign-in/second-step", secret_passkey=key.sign(page))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "garbage",
    ["x", "{}", "[]", "null", '{"id": 5}', '{"id": "AAAA", "response": {}}', "[" * 9000, "9" * 20_000],
)
async def test_garbage_in_place_of_a_passkey_is_refused(robin: Browser, garbage: str) -> None:
    page = await robin.get("/desk/account/passkeys")
    answer = await robin.submit_with(page, "/desk/account/passkeys", label="stick", secret_passkey=garbage)
    assert answer.status_code == 422
    await with_passkey(robin)
    browser, page = await asked_for_second_step(robin.node)
    answer = await browser.submit_with(page, "/sign-in/second-step", secret_passkey=garbage)
    assert answer.status_code == 401


async def test_the_same_passkey_is_added_once_and_needs_a_label(robin: Browser) -> None:
    key = await with_passkey(robin)
    page = await robin.get("/desk/account/passkeys")
    for label, expected in (("again", "could not be added"), ("", "needed")):
        answer = await robin.submit_with(
            page, "/desk/account/passkeys", label=label, secret_passkey=key.make(page)
        )
        assert answer.status_code == 422
        assert expected in text_on(answer)


async def test_passkeys_are_removed_by_their_own_person(robin: Browser) -> None:
    await with_passkey(robin)
    page = await robin.get("/desk/account/passkeys")
    path = re.findall(r'href="(/desk/account/passkeys/[^"]*/remove)"', page.text)[0]
    other = await person(robin.node, name="Sparrow")
    assert (await other.get(path)).status_code == (await other.post(path)).status_code == 404
    page = await robin.submit(await robin.get(path))
    assert "The passkey is removed" in text_on(page)
    assert (await robin.node.rows())["passkeys"] == 0


async def test_a_recovery_code_stands_in_for_a_lost_passkey(robin: Browser) -> None:
    codes = await codes_of(robin)
    await with_passkey(robin)
    browser, page = await asked_for_second_step(robin.node)
    assert "Recovery code" in text_on(page)
    assert (await browser.submit_only(page, secret_code=codes[3])).status_code == 303


async def test_an_address_has_no_passkeys_and_says_so(fediverse: Fediverse) -> None:
    node = await fediverse.add("192.0.2.7", roles=["initiative"], allowed_networks=["192.0.2.0/24"])
    who = await person(node)
    assert "only for servers with a name" in text_on(await who.get("/desk/account"))
    page = await who.get("/desk/account/passkeys")
    assert "data-passkey" not in page.text
    assert (
        "data-passkey" not in (await who.post("/desk/account/passkeys", label="x", secret_passkey="{}")).text
    )
    assert (await node.rows())["passkeys"] == 0

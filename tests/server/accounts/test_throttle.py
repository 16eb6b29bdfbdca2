"""Guessing gets slow; the person whose name is guessed is not locked out; the table of tries does not grow."""

from datetime import timedelta

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.accounts.throttle import FORGOTTEN_AFTER, LONGEST_WAIT, Throttle, network_of
from tests.browsing import Browser
from tests.fediverse import Fediverse, HandTurnedClock, Node
from tests.people import FORM, PASSPHRASE, person, text_on

pytestmark = pytest.mark.anyio

NOTHING = timedelta(0)


def test_the_fourth_try_is_followed_by_a_wait_that_doubles_up_to_a_quarter_of_an_hour() -> None:
    clock = HandTurnedClock()
    throttle = Throttle(clock, free=3)
    waits: list[timedelta] = []
    for _ in range(16):
        assert throttle.count_try("robin") == NOTHING
        waits.append(throttle.count_try("robin") if len(waits) >= 3 else NOTHING)
        clock.advance(seconds=waits[-1].total_seconds())
    assert [wait.total_seconds() for wait in waits[:8]] == [0, 0, 0, 5, 10, 20, 40, 80]
    assert waits[-1] == max(waits) == LONGEST_WAIT


def test_the_wait_is_over_exactly_when_it_says() -> None:
    clock = HandTurnedClock()
    throttle = Throttle(clock, free=0)
    throttle.count_try("robin")
    wait = throttle.count_try("robin")
    clock.advance(seconds=wait.total_seconds() - 0.001)
    assert throttle.count_try("robin") > NOTHING
    clock.advance(seconds=0.001)
    assert throttle.count_try("robin") == NOTHING


def test_success_forgets_and_so_does_an_hour() -> None:
    clock = HandTurnedClock()
    throttle = Throttle(clock, free=0)
    throttle.count_try("robin")
    throttle.forget("robin")
    assert throttle.count_try("robin") == NOTHING
    clock.advance(seconds=FORGOTTEN_AFTER.total_seconds())
    assert throttle.count_try("robin") == NOTHING
    assert throttle.count_try("robin") == timedelta(seconds=5)


def test_a_try_that_was_none_is_taken_back() -> None:
    throttle = Throttle(HandTurnedClock(), free=0)
    for _ in range(9):
        assert throttle.count_try("robin") == NOTHING
        throttle.take_back("robin")
    throttle.take_back("somebody who never tried")


@given(st.lists(st.text(max_size=5), max_size=60))
def test_the_table_keeps_to_its_size_and_forgets_the_oldest(names: list[str]) -> None:
    throttle = Throttle(HandTurnedClock(), free=0, size=8)
    for name in names:
        throttle.count_try(name)
        assert len(throttle) <= 8
    if names:
        assert throttle.count_try(names[-1]) > NOTHING


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        (None, None),
        ("", None),
        ("a Unix socket", None),
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_a_network_is_a_24_or_48_and_a_proxy_on_this_machine_is_none(
    peer: str | None, network: str | None
) -> None:
    assert network_of(peer) == network


async def guess(browser: Browser, times: int, name: str = "Robin") -> httpx2.Response:
    page = await browser.get("/sign-in")
    for _ in range(times):
        answer = await browser.submit(page, name=name, secret_passphrase="a wrong passphrase")
    return answer


@pytest.mark.parametrize("name", ["Robin", "Nobody"])
async def test_whoever_guesses_waits_and_an_unknown_name_is_no_exception(
    fediverse: Fediverse, node: Node, name: str
) -> None:
    await person(node, name="Robin")
    browser = Browser(node)
    assert (await guess(browser, 4, name)).status_code == 401
    answer = await guess(browser, 1, name)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] in ("5", "6")
    assert f'value="{name}"' in answer.text
    assert "seconds" in text_on(answer)
    fediverse.clock.advance(seconds=5)
    assert (await guess(browser, 1, name)).status_code == 401


async def test_even_the_right_passphrase_waits_or_guessing_would_not_be_slow(node: Node) -> None:
    await person(node, name="Robin")
    browser = Browser(node)
    await guess(browser, 4)
    page = await browser.get("/sign-in")
    answer = await browser.submit_only(page, name="Robin", secret_passphrase=PASSPHRASE)
    assert answer.status_code == 429


async def test_strangers_who_guess_do_not_lock_out_a_browser_that_was_in_before(
    fediverse: Fediverse, robin: Browser
) -> None:
    robin.cookies.pop("__Host-antipole")
    stranger = Browser(robin.node)
    for _ in range(20):
        await guess(stranger, 1)
        fediverse.clock.advance(minutes=16)
    assert (await guess(stranger, 2)).status_code == 429
    page = await robin.get("/sign-in")
    answer = await robin.submit_only(page, name="Robin", secret_passphrase=PASSPHRASE)
    assert answer.status_code == 303


async def test_a_known_browser_is_slowed_down_too_and_known_only_to_its_own_account(robin: Browser) -> None:
    await person(robin.node, name="Sparrow")
    robin.cookies.pop("__Host-antipole")
    assert (await guess(robin, 5)).status_code == 429
    # For Sparrow it is a stranger's like any other.
    await guess(Browser(robin.node), 4, "Sparrow")
    page = await robin.get("/sign-in")
    answer = await robin.submit_only(page, name="Sparrow", secret_passphrase=PASSPHRASE)
    assert answer.status_code == 429


@pytest.mark.parametrize("forged", ["", ".", "x.", "x.y", "known", "ключ.ключ", "x" * 5000])
async def test_nobody_can_call_a_browser_known(node: Node, forged: str) -> None:
    await person(node, name="Robin")
    await guess(Browser(node), 4)
    page = await Browser(node).get("/sign-in")
    assert page.status_code == 200
    body = f"name=Robin&secret_passphrase={'x' * 12}".encode()
    headers = {"content-type": FORM, "sec-fetch-site": "same-origin"}
    cookie = f"__Host-antipole-browser={forged}".encode()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=node.door)) as client:
        answer = await client.post(
            f"{node.origin}/sign-in",
            headers=[*((k.encode(), v.encode()) for k, v in headers.items()), (b"cookie", cookie)],
            content=body,
        )
    assert answer.status_code == 429


async def test_a_network_has_a_budget_however_many_names_it_tries(fediverse: Fediverse, node: Node) -> None:
    await person(node, name="Robin")
    headers = {"content-type": FORM, "sec-fetch-site": "same-origin"}

    async def from_(address: str, name: str, passphrase: str) -> int:
        transport = httpx2.ASGITransport(app=node.door, client=(address, 4321))
        async with httpx2.AsyncClient(transport=transport) as client:
            answer = await client.post(
                f"{node.origin}/sign-in",
                headers=headers,
                content=f"name={name}&secret_passphrase={passphrase}".encode(),
            )
            return answer.status_code

    statuses = [await from_(f"192.0.2.{number}", f"name{number}", "w" * 12) for number in range(1, 33)]
    assert statuses == [401] * 31 + [429]
    assert await from_("192.0.2.200", "Robin", PASSPHRASE.replace(" ", "+")) == 429
    assert await from_("198.51.100.7", "Robin", PASSPHRASE.replace(" ", "+")) == 303
    fediverse.clock.advance(seconds=6)
    assert await from_("192.0.2.200", "Robin", PASSPHRASE.replace(" ", "+")) == 303

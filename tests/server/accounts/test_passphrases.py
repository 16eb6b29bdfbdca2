"""Passphrases: which will do, how they are kept, and that guessing tells nothing and stops nobody."""

import asyncio
import re
from statistics import median
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.accounts.passphrases import (
    AT_ONCE,
    COMMON,
    MOST_WAITING,
    SHORTEST,
    Passphrases,
    TooBusy,
    weakness,
)
from tests.browsing import Browser
from tests.fediverse import Node
from tests.people import PASSPHRASE, person, text_on

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("", "at least"),
        ("eleven char", "at least"),
        ("aaaaaaaaaaaa", "pattern"),
        ("abcabcabcabca", "pattern"),
        ("hope hope hope hope", "pattern"),
        ("qwertyuiopasdf", "pattern"),
        ("poiuytrewqlkjh", "pattern"),
        ("123456789012", "pattern"),
        ("1q2w3e4r5t6y", "pattern"),
        ("qwertzuiop123", "pattern"),
        ("йцукенгшщзхъ", "pattern"),
        ("фівапролджє1", "pattern"),
        ("abcdefghijklmnop", "pattern"),
        ("robin-robin-2026", "your name"),
        ("7 Robin ROBIN 7", "your name"),
        ("manufacturing", "Many people"),
        ("Unbelievable", "Many people"),
    ],
)
def test_a_guessable_passphrase_is_refused_with_a_reason(passphrase: str, why: str) -> None:
    found = weakness(passphrase, "Robin")
    assert found is not None
    assert why in found.text


@pytest.mark.parametrize(
    "passphrase",
    [
        PASSPHRASE,
        "чотири тихі чаплі над водою",
        "correct horse battery staple",
        "Zk3-pp0_qx!7",
        "茶碗と傘と三羽の鷺が飛ぶ夜",
    ],
)
def test_words_that_nobody_puts_together_are_taken(passphrase: str) -> None:
    assert weakness(passphrase, "Robin") is None


@given(st.text(max_size=60), st.text(max_size=45))
def test_any_text_gets_an_answer(passphrase: str, name: str) -> None:
    assert (len(passphrase) < SHORTEST) <= (weakness(passphrase, name) is not None)


def test_the_list_of_common_ones_holds_only_what_is_long_enough_to_matter() -> None:
    words = COMMON.read_text(encoding="utf-8").splitlines()
    assert len(words) > 3000
    assert words == sorted(set(words))
    assert min(map(len, words)) >= SHORTEST


async def test_what_is_kept_is_argon2id_of_at_least_19_mib() -> None:
    kept = await Passphrases().hashed(PASSPHRASE)
    costs = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", kept)
    assert costs is not None
    memory, time, lanes = map(int, costs.groups())
    assert (memory >= 19 * 1024, time >= 2, lanes) == (True, True, 1)
    assert await Passphrases().matches(kept, PASSPHRASE)
    assert not await Passphrases().matches(kept, PASSPHRASE + " ")
    assert not await Passphrases().matches("$argon2id$ damaged", PASSPHRASE)


async def test_nobodys_passphrase_never_matches_and_takes_as_long() -> None:
    passphrases = Passphrases()
    kept = await passphrases.hashed(PASSPHRASE)

    async def seconds(passphrase_hash: str | None) -> float:
        started = perf_counter()
        assert not await passphrases.matches(passphrase_hash, "some other passphrase")
        return perf_counter() - started

    await seconds(None)
    pairs = [(await seconds(kept), await seconds(None)) for _ in range(7)]
    known, unknown = (median(column) for column in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2


async def test_more_than_the_queue_holds_is_told_to_come_again() -> None:
    passphrases = Passphrases()
    most = AT_ONCE + MOST_WAITING
    tries = [asyncio.create_task(passphrases.matches(None, "x" * 12)) for _ in range(most + 3)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in results].count(TooBusy) == 3
    assert await passphrases.matches(None, "x" * 12) is False


async def test_a_busy_server_says_503_and_when_and_keeps_what_was_typed(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person(node, name="Robin")

    async def busy(*_: object, vouched: bool) -> bool:
        raise TooBusy

    monkeypatch.setattr(Passphrases, "matches", busy)
    browser = Browser(node)
    page = await browser.get("/sign-in")
    for _ in range(6):
        answer = await browser.submit(page, name="Robin", secret_passphrase=PASSPHRASE)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert 'value="Robin"' in answer.text
    monkeypatch.undo()
    # Those were no tries: nobody has to wait for them.
    assert (await browser.submit_only(page, name="Robin", secret_passphrase=PASSPHRASE)).status_code == 303


async def test_an_unknown_name_and_a_wrong_passphrase_get_the_same_answer(node: Node) -> None:
    await person(node, name="Robin")
    answers = []
    for name in ("Robin", "Nobody", "", "!!"):
        browser = Browser(node)
        page = await browser.get("/sign-in")
        answer = await browser.submit(page, name=name, secret_passphrase="some other passphrase")
        shown = re.sub(r'value="[^"]*"', "", answer.text)
        answers.append((answer.status_code, shown, sorted(set(answer.headers) - {"date"}), browser.cookies))
    assert answers[0][0] == 401
    assert all(answer[0] == 401 for answer in answers)
    assert answers[0][1:] == answers[1][1:] == answers[2][1:]
    assert answers[0][3] == {}


async def test_names_are_found_however_they_are_typed(node: Node) -> None:
    await person(node, name="Чайка-Ёж")
    browser = Browser(node)
    page = await browser.get("/sign-in")
    assert (
        await browser.submit_only(page, name=" чайка ЁЖ", secret_passphrase=PASSPHRASE)
    ).status_code == 303


async def test_a_passphrase_is_never_shown_again(node: Node) -> None:
    await person(node, name="Robin")
    browser = Browser(node)
    answer = await browser.submit(
        await browser.get("/sign-in"), name="Robin", secret_passphrase="some slip here"
    )
    assert "some slip here" not in answer.text
    assert "Try again" in text_on(answer)


async def test_failed_tries_leave_nothing_at_rest(node: Node) -> None:
    await person(node, name="Robin")
    browser = Browser(node)
    page = await browser.get("/sign-in")
    before = await node.rows()
    for _ in range(5):
        await browser.submit(page, name="Robin", secret_passphrase="some other passphrase")
    after = await node.rows()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} in (
        {},
        {"own_secrets": 1},
    )

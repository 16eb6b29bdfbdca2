"""Words that are long to clean: all writers of the database wait meanwhile (RES-15)."""

from datetime import timedelta

import pytest

from federation.errors import TooBusy
from server.fediverse.effort import BURST, MAX_REMEMBERED, PER_SECOND, Effort
from tests.fediverse import MORNING, Fediverse
from tests.server.initiative.replying import Garden, a_garden
from tests.server.initiative.test_replies_passed_on import pass_on

pytestmark = pytest.mark.anyio

TAGS = 3_800
HEAVY = "<p></p>" * (TAGS // 2)


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


@pytest.mark.parametrize("what", ["new", "edit", "taken back at once"])
async def test_res_15_a_server_can_have_us_clean_so_much_and_no_more(garden: Garden, what: str) -> None:
    mine = await garden.reply()
    answers = []
    for number in range(12):
        note = garden.note(content=f"{HEAVY}<p>{number}</p>") if what != "new" else garden.note(content=HEAVY)
        if what == "edit":
            note["id"] = mine
        answers.append(await garden.send("Update" if what == "edit" else "Create", note))
        if what == "taken back at once":
            assert await garden.send("Delete", note["id"]) == 202
    assert set(answers[:2]) == {202}
    assert 429 in answers
    # Its neighbours write meanwhile, and it writes again later.
    other = garden.fediverse.neighbour("other.example")
    await garden.reply(other.account("anna"), other)
    garden.fediverse.clock.advance(seconds=10)
    assert await garden.held(await garden.reply()) is not None


async def test_res_11_whoever_passes_on_has_us_ask_no_server_over_and_over(garden: Garden) -> None:
    mine = await garden.shown()
    relay = garden.fediverse.neighbour("relay.example")
    answers = []
    for _ in range(30):
        answers.append(await pass_on(garden, (relay, relay.account("relay")), "Update", mine))
        # The clock goes on by a second with each of them; this makes it a hundred in one.
        garden.fediverse.clock.advance(seconds=-0.99)
        await garden.fediverse.settle()
    asked = garden.mastodon.asked.count(mine.removeprefix(garden.mastodon.origin))
    assert 10 <= asked <= 11
    assert set(answers) == {202, 429}
    garden.fediverse.clock.advance(seconds=10)
    assert await pass_on(garden, (relay, relay.account("relay")), "Update", mine) == 202


def test_names_below_one_domain_are_one() -> None:
    effort, much = Effort(), BURST // 4 + 1
    for number in range(3):
        effort.take(f"https://h{number}.evil.example/users/eve", much, MORNING)
    with pytest.raises(TooBusy) as busy:
        effort.take("https://another.evil.example/users/eve", much, MORNING)
    assert busy.value.reason == "too-much-work"
    effort.take("https://good.example/users/anna", much, MORNING)
    effort.take("https://evil.example/users/eve", much, MORNING + timedelta(seconds=BURST / PER_SECOND))


def test_of_many_domains_the_last_are_remembered() -> None:
    effort = Effort()
    for number in range(2 * MAX_REMEMBERED):
        effort.take(f"https://evil{number}.example/users/eve", 1, MORNING)
    assert len(effort) == MAX_REMEMBERED

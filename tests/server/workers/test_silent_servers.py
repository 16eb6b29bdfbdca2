"""Servers that do not answer for weeks: who is told, what is forgotten, and that our own silence is not theirs."""

import itertools

import pytest

from server.fediverse import silence
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import person, text_on
from tests.server.speaking import count_followers, let_follow, rows, say, speaker

pytestmark = pytest.mark.anyio

DEAD, WELL = "dead.example", "well.example"
_NUMBER = itertools.count()


async def two_followers(fediverse: Fediverse) -> tuple[Node, str]:
    """One whose server will be silent, with three more of its kind, and one on a server that answers."""
    node, actor = await speaker(fediverse)
    dead, well = fediverse.neighbour(DEAD), fediverse.neighbour(WELL)
    well.account("vera")
    dead.account("eve")
    await let_follow(node, actor, f"https://{WELL}/users/vera", f"https://{DEAD}/users/eve")
    await let_follow(node, actor, *(f"https://{DEAD}/users/u{n}" for n in range(3)))
    dead.status = None
    return node, actor


async def days(fediverse: Fediverse, node: Node, actor: str, number: int, *, speaking: bool = True) -> None:
    """Passes days, on each of which something is published."""
    for _ in range(number):
        if speaking:
            await say(node, actor, object_id=f"{node.origin}/calls/{next(_NUMBER)}")
        await fediverse.settle()
        fediverse.clock.advance(days=1)
    await fediverse.settle()


async def silent_hosts(node: Node) -> set[str]:
    return {row["origin"] for row in await rows(node, "silent_origins")} - {"ourselves"}


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if " days; " in record.getMessage()]


async def check_lines(node: Node) -> list[str]:
    lines: list[str] = []
    for feature in node.features:
        for question in feature.checks:
            lines += await question(node.services)
    return [line for line in lines if line.startswith("warning:")]


async def test_after_a_month_of_silence_its_followers_are_forgotten_and_a_week_before_it_is_said(
    fediverse: Fediverse, caplog: pytest.LogCaptureFixture
) -> None:
    node, actor = await two_followers(fediverse)
    await days(fediverse, node, actor, 22)
    assert told(caplog) == []
    assert await check_lines(node) == []
    await days(fediverse, node, actor, 2)
    assert told(caplog) == [
        "dead.example has not answered for 23 days; in a week its followers here are forgotten"
    ]
    assert await check_lines(node) == [
        "warning: dead.example has not answered since 2026-11-23; its 4 followers here are forgotten on 2026-12-23 "
        "unless it answers"
    ]
    await days(fediverse, node, actor, 5)
    assert await count_followers(node, actor) == 5
    editor = await person(node, Grant("hub", "editor"))
    assert "1 server where somebody follows this hub has not answered" in text_on(
        await editor.get("/desk/hub")
    )
    await days(fediverse, node, actor, 2)
    assert await count_followers(node, actor) == 1
    assert "has not answered" not in text_on(await editor.get("/desk/hub"))
    assert told(caplog)[1:] == [
        "dead.example has not answered for 30 days; its 4 followers here are forgotten"
    ]
    assert await silent_hosts(node) == set()
    pending = [row for row in await rows(node, "deliveries") if row["state"] == "pending"]
    assert pending == []
    assert {row["origin"] for row in await rows(node, "remote_actors")} == {f"https://{WELL}"}
    assert "eve" not in caplog.text
    await days(fediverse, node, actor, 3)
    assert len(told(caplog)) == 2


@pytest.mark.parametrize("answer", [202, 404, 429])
async def test_one_answer_ends_a_silence(fediverse: Fediverse, answer: int) -> None:
    node, actor = await two_followers(fediverse)
    dead = fediverse.neighbour(DEAD)
    await days(fediverse, node, actor, 20)
    assert await silent_hosts(node) == {f"https://{DEAD}"}
    dead.next_statuses = [answer] * 50
    await days(fediverse, node, actor, 1)
    dead.next_statuses = []
    await days(fediverse, node, actor, 20)
    assert await count_followers(node, actor) == 5


async def test_a_word_of_its_own_ends_a_silence(fediverse: Fediverse) -> None:
    node, actor = await two_followers(fediverse)
    dead = fediverse.neighbour(DEAD)
    await days(fediverse, node, actor, 20)
    eve = dead.account("eve")
    like = {"id": f"{eve.id}/likes/1", "type": "Like", "actor": eve.id, "object": actor}
    dead.status = 202  # it must answer for the key of its actor
    assert (await dead.send(eve, f"{node.origin}/inbox", like)).status_code == 202
    assert await silent_hosts(node) == set()


async def test_nobody_is_forgotten_for_our_own_silence(fediverse: Fediverse) -> None:
    """The line of this server is cut for two months: to us all others are silent."""
    node, actor = await two_followers(fediverse)
    well = fediverse.neighbour(WELL)
    well.status = None
    await days(fediverse, node, actor, 60)
    assert await count_followers(node, actor) == 5
    well.status = 202
    await days(fediverse, node, actor, 28)
    assert await count_followers(node, actor) == 5, "the month counts from when we could hear again"
    await days(fediverse, node, actor, 4)
    assert await count_followers(node, actor) == 1


async def test_nobody_is_forgotten_for_the_time_in_which_this_server_was_off(fediverse: Fediverse) -> None:
    node, actor = await two_followers(fediverse)
    await days(fediverse, node, actor, 2)
    await node.stop()
    fediverse.clock.advance(days=40)
    await node.start()
    await days(fediverse, node, actor, 26)
    assert await count_followers(node, actor) == 5
    await days(fediverse, node, actor, 5)
    assert await count_followers(node, actor) == 1


async def test_killed_right_after_the_first_failure_and_off_for_a_month(fediverse: Fediverse) -> None:
    """Nothing has looked around before the kill, so nothing says how long this server listened."""
    from server.workers import deliveries as worker

    node, actor = await two_followers(fediverse)
    await say(node, actor)
    await worker.run_due(node.services)
    assert await silent_hosts(node) == {f"https://{DEAD}"}
    await node.stop()
    fediverse.clock.advance(days=31)
    await node.start()
    await days(fediverse, node, actor, 3)
    assert await count_followers(node, actor) == 5


async def test_a_server_that_was_not_tried_for_weeks_is_asked_before_it_is_forgotten(
    fediverse: Fediverse,
) -> None:
    """Two failures a month apart are no month of silence; nothing was said in between, so nothing was tried."""
    node, actor = await two_followers(fediverse)
    dead = fediverse.neighbour(DEAD)
    await days(fediverse, node, actor, 1)
    dead.status = 503
    await days(fediverse, node, actor, 9, speaking=False)
    assert (await node.stats())["deliveries_pending"] == 0
    assert await silent_hosts(node) == {f"https://{DEAD}"}
    dead.status = 202
    dead.asked.clear()
    await days(fediverse, node, actor, 40, speaking=False)
    assert dead.asked == ["/users/eve"]
    assert await count_followers(node, actor) == 5
    assert await silent_hosts(node) == set()


async def test_whoever_says_little_finds_out_by_asking_whether_anybody_can_be_reached(
    fediverse: Fediverse,
) -> None:
    node, actor = await two_followers(fediverse)
    well = fediverse.neighbour(WELL)
    await days(fediverse, node, actor, 1)
    well.asked.clear()
    # By steps of a day every second one is without an answer; each hour of the real clock has one from the last day.
    await days(fediverse, node, actor, 66, speaking=False)
    assert 15 <= well.asked.count("/users/vera") <= 40
    assert await count_followers(node, actor) == 1


async def test_rows_about_servers_where_nobody_follows_do_not_pile_up(fediverse: Fediverse) -> None:
    """CVE-2026-69132: a stranger that never takes our answers, over and over under other names."""
    node, actor = await speaker(fediverse)
    for number in range(20):
        stranger = fediverse.neighbour(f"stranger{number}.example")
        ann = stranger.account("ann")
        await stranger.follow(ann, await node.document(actor))
        stranger.status = None
        await say(node, actor, object_id=f"{node.origin}/calls/{number}")
        await fediverse.settle()
        stranger.status = 202
        await stranger.unfollow(ann, await node.document(actor))
        stranger.status = None
    for _ in range(20):
        await fediverse.settle()
        fediverse.clock.advance(hours=12)
    await fediverse.forget()
    await fediverse.settle()
    assert await rows(node, "silent_origins") == []
    assert await rows(node, "origins") == []


async def test_our_own_row_is_no_servers(fediverse: Fediverse) -> None:
    """What an instance sends to itself goes over no network: it neither proves that we are online nor ends anything."""
    node, actor = await two_followers(fediverse)
    fediverse.neighbour(WELL).status = None
    await let_follow(node, actor, f"{node.origin}/users/ours")
    await days(fediverse, node, actor, 40)
    assert await count_followers(node, actor) >= 5
    own = node.services.here.settings.origin
    now = fediverse.clock.now()
    assert not await node.services.database.read(lambda tx: silence.is_online(tx, own, now))

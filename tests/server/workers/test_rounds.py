"""Chores keep their pace across processes and starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from server.workers.rounds import LOOK_AGAIN, take_turn
from tests.fediverse import Fediverse
from tests.server.speaking import speaker

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


class Work:
    def __init__(self) -> None:
        self.done = 0
        self.fails = False

    async def __call__(self) -> int:
        if self.fails:
            raise ValueError("x")
        self.done += 1
        return 1


async def test_it_is_done_at_once_and_then_when_its_time_has_passed(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    work = Work()
    assert await take_turn(node.services, "sweep", HOUR, work) == 3600
    fediverse.clock.advance(minutes=20)
    assert await take_turn(node.services, "sweep", HOUR, work) == 40 * 60
    assert work.done == 1
    fediverse.clock.advance(minutes=40)
    assert await take_turn(node.services, "sweep", HOUR, work) == 3600
    assert work.done == 2


async def test_a_new_start_is_no_new_turn(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    work = Work()
    await take_turn(node.services, "sweep", HOUR, work)
    await node.stop()
    await node.start()
    assert await take_turn(node.services, "sweep", HOUR, work) == 3600
    await take_turn(node.services, "another", HOUR, work)
    assert work.done == 2


async def test_what_was_cut_off_is_begun_again(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    work = Work()
    work.fails = True
    with pytest.raises(ValueError, match="x"):
        await take_turn(node.services, "sweep", HOUR, work)
    work.fails = False
    await take_turn(node.services, "sweep", HOUR, work)
    assert work.done == 1


async def test_a_clock_that_was_set_back_holds_nothing_up(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    work = Work()
    await take_turn(node.services, "sweep", HOUR, work)
    fediverse.clock.advance(seconds=-30)  # another machine's clock, half a minute behind
    assert await take_turn(node.services, "sweep", HOUR, work) == 3630
    fediverse.clock.advance(days=-400)
    await take_turn(node.services, "sweep", HOUR, work)
    assert work.done == 2


async def test_while_another_process_is_at_it_nothing_is_done(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, _ = await speaker(fediverse)
    asked: list[str] = []

    @asynccontextmanager
    async def taken(name: str) -> AsyncIterator[bool]:
        asked.append(name)
        yield False

    monkeypatch.setattr(node.services.database, "alone", taken)
    work = Work()
    assert await take_turn(node.services, "sweep", HOUR, work) == LOOK_AGAIN.total_seconds()
    assert await take_turn(node.services, "sweep", timedelta(seconds=5), work) == 5
    assert (work.done, asked) == (0, ["round sweep", "round sweep"])

"""SAFETY R9 and PROTOCOL 7: when a silent server is tried again, and what happens when three hundred come back."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from federation.delivery import GIVE_UP_AFTER, JITTER, SCHEDULE
from tests.simulation.retrying import DAY, HOUR, after_an_outage, followed_by, publish, room
from tests.simulation.virtual_time import run


def test_ac_7_1_a_silent_server_is_tried_for_a_week_as_planned() -> None:
    async def story(place: Path) -> tuple[list[float], list[tuple[str, str]]]:
        machine, outside = await followed_by(place, 1)
        outside.silent = True
        await publish(machine, 1)
        await asyncio.sleep(10 * DAY)
        ended = machine.rows("SELECT state, last_reason FROM deliveries")
        await machine.stop()
        return outside.knocks, [(state, reason) for state, reason in ended]

    with room() as place:
        knocks, ended = run(lambda: story(place))
    waits = [wait.total_seconds() for wait in SCHEDULE]
    waits += [waits[-1]] * len(knocks)
    for (before, after), planned in zip(pairwise(knocks), waits, strict=False):
        assert planned * (1 - JITTER) <= after - before <= planned * (1 + JITTER) + 2, (
            before,
            after,
            planned,
        )
    week = GIVE_UP_AFTER.total_seconds()
    assert week <= knocks[-1] - knocks[0] <= week + DAY * (1 + JITTER)
    assert ended == [("failed", "no-answer")] or ended == [("failed", "gave-up")]


@pytest.mark.parametrize(("peers", "every"), [(30, 2 * HOUR), (30, HOUR / 3)])
def test_r9_no_herd_when_all_come_back_after_a_day(peers: int, every: float) -> None:
    """The busiest minute after the outage sends at most twice what the busiest minute of a quiet day sends.

    30 servers here and 300 in `python -m tests.simulation --retries`; calls every two hours, and three an hour.
    """
    with room() as place:
        steady, afterwards, undone = run(lambda: after_an_outage(place, peers, every))
    assert undone == 0
    assert afterwards <= 2 * steady, (steady, afterwards)

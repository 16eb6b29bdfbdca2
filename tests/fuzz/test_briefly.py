"""The short form of `python -m tests.fuzz`."""

from pathlib import Path

import pytest

from tests.fuzz.__main__ import MOST_GROWTH, run
from tests.fuzz.doors import DOORS, Door, Stage, honest_follow, memory

SECONDS = 5


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_ac_2_5_nothing_a_stranger_sends_breaks_a_door(door: Door, tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        run(stage, door, 0.5, 0)
        before = memory()
        assert run(stage, door, SECONDS, 1) > 0
        assert memory() - before < MOST_GROWTH
        assert stage.loop.run(honest_follow(stage)) == 202

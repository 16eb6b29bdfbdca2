"""R10: after a kill the first page within 3 s and the first delivery within 5 s, however much there is.

100 000 rows and 10 000 jobs; a million and 100 000 by `python -m tests.durability --nightly`.
"""

import asyncio
from pathlib import Path

import pytest

from tests.durability.grown import Age, grow
from tests.durability.restarts import FIRST_ANSWER, QUEUE_RUNS, killed_and_back
from tests.durability.strangers import Receiver, Strangers

pytestmark = pytest.mark.slow

CI = Age(rows=100_000, jobs=10_000)


@pytest.mark.parametrize(("engine", "number"), [("sqlite", 62), ("postgres", 63)])
def test_r10_a_killed_server_is_soon_back(tmp_path: Path, engine: str, number: int) -> None:
    with Receiver() as receiver:
        instance = grow(tmp_path, Strangers(receiver), CI, engine, number)
        back = asyncio.run(killed_and_back(instance, receiver))
    assert back.answered <= FIRST_ANSWER, back
    assert back.delivered <= QUEUE_RUNS, back

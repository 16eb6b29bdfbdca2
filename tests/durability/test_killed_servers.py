"""R1 and R3: what was accepted is never lost and takes effect once; what is owed arrives, and nothing under two ids.

20 000 activities accepted and 20 000 deliveries owed through 200 kills;
for more: `python -m tests.durability --nightly`.
"""

from pathlib import Path

import pytest

from tests.durability.figures import r1_r3
from tests.durability.siege import Size

pytestmark = pytest.mark.slow

CI = Size(accepted=20_000, deliveries=20_000, kills=200)
CI_POSTGRES = Size(accepted=2_000, deliveries=2_000, kills=30)
"""It is the same program; what differs is what it leaves behind in a server that goes on."""

CONTROL = Size(accepted=500, deliveries=1_000, kills=20)


@pytest.mark.parametrize(("engine", "size"), [("sqlite", CI), ("postgres", CI_POSTGRES)])
def test_r1_r3_nothing_accepted_is_lost_and_nothing_owed_is_missing(
    tmp_path: Path, engine: str, size: Size
) -> None:
    assert r1_r3(tmp_path, engine, size, seed=1) == []


def test_r1_control_a_server_that_answers_before_its_commit_is_caught(tmp_path: Path) -> None:
    patch = "tests.durability.patches:answer_before_commit"
    broken = r1_r3(tmp_path, "sqlite", CONTROL, seed=1, patches=(patch,))
    assert any("accepted and lost" in line for line in broken)
    assert any("counted" in line for line in broken)


def test_r3_control_a_server_that_records_before_it_sends_is_caught(tmp_path: Path) -> None:
    patch = "tests.durability.patches:record_before_sending"
    broken = r1_r3(tmp_path, "sqlite", CONTROL, seed=1, patches=(patch,))
    assert any("owed and missing" in line for line in broken)

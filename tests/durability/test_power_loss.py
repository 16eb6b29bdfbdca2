"""R2: the power goes at any moment, and nothing that was accepted is lost, nothing is half there, no file is damaged.

30 moments, at each of them what the disk may have kept of what was not synced, down to single sectors.
"""

import random
import re
import shutil
from pathlib import Path

import pytest

from tests.durability.cuts import Cuts, cut, recorded
from tests.durability.recorder import sqlite_library
from tests.durability.siege import made

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sqlite_library() is None, reason="this Python's SQLite shows nobody what it asks of the disk"
    ),
]

CUTS = 30
IMAGES = 9
ACCEPTED = 1_000
CONTROL = 200


def test_r2_what_was_accepted_survives_the_power(tmp_path: Path) -> None:
    with made(tmp_path) as (instance, strangers):
        run = recorded(instance, strangers, ACCEPTED, tmp_path / "record", seed=2)
    assert sum(asked.kind == "sync" for asked in run.record) > 50
    assert any(asked.kind == "write" and not asked.name.endswith("-wal") for asked in run.record), (
        "no checkpoint was met: nothing is said about them"
    )
    found = cut(run, Cuts(CUTS, IMAGES), tmp_path, random.Random(2))
    assert found.images > 2 * CUTS
    assert found.damaged == []
    assert found.lost == []
    assert found.halves == []


def test_r2_control_a_log_that_is_not_synced_is_caught(tmp_path: Path) -> None:
    """`synchronous = NORMAL` passes every kill -9."""
    with made(tmp_path) as (instance, strangers):
        patch = "tests.durability.patches:sync_only_at_checkpoints"
        run = recorded(instance, strangers, CONTROL, tmp_path / "record", seed=2, patches=(patch,))
    found = cut(run, Cuts(CUTS, IMAGES), tmp_path, random.Random(2))
    assert found.lost != []
    assert found.damaged == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_r2_control_the_record_agrees_with_the_kernels(tmp_path: Path) -> None:
    """As many syncs of each file as the kernel has seen."""
    with made(tmp_path) as (instance, strangers):
        run = recorded(instance, strangers, 100, tmp_path / "record", seed=3, trace=tmp_path / "trace")
    if not run.traced:
        pytest.skip("strace may not look here")
    asked = sum(one.kind == "sync" and one.name == "antipole.sqlite3-wal" for one in run.record)
    assert asked > 10
    # The last one may have been cut short by the kill.
    assert abs(len(re.findall(r"antipole\.sqlite3-wal>\)\s+= 0", run.traced)) - asked) <= 1

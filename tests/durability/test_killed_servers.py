"""R1 and R3: what was accepted is never lost and takes effect once; what is owed arrives, and nothing under two ids.

20 000 activities accepted and 20 000 deliveries owed through 200 kills;
for more: `python -m tests.durability --nightly`.
"""

from pathlib import Path

import pytest

from tests.durability import ledger
from tests.durability.siege import Size, besiege, made

pytestmark = pytest.mark.slow

CI = Size(accepted=20_000, deliveries=20_000, kills=200)
CI_POSTGRES = Size(accepted=2_000, deliveries=2_000, kills=30)
"""It is the same program; what differs is what it leaves behind in a server that goes on."""

CONTROL = Size(accepted=500, deliveries=1_000, kills=20)

IN_FLIGHT = 32
"""Requests that a kill may make us repeat (R3)."""


@pytest.mark.parametrize(("engine", "size"), [("sqlite", CI), ("postgres", CI_POSTGRES)])
def test_r1_r3_nothing_accepted_is_lost_and_nothing_owed_is_missing(
    tmp_path: Path, engine: str, size: Size
) -> None:
    with made(tmp_path, engine) as (instance, strangers):
        patches = () if engine == "sqlite" else ("tests.durability.patches:short_leases",)
        besieged = besiege(instance, strangers, size, seed=1, patches=patches)
        kept = ledger.read_ledger(instance.directory, besieged.call)
    assert besieged.kills > size.kills
    assert len(besieged.journal.accepted) >= size.accepted
    assert ledger.lost(besieged.journal, kept) == []
    assert ledger.wrong_effects(besieged.journal, kept) == []
    assert ledger.unpublished(besieged, kept) == []
    assert len(kept.deliveries) >= size.deliveries
    assert ledger.missing(besieged, kept) == []
    assert ledger.duplicates(besieged) <= IN_FLIGHT * besieged.kills
    assert ledger.double_effects(besieged, kept) == []
    assert kept.problems == []


def test_r1_control_a_server_that_answers_before_its_commit_is_caught(tmp_path: Path) -> None:
    with made(tmp_path) as (instance, strangers):
        patch = "tests.durability.patches:answer_before_commit"
        besieged = besiege(instance, strangers, CONTROL, seed=1, patches=(patch,))
        kept = ledger.read_ledger(instance.directory, besieged.call)
    assert ledger.lost(besieged.journal, kept) != []
    assert ledger.wrong_effects(besieged.journal, kept) != []


def test_r3_control_a_server_that_records_before_it_sends_is_caught(tmp_path: Path) -> None:
    with made(tmp_path) as (instance, strangers):
        patch = "tests.durability.patches:record_before_sending"
        besieged = besiege(instance, strangers, CONTROL, seed=1, patches=(patch,))
        kept = ledger.read_ledger(instance.directory, besieged.call)
    assert ledger.missing(besieged, kept) != []

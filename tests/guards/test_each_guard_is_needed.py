"""A guard whose test passes without it is no guard, or the test is none."""

import subprocess
import sys

import pytest

from tests.guards.catalogue import GUARDS
from tests.guards.guard import PAGE, ROOT, Guard, page

TEST_FAILED = 1
"""pytest's exit status when tests ran and failed; 2 to 5 are its other troubles."""


@pytest.mark.parametrize(
    "number", range(len(GUARDS)), ids=lambda number: GUARDS[number].name.replace(" ", "-")
)
def test_without_it_a_test_fails(number: int) -> None:
    guard: Guard = GUARDS[number]
    command = [sys.executable, "-m", "tests.guards.without", str(number)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == TEST_FAILED, (
        f"{guard.test} without {guard.name}\n{run.stdout[-3000:]}{run.stderr[-1000:]}"
    )


def test_the_page_lists_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(GUARDS), "run `python -m tests.guards`"


def test_names_are_told_apart() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)

"""A guard whose test passes without it is no guard, or the test is none."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.guards.catalogue import GUARDS
from tests.guards.guard import PAGE, ROOT, page

TEST_FAILED = 1
"""pytest's exit status when tests ran and failed; 2 to 5 are its other troubles."""

Run = subprocess.CompletedProcess[str]


def without(number: int) -> Run:
    command = [sys.executable, "-m", "tests.guards.without", str(number)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[dict[int, Future[Run]]]:
    """All that were asked for at once, a process for each of this machine's cores."""
    me = test_without_it_a_test_fails.__name__
    items = [
        item
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == me
    ]
    wanted = [int(str(item.callspec.params["number"])) for item in items]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {number: pool.submit(without, number) for number in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    "number", range(len(GUARDS)), ids=lambda number: GUARDS[number].name.replace(" ", "-")
)
def test_without_it_a_test_fails(number: int, runs: dict[int, Future[Run]]) -> None:
    guard, run = GUARDS[number], runs[number].result()
    assert run.returncode == TEST_FAILED, (
        f"{guard.test} without {guard.name}\n{run.stdout[-3000:]}{run.stderr[-1000:]}"
    )


def test_the_page_lists_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(GUARDS), "run `python -m tests.guards`"


def test_names_are_told_apart() -> None:
    names = [guard.name for guard in GUARDS]
    assert sorted(set(names)) == sorted(names)

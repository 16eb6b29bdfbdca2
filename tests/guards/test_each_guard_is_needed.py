"""A guard whose test passes without it is no guard, or the test is none."""

import importlib
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.guards.catalogue import GUARDS
from tests.guards.guard import PAGE, Guard, page
from tests.guards.without import run_and_end

TEST_FAILED = 1
"""pytest's exit status when tests ran and failed; 2 to 5 are its other troubles."""

# Each guard has a process of its own, forked from one that has loaded everything but our modules: most of the time of
# a new interpreter goes into that.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.guards.preloaded"])


@dataclass(frozen=True, slots=True)
class Run:
    status: int | None
    output: str


def without(number: int, output: Path) -> Run:
    process = PROCESSES.Process(target=run_and_end, args=(number, output))
    process.start()
    process.join(180)
    if process.is_alive():
        process.kill()
        process.join()
    return Run(process.exitcode, output.read_text(encoding="utf-8", errors="replace")[-4000:])


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, Future[Run]]]:
    """All that were asked for at once, a process for each of this machine's cores."""
    me = test_without_it_a_test_fails.__name__
    items = [
        item
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == me
    ]
    wanted = [int(str(item.callspec.params["number"])) for item in items]
    folder = tmp_path_factory.mktemp("guards")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {number: pool.submit(without, number, folder / f"{number}.txt") for number in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(
    "number", range(len(GUARDS)), ids=lambda number: GUARDS[number].name.replace(" ", "-")
)
def test_without_it_a_test_fails(number: int, runs: dict[int, Future[Run]]) -> None:
    guard, run = GUARDS[number], runs[number].result()
    assert (run.status, "\n1 failed" in run.output) == (TEST_FAILED, True), (
        f"{guard.test} without {guard.name}\n{run.output}"
    )


def test_the_page_lists_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(GUARDS), "run `python -m tests.guards`"


def test_every_list_of_guards_is_in_the_catalogue() -> None:
    names = {file.stem for file in Path(__file__).parent.glob("*.py")} - {"__init__", "__main__", "preloaded"}
    written = {
        guard.name
        for name in names
        for value in vars(importlib.import_module(f"tests.guards.{name}")).values()
        if isinstance(value, tuple)
        for guard in value
        if isinstance(guard, Guard)
    }
    assert written == {guard.name for guard in GUARDS}


def test_names_are_told_apart() -> None:
    names = [guard.name for guard in GUARDS]
    assert sorted(set(names)) == sorted(names)

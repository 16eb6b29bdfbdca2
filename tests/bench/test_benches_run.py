"""Each benchmark runs, and prints the line that docs/reference/benchmarks.md explains."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import documents, fanout, inbox, pages
from bench.__main__ import BENCHES
from bench.line import Line, percentile

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"(\w+): (\d+)/s, (\d+) us CPU, p99 (\d+\.\d) ms, (\d+\.\d\d) x [a-z ]+ \((\d+)/s\)")

TINY: dict[str, Callable[[], Line]] = {
    "documents": lambda: documents.measure(items=600, rounds=1, connections=4),
    "fanout": lambda: fanout.measure(followers=12, hosts=3, rounds=1),
    "inbox": lambda: inbox.measure(items=80, senders=1, rounds=1, connections=4),
    "pages": lambda: pages.measure(items=600, rounds=1, connections=4),
}

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="CPU time is read from /proc")


@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_says_all_of_it_in_one_line(name: str) -> None:
    line = str(TINY[name]())
    told = LINE.fullmatch(line)
    assert told is not None, line
    assert told[1] == name
    rate, _, p99, ratio, baseline_rate = map(float, told.groups()[1:])
    assert rate > 0
    assert p99 > 0
    assert baseline_rate > 0
    # One round: the ratio of the line is that of its two rates, but for what rounding took.
    assert ratio == pytest.approx(rate / baseline_rate, rel=0.05, abs=0.01)


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", "fast"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert all(name in run.stderr for name in BENCHES)


def test_every_file_of_a_claim_is_reached_by_its_name() -> None:
    claims = {
        file.stem
        for file in (ROOT / "bench").glob("*.py")
        if "def measure(" in file.read_text(encoding="utf-8")
    }
    assert claims == set(BENCHES)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([float(number) for number in range(1, 101)], 0.99) == 99.0
    assert percentile([7.0], 0.99) == 7.0

"""Each benchmark runs, and prints the line that docs/reference/performance.md explains."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench import documents, fanout, fedify_peer, growth, inbox, memory, pages, sick_hosts, start
from bench.__main__ import ALL, BENCHES, FEDIFY, FIGURES
from bench.crowd import Size
from bench.line import Line, percentile
from bench.verdicts import Verdict, least
from tests.peers.fedify.installation import PeerUnavailable

ROOT = Path(__file__).parents[2]
LINE = re.compile(
    r"(\w+): (\d+)/s, (\d+) us CPU, p50 (\d+\.\d) ms, p99 (\d+\.\d) ms, (?:PSS \d+ MB, )?"
    r"(\d+\.\d\d) x [a-z ]+ \((\d+)/s\)"
)

TINY: dict[str, Callable[[], Line]] = {
    "documents": lambda: documents.measure(items=600, rounds=1, connections=4),
    "fanout": lambda: fanout.measure(followers=12, hosts=3, rounds=1),
    "inbox": lambda: inbox.measure(items=80, senders=1, rounds=1, connections=4),
    "pages": lambda: pages.measure(items=600, rounds=1, connections=4),
    "sick_hosts": lambda: sick_hosts.measure(followers=40, hosts=10, rounds=1),
}
TINY_FIGURES: dict[str, Callable[[], Sequence[Verdict]]] = {
    "growth": lambda: growth.measure(Size(900, 200, 40), Size(1000, 240, 50), items=700),
    "memory": lambda: memory.measure(items=40),
    "start": lambda: start.measure(rounds=1),
}

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="CPU time is read from /proc")


@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_says_all_of_it_in_one_line(name: str) -> None:
    line = str(TINY[name]())
    told = LINE.fullmatch(line)
    assert told is not None, line
    assert told[1] == name
    rate, _, p50, p99, ratio, baseline_rate = map(float, told.groups()[1:])
    assert rate > 0
    assert 0 < p50 <= p99
    assert baseline_rate > 0
    # One round: the ratio of the line is that of its two rates, but for what rounding took.
    assert ratio == pytest.approx(rate / baseline_rate, rel=0.05, abs=0.01)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_measured_and_judged(name: str) -> None:
    for verdict in TINY_FIGURES[name]():
        assert verdict.found > 0
        assert re.search(r"goal at (most|least) [0-9.]+: (reached|MISSED)$", str(verdict)), verdict


@pytest.mark.parametrize("name", FEDIFY)
def test_fedify_does_the_same_work(name: str) -> None:
    tiny = {
        "documents": lambda: fedify_peer.documents(items=32),
        "fanout": lambda: fedify_peer.fanout(followers=12, hosts=3, rounds=1),
        "inbox": lambda: fedify_peer.inbox(items=16, senders=2, connections=4),
    }
    try:
        figures = tiny[name]()
    except PeerUnavailable as reason:
        pytest.skip(str(reason))
    assert figures.rate > 0
    assert figures.memory > 10_000_000


def test_a_verdict_knows_both_sides() -> None:
    assert Verdict("x", 1.0, 1.5, "s").reached
    assert not Verdict("x", 1.6, 1.5, "s").reached
    assert least("x", 5.0, 5.0, "x").reached
    assert not least("x", 4.9, 5.0, "x").reached


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", "fast"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert all(name in run.stderr for name in ALL)


def test_every_file_of_a_claim_is_reached_by_its_name() -> None:
    claims = {
        file.stem
        for file in (ROOT / "bench").glob("*.py")
        if "def measure(" in file.read_text(encoding="utf-8")
    }
    assert claims == set(ALL)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([float(number) for number in range(1, 101)], 0.99) == 99.0
    assert percentile([7.0], 0.99) == 7.0

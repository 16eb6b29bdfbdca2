"""What each figure has to be, and whether it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.line import Figures, Line


@dataclass(frozen=True, slots=True)
class Verdict:
    """`bound` is the most that `found` may be, or the least when `at_least`; both in `unit`."""

    what: str
    found: float
    bound: float
    unit: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        return self.found >= self.bound if self.at_least else self.found <= self.bound

    def __str__(self) -> str:
        side = "at least" if self.at_least else "at most"
        word = "reached" if self.reached else "MISSED"
        return f"{self.what}: {_said(self.found)} {self.unit}, goal {side} {_said(self.bound)}: {word}"


def _said(number: float) -> str:
    return f"{number:.2f}" if number < 100 else f"{number:.0f}"


def least(what: str, found: float, bound: float, unit: str) -> Verdict:
    return Verdict(what, found, bound, unit, at_least=True)


Judge = Callable[[Line, Figures | None], Sequence[Verdict]]


def _inbox(line: Line, fedify: Figures | None) -> list[Verdict]:
    cpu = Verdict("inbox, CPU for each", line.cpu * 1e3, 0.6, "ms")
    return [*_times("inbox, rate", line, fedify, 5), cpu]


def _fanout(line: Line, fedify: Figures | None) -> list[Verdict]:
    cpu = Verdict("fan-out, CPU for each", line.cpu * 1e3, 0.6, "ms")
    return [*_times("fan-out, rate", line, fedify, 2.5), cpu]


def _sick_hosts(line: Line, _: Figures | None) -> list[Verdict]:
    return [Verdict("fan-out beside sick hosts, time of the healthy", 1 / line.ratio, 1.2, "x all healthy")]


def _documents(line: Line, _: Figures | None) -> list[Verdict]:
    waits = Verdict("documents, p99", line.p99 * 1e3, 15, "ms")
    return [least("documents, rate", line.rate, 15_000, "/s"), waits]


def _pages(line: Line, _: Figures | None) -> list[Verdict]:
    return [least("pages, rate", line.rate, 8_000, "/s")]


def _times(what: str, line: Line, fedify: Figures | None, bound: float) -> list[Verdict]:
    return [] if fedify is None else [least(what, line.rate / fedify.rate, bound, "x Fedify")]


JUDGES: Final[Mapping[str, Judge]] = {
    "documents": _documents,
    "fanout": _fanout,
    "inbox": _inbox,
    "pages": _pages,
    "sick_hosts": _sick_hosts,
}


def judged(line: Line, fedify: Figures | None) -> Sequence[Verdict]:
    """What the claim of this line's name asks for; nothing where it asks for nothing."""
    judge = JUDGES.get(line.name)
    return judge(line, fedify) if judge else ()

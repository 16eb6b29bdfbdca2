"""The line that a benchmark prints, and the two sums all of them need."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`rate` and `baseline_rate` per second, `cpu` seconds of the server for each item, `p50` and `p99` seconds.

    `ratio` is our rate divided by the baseline's, both from one run: absolute numbers say more about the machine.
    `memory` is what the server held at the end, in bytes of PSS. What was not measured is 0.
    """

    name: str
    rate: float
    cpu: float
    p99: float
    ratio: float
    baseline: str
    baseline_rate: float
    p50: float = 0.0
    memory: int = 0

    def __str__(self) -> str:
        memory = f"PSS {self.memory / 1e6:.0f} MB, " if self.memory else ""
        return (
            f"{self.name}: {self.rate:.0f}/s, {self.cpu * 1e6:.0f} us CPU, p50 {self.p50 * 1e3:.1f} ms, "
            f"p99 {self.p99 * 1e3:.1f} ms, {memory}{self.ratio:.2f} x {self.baseline} ({self.baseline_rate:.0f}/s)"
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """The same of somebody else's server, with which ours is compared."""

    rate: float
    cpu: float
    p50: float
    p99: float
    memory: int


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]

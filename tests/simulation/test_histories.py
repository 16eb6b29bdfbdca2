"""SAFETY R19 in its CI size: whole histories by seed, their replay, and programs that break a promise."""

import os

import pytest

from tests.simulation.many import histories
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.story import CI, CONTROLS, NIGHTLY, Size

SEEDS = int(os.environ.get("ANTIPOLE_SEEDS", "200"))
"""One hub, two initiatives, two followers' servers and a hostile one; a day of weather and three or more of quiet:
about a second of processor time each. `make soak` or `python -m tests.simulation --seeds 1000` tell more of them."""

MUTANT_SEEDS = 40
"""Among which a broken promise must show; the search ends with the first that does."""


def test_nothing_is_lost_and_nothing_happens_twice() -> None:
    told = list(histories(range(SEEDS)))
    assert {history.seed: history.broken for history in told if history.broken} == {}
    # Weather differs: equal digests would mean that seeds do nothing.
    assert len({history.digest for history in told}) == SEEDS


def test_a_seed_is_one_history() -> None:
    """In different processes, bit by bit: every request, header, answer and row."""
    first, again = (list(histories(range(3))) for _ in range(2))
    assert [history.digest for history in first] == [history.digest for history in again]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_promise_shows(mutant: Mutant) -> None:
    """The negative controls (SAFETY 4): without them nobody knows whether the judge sees anything."""
    assert any(history.broken for history in histories(range(MUTANT_SEEDS), CONTROLS, mutant))


def test_sizes_are_what_they_are_called() -> None:
    assert NIGHTLY.hubs + NIGHTLY.initiatives == 20
    assert NIGHTLY.days == 30
    assert Size() == CI

"""Many histories side by side, each in a process whose strings hash alike every time."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from unittest.mock import patch

from tests.simulation.mutants import Mutant
from tests.simulation.story import CI, History, Size, tell


@contextmanager
def processes() -> Iterator[ProcessPoolExecutor]:
    """Fresh interpreters, one for each core: sets of words are walked in the order of their hashes, which Python draws
    anew for each process unless it is told the dice."""
    with (
        patch.dict(os.environ, {"PYTHONHASHSEED": "0"}),
        ProcessPoolExecutor(mp_context=get_context("spawn")) as pool,
    ):
        yield pool


def histories(seeds: Sequence[int], size: Size = CI, mutant: Mutant | None = None) -> Iterator[History]:
    """In the order of `seeds`, without their lines."""
    with processes() as pool:
        yield from pool.map(partial(tell_shortly, size=size, mutant=mutant), seeds)


def tell_shortly(seed: int, *, size: Size, mutant: Mutant | None = None) -> History:
    """Without its lines, which would travel between processes for nothing."""
    history = tell(seed, size, mutant)
    return History(history.seed, history.digest, history.broken, ())

"""A server that sends to many others, with its guards or without some, on a core of its own."""

import sys
from pathlib import Path

from bench.measured import Measured


def sender(folder: Path, number: int, *without: str) -> Measured:
    """At loopback address `number`, not running yet; `without` as in `unguarded.py`."""
    garden = Measured(folder / "-".join(("garden", *without)), number, "initiative", "Garden")
    if without:
        garden.program = [sys.executable, "-m", "tests.isolation.unguarded", ",".join(without)]
    return garden

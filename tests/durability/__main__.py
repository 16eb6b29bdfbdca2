"""`python -m tests.durability [--nightly] [--only NAME] [--seed N]`: the figures, by day or by night.

A line for each; exit status 1 when a promise was broken, with the seed that breaks it again.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.durability.cuts import Cuts
from tests.durability.figures import r1_r3, r2, r10
from tests.durability.grown import Age
from tests.durability.siege import Besieged, Size

SIEGES = {"day": Size(20_000, 20_000, 200), "night": Size(1_000_000, 1_000_000, 10_000)}
CUTS = {"day": (1_000, Cuts(30, 9)), "night": (10_000, Cuts(500, 60))}
AGES = {"day": Age(100_000, 10_000), "night": Age(1_000_000, 100_000)}

Figure = Callable[[Path, str, int], list[str]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--nightly", action="store_true", help="the sizes of a night, which take hours")
    parser.add_argument("--only", choices=list(FIGURES), help="this figure alone")
    parser.add_argument("--seed", type=int, default=None, help="the moments of an earlier run")
    chosen = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(2**31) if chosen.seed is None else chosen.seed
    size = "night" if chosen.nightly else "day"
    broken = False
    for name, figure in FIGURES.items():
        if chosen.only in (None, name):
            broken |= not _run(name, figure, size, seed)
    return int(broken)


def _run(name: str, figure: Figure, size: str, seed: int) -> bool:
    started = time.monotonic()
    with TemporaryDirectory(prefix="antipole-durability-") as folder:
        try:
            lines = figure(Path(folder), size, seed)
        except (AssertionError, TimeoutError) as error:
            # The server ended by itself, or never came to rest: that is a broken promise as well.
            lines = [f"{type(error).__name__}: {error}"]
    sys.stderr.write("\r\033[K" if sys.stderr.isatty() else "")
    print(
        f"{name}: {'broken' if lines else 'kept'}, seed {seed}, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    for line in lines:
        print(f"  {line}")
    if lines:
        night = " --nightly" if size == "night" else ""
        print(f"  again: python -m tests.durability{night} --only {name} --seed {seed}", flush=True)
    return bool(lines)


def _siege(engine: str, folder: Path, size: str, seed: int) -> list[str]:
    wanted = SIEGES[size]

    def progress(besieged: Besieged) -> None:
        if besieged.kills % max(wanted.kills // 100, 1) == 0:
            _tell(
                f"killed {besieged.kills} of {wanted.kills}, accepted {len(besieged.journal.accepted)}, "
                f"delivered {len(besieged.receiver.came)}"
            )

    return r1_r3(folder, engine, wanted, seed, progress=progress)


def _power(folder: Path, size: str, seed: int) -> list[str]:
    accepted, cuts = CUTS[size]
    _tell(f"cutting the power {cuts.cuts} times")
    found = r2(folder, accepted, cuts, seed)
    return [*found.damaged, *found.lost, *found.halves]


def _restart(engine: str, folder: Path, size: str, _seed: int) -> list[str]:
    age = AGES[size]
    _tell(f"making {age.rows} rows and {age.jobs} deliveries")
    return r10(folder, engine, age)


def _tell(words: str) -> None:
    """One line that renews itself for people; lines in a log."""
    sys.stderr.write(f"\r\033[K{words}" if sys.stderr.isatty() else f"{words}\n")
    sys.stderr.flush()


FIGURES: Mapping[str, Figure] = {
    "kills-sqlite": partial(_siege, "sqlite"),
    "kills-postgres": partial(_siege, "postgres"),
    "power": _power,
    "restart-sqlite": partial(_restart, "sqlite"),
    "restart-postgres": partial(_restart, "postgres"),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

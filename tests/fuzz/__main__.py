"""`python -m tests.fuzz --minutes 10`: see the package."""

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.doors import DOORS, Door, Stage, honest_follow, memory

BATCH = 200
MOST_GROWTH = 64 * 1024 * 1024


def run(stage: Stage, door: Door, seconds: float, start: int) -> int:
    """Tries one door with fresh examples for so long; answers how many. The seed of a failing batch is printed."""
    end, tried = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number = start + tried

        @seed(number)
        @settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(door.examples(stage))
        def batch(example: object) -> None:
            door.send(stage, example)

        try:
            batch()
        except BaseException:
            print(f"{door.name}: the batch with seed {number} failed", flush=True)
            raise
        tried += BATCH
    return tried


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    given_ = parser.parse_args()
    print(f"seed {given_.seed}", flush=True)
    with tempfile.TemporaryDirectory() as directory, Stage(Path(directory)) as stage:
        for door in DOORS:
            run(stage, door, 1, given_.seed)  # caches fill once, and are not growth
        before = memory()
        for door in DOORS:
            tried = run(stage, door, given_.minutes * 60 / len(DOORS), given_.seed)
            growth = memory() - before
            print(f"{door.name}: {tried} tries, memory {growth / 2**20:+.1f} MiB since the start", flush=True)
            if growth > MOST_GROWTH:
                print(f"{door.name}: memory grows", flush=True)
                return 1
        status = stage.loop.run(honest_follow(stage))
        print(f"an honest follow afterwards: {status}", flush=True)
        return 0 if status == 202 else 1


if __name__ == "__main__":
    sys.exit(main())

"""See the package's docstring."""

import argparse
import sys
import time

from tests.simulation.many import histories, processes
from tests.simulation.retrying import HOUR, after_an_outage, room
from tests.simulation.story import CI, NIGHTLY, History, Size, tell
from tests.simulation.virtual_time import run

NIGHTLY_SEEDS = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, help="tell this history, line by line")
    parser.add_argument("--seeds", type=int, default=200, help="how many histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--nightly", action="store_true", help="10 000 histories of 20 instances and 30 days")
    parser.add_argument("--retries", action="store_true", help="300 servers come back after a day (R9)")
    chosen = parser.parse_args()
    if chosen.retries:
        return _retries()
    size = NIGHTLY if chosen.nightly else CI
    if chosen.seed is not None:
        return _replay(chosen.seed, size)
    count = NIGHTLY_SEEDS if chosen.nightly else chosen.seeds
    return _many(range(chosen.first, chosen.first + count), size)


def _retries() -> int:
    with room() as place:
        steady, afterwards, undone = run(lambda: after_an_outage(place, 300, 2 * HOUR))
    print(
        f"at most {steady} in a minute before, {afterwards} after an outage of 24 hours; {undone} not delivered"
    )
    return 0 if afterwards <= 2 * steady and not undone else 1


def _replay(seed: int, size: Size) -> int:
    with processes() as pool:
        history = pool.submit(tell, seed, size).result()
    for line in history.lines:
        print(line)
    return _verdict(history)


def _many(seeds: range, size: Size) -> int:
    begun, failed = time.monotonic(), 0
    for history in histories(seeds, size):
        failed += _verdict(history) if history.broken else 0
    print(f"{len(seeds)} histories in {time.monotonic() - begun:.0f} s, {failed} of them broken")
    return 1 if failed else 0


def _verdict(history: History) -> int:
    print(f"seed {history.seed}: {history.digest}")
    for sentence in history.broken:
        print(f"  broken: {sentence}")
    return 1 if history.broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.processes [--minutes N] [--seed N]`"""

import argparse
import asyncio
import secrets
import sys

from tests.postgres_server import running
from tests.processes.trial import Plan, run


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.processes", description=__doc__)
    asked.add_argument("--minutes", type=float, default=10.0)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = asked.parse_args()
    with running() as postgres:
        trial = asyncio.run(run(Plan(given.seed, given.minutes * 60), postgres))
    kills = ", ".join(f"{name} {count}" for name, count in sorted(trial.kills.items()))
    again = ", ".join(f"{why} {count}" for why, count in sorted(trial.sent_again.items()))
    took = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in trial.took.items())
    sys.stdout.write(
        f"{len(trial.acknowledged)} activities acknowledged (sent again: {again or 'none'}), "
        f"{len(trial.calls)} calls published, killed: {kills}; {took}: nothing lost, nothing twice\n"
    )


if __name__ == "__main__":
    main()

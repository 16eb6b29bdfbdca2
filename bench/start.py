"""From `antipole serve` to its first answer, and what an instance holds while nobody asks for anything."""

import compileall
import statistics
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measured import PATIENCE, cpu_seconds, memory
from bench.verdicts import Verdict
from tests.peers.instance import COMMAND, Instance

ROOT = Path(__file__).parents[1]
QUIET_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Start:
    """Medians: seconds until the first answer, CPU seconds until then, PSS in bytes once it is idle."""

    seconds: float
    cpu: float
    memory: int


def measure(rounds: int = 5) -> list[Verdict]:
    """What is asked of both. The CPU time is the part of it that is ours."""
    found = starts(rounds)
    return [
        Verdict("start to first answer", found.seconds, 1.5, "s"),
        Verdict("start to first answer, CPU", found.cpu, 1.5, "s"),
        Verdict("idle memory of an initiative's instance, PSS", found.memory / 1e6, 70, "MB"),
    ]


def starts(rounds: int) -> Start:
    """Starts an initiative's instance so often. Each has one initiative and a page, and has been started before."""
    # An installed package is compiled by pip; a checkout may be run where Python writes nothing.
    for room in ("server", "federation"):
        compileall.compile_dir(ROOT / room, quiet=1)
    with TemporaryDirectory(prefix="antipole-bench-") as folder:
        instance = Instance(Path(folder) / "garden", 95, "initiative", "Garden")
        instance.command("initiative", "add", "garden", name="Garden")
        measured = [_start(instance) for _ in range(rounds)]
    return Start(
        seconds=statistics.median(one.seconds for one in measured),
        cpu=statistics.median(one.cpu for one in measured),
        memory=int(statistics.median(one.memory for one in measured)),
    )


def _start(instance: Instance) -> Start:
    started = time.monotonic()
    with instance.log.open("ab") as log:
        process = subprocess.Popen(
            [COMMAND, "serve", str(instance.directory)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        while not _answers(f"{instance.origin}/health"):
            assert time.monotonic() - started < PATIENCE, instance.log.read_text()[-2000:]
            time.sleep(0.005)
        seconds, cpu = time.monotonic() - started, cpu_seconds(process.pid)
        time.sleep(QUIET_SECONDS)
        return Start(seconds, cpu, memory(process.pid))
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

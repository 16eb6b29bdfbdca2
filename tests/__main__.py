"""Runs all tests, as `make test` does: those that measure time alone, the others in two processes side by side.

Words are handed to pytest instead: `python -m tests tests/server -k map` is `pytest tests/server -k map`.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parent
OUTSIDE = ("browser", "peers")
"""They mostly wait for programs that are not ours."""

ALL_CORES = ("guards",)
"""They take what there is."""

KILLING = ("durability",)
"""Mostly waits for servers that it kills; what it times leaves out the waiting for a core."""

VIRTUAL = ("simulation",)
"""Days on a clock of their own, in as many processes as there are cores."""

TIMED = ("bench", "doors", "isolation", "processes")
"""They measure, or kill and start servers against the clock: nothing else may run beside them."""


def groups() -> list[list[tuple[str, list[str]]]]:
    """One after the other; what is in one of them runs side by side. Every folder of tests is in one."""
    named = {*OUTSIDE, *ALL_CORES, *KILLING, *VIRTUAL, *TIMED}
    rest = sorted({path.relative_to(ROOT).parts[0] for path in ROOT.rglob("test_*.py")} - named)
    return [
        [("outside", paths(OUTSIDE)), ("inside", paths(rest))],
        [("guards", paths(ALL_CORES)), ("durability", paths(KILLING))],
        [("simulation", paths(VIRTUAL))],
        [("timed", paths(TIMED))],
    ]


def paths(folders: Sequence[str]) -> list[str]:
    return [f"tests/{folder}" for folder in folders]


def run(group: Sequence[tuple[str, list[str]]]) -> list[str]:
    """The names of those that failed."""
    started = [(name, _start(folders)) for name, folders in group]
    readers = [Thread(target=_show, args=(name, process)) for name, process in started]
    for reader in readers:
        reader.start()
    try:
        for reader in readers:
            reader.join()
    except KeyboardInterrupt:
        for _, process in started:
            process.terminate()
        raise
    return [name for name, process in started if process.wait() != 0]


def _start(folders: Sequence[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", *folders]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )


def _show(name: str, process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        print(f"{name}: {line.rstrip()}", flush=True)


def main() -> int:
    if sys.argv[1:]:
        return subprocess.call([sys.executable, "-m", "pytest", *sys.argv[1:]])
    failed: list[str] = []
    for group in groups():
        begun = time.monotonic()
        failed += run(group)
        print(f"({' and '.join(name for name, _ in group)}: {time.monotonic() - begun:.0f} s)", flush=True)
    if failed:
        print(
            f"Tests failed among: {', '.join(failed)}. The lines above that begin so say which.", flush=True
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Lives of one server, one after the other: born within a tenth of a second, ended by SIGKILL."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.peers.instance import Instance

ROOT = Path(__file__).parents[2]
BORN_SECONDS = 30.0


class Nursery:
    """Within the context `start` and `kill` take turns; see `cradle.py`. What the servers say is in DIR.log."""

    def __init__(self, instance: Instance, *patches: str, trace: Path | None = None) -> None:
        self._instance = instance
        self._patches = patches
        # Where strace is to write what the servers sync.
        self._tracer = (
            ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", str(trace)] if trace else []
        )
        self._cradle: subprocess.Popen[str] | None = None
        self.pid: int | None = None

    def __enter__(self) -> Self:
        with self._instance.log.open("ab") as log:
            self._cradle = subprocess.Popen(
                [
                    *self._tracer,
                    sys.executable,
                    "-m",
                    "tests.durability.cradle",
                    str(self._instance.directory),
                    *self._patches,
                ],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._hear() == "ready", self._instance.log.read_text()[-3000:]
        return self

    def __exit__(self, *_: object) -> None:
        assert self._cradle is not None
        assert self._cradle.stdin is not None
        assert self._cradle.stdout is not None
        if self.pid is not None:
            self.kill()
        self._cradle.stdin.close()
        self._cradle.wait()
        self._cradle.stdout.close()

    def start(self) -> None:
        assert self.pid is None
        self._tell("start")
        self.pid = int(self._hear())

    def kill(self) -> None:
        """SIGKILL; an AssertionError when the server had ended by itself."""
        assert (status := self._end(signal.SIGKILL)) == -signal.SIGKILL, (
            f"serve had ended with {status}:\n{self._instance.log.read_text()[-3000:]}"
        )

    def stop(self) -> None:
        """SIGTERM, and all that is in hand is finished."""
        status = self._end(signal.SIGTERM)
        assert status == 0, f"serve ended with {status}:\n{self._instance.log.read_text()[-3000:]}"

    def _end(self, number: signal.Signals) -> int:
        assert self.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        self.pid = None
        self._tell("wait")
        return int(self._hear())

    def wait_until_it_answers(self) -> None:
        host, _, port = self._instance.authority.rpartition(":")
        until = time.monotonic() + BORN_SECONDS
        while time.monotonic() < until:
            try:
                socket.create_connection((host, int(port)), 1).close()
                return
            except OSError:
                time.sleep(0.002)
        raise AssertionError(f"no door within {BORN_SECONDS:g} s:\n{self._instance.log.read_text()[-3000:]}")

    def _tell(self, word: str) -> None:
        assert self._cradle is not None
        assert self._cradle.stdin is not None
        self._cradle.stdin.write(f"{word}\n")
        self._cradle.stdin.flush()

    def _hear(self) -> str:
        assert self._cradle is not None
        assert self._cradle.stdout is not None
        return self._cradle.stdout.readline().strip()

"""A real server in a process of its own, on a port nobody else uses."""

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ADDRESS = "127.0.0.1"


class Served(NamedTuple):
    directory: Path
    port: int
    process: "subprocess.Popen[bytes]"

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection(ADDRESS, self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """The exit status, and the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(20), time.monotonic() - started


def free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as probe:
        return int(probe.getsockname()[1])


def start(directory: Path, *options: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "server", "serve", str(directory), *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@contextlib.contextmanager
def serving(directory: Path, port: int, *options: str) -> Iterator[Served]:
    """Ready when it says so; killed at the end if it still runs."""
    process = start(directory, *options)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if b"answers" in line:
                break
            assert line.startswith(b"Warning: "), line
        yield Served(directory, port, process)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()

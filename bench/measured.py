"""A server in a process of its own on a core of its own, and what it has cost so far."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from server.control.client import ask
from tests.peers.instance import Instance, wait_until

PATIENCE = 60.0
LOAD, SERVED = 0, 1
"""Places among the cores we may use: whoever makes the load must not take time from what is measured."""


@contextlib.contextmanager
def on_core(place: int) -> Iterator[None]:
    """Keeps this process, and what it starts meanwhile, on one core; does nothing where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        yield
        return
    os.sched_setaffinity(0, {allowed[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Measured(Instance):
    """`antipole serve` on the core `SERVED`. Its commands go over the control socket: no start-up is measured."""

    def __enter__(self) -> "Measured":
        with on_core(SERVED):
            super().__enter__()
        return self

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.authority.rpartition(":")
        return host, int(port)

    def ask(self, command: str, **arguments: Any) -> Any:
        return ask(self.directory / "control.sock", command, arguments)

    def wait_for(self, holds: Callable[[Mapping[str, int]], bool], otherwise: str) -> None:
        """Until the counts of `stats` are so. Blocks; raises AssertionError after a minute."""
        wait_until(lambda: holds(self.ask("stats")), otherwise, PATIENCE, self.log)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def bytes_read(self) -> int:
        """By all threads since it started, from files and sockets."""
        first, _, _ = Path(f"/proc/{self.pid}/io").read_text().partition("\n")
        return int(first.removeprefix("rchar: "))

    def memory(self) -> int:
        return memory(self.pid)


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process since it started, in steps of the kernel's clock (10 ms)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """PSS in bytes: what is shared with others counts for each of them by its part."""
    found = re.search(r"^Pss:\s+(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024

"""Seconds of a process that are its own: on a busy machine it also waits for a core, which says nothing of it."""

import time
from pathlib import Path


class Stopwatch:
    """Started with the process. `own` is the time since then without what its threads stood in line for a core."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._started = time.monotonic()

    def own(self) -> float:
        return time.monotonic() - self._started - self._stood_in_line()

    def _stood_in_line(self) -> float:
        """Of all its threads, from the kernel's books where it keeps them; 0 elsewhere."""
        try:
            lines = [(task / "schedstat").read_text() for task in Path(f"/proc/{self._pid}/task").iterdir()]
        except OSError:
            return 0.0
        return sum(int(line.split()[1]) for line in lines) / 1e9

"""From outside: two machines, whoever runs on them now, and what their receivers wrote down."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.netns.namespace import UNSHARE, why_not

ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """A machine. `processes` are the present ones by name; `door` and `control` are its Unix sockets."""

    directory: Path
    process: asyncio.subprocess.Process
    processes: dict[str, int] = field(default_factory=dict)
    starts: int = 0

    @property
    def door(self) -> Path:
        return self.directory / "web.sock"

    @property
    def control(self) -> Path:
        return self.directory / "control.sock"

    def kill(self, name: str) -> bool:
        """-9 for "web" (the parent), "answerer" (its child) or "work"; False when there was none just now."""
        try:
            if name != "answerer":
                os.kill(self.processes[name], signal.SIGKILL)
                return True
            parent = self.processes["web"]
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            for child in children:
                os.kill(int(child), signal.SIGKILL)
            return bool(children)
        except (KeyError, OSError):
            return False

    def journal(self) -> list[dict[str, Any]]:
        path = self.directory / "journal"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    async def end(self) -> int:
        """As an operator would; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            return await self.process.wait()


def own_networks() -> bool:
    """In CI a machine that does not permit namespaces is a failure."""
    reason = why_not()
    if reason and os.environ.get("CI"):
        raise RuntimeError(f"CI needs network namespaces, and {reason}")
    return not reason


@contextlib.asynccontextmanager
async def two_machines(
    directories: tuple[Path, Path], accounts: Mapping[str, Any], port: int
) -> AsyncIterator[list[Running]]:
    """Each with a network of its own and receivers in it, where this machine permits that; else they share both."""
    apart = own_networks()
    running: list[Running] = []
    listeners: list[asyncio.Task[None]] = []
    try:
        for number, directory in enumerate(directories):
            (directory / "accounts.json").write_text(json.dumps(accounts))
            parts = ["own-network", "receivers"] if apart else ["receivers"][number:]
            command = [sys.executable, "-m", "tests.processes.machine", str(directory), str(port), *parts]
            process = await asyncio.create_subprocess_exec(
                *(UNSHARE if apart else ()), *command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            machine = Running(directory, process)
            running.append(machine)
            listeners.append(asyncio.create_task(_listen(machine)))
        yield running
    finally:
        for machine in running:
            with contextlib.suppress(ProcessLookupError):
                machine.process.kill()
            for name in ("answerer", "web", "work"):
                machine.kill(name)
        for listener in listeners:
            await listener


async def _listen(machine: Running) -> None:
    assert machine.process.stdout is not None
    # The machine's children hold the pipe as well: it ends with the last of them.
    async for line in machine.process.stdout:
        name, _, number = line.decode().partition(" ")
        if name in ("web", "work") and number.strip().isdigit():
            machine.processes[name] = int(number)
            machine.starts += 1

"""`antipole demo`: a hub and three initiatives on loopback, federating over real HTTP; what `make run` starts."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from server import settings
from server.cli.demo_content import HubContent, InitiativeContent, hub_content, initiatives
from server.cli.output import answer, tell
from server.cli.run import CommandLineError
from server.control.client import NoServer, ask
from server.paths import InstancePaths

LOOPBACK = "127.0.0.0/8"
FIRST_PORT = 8001
LAST_PORT = 8099
START_SECONDS = 30.0
SETTLE_SECONDS = 60.0
STOP_SECONDS = 8.0
PAUSE = 0.1
SEEDED = "demo-content"
"""A file in an initiative's directory that says its content is complete, so that a restart adds nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One instance of the demonstration."""

    directory: Path
    content: HubContent | InitiativeContent

    @property
    def socket(self) -> Path:
        return InstancePaths(self.directory.absolute()).socket

    @property
    def origin(self) -> str:
        return settings.load(self.directory).origin


class Stopped(Exception):
    """Somebody asked the demonstration to end."""


def demo(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the four instances live.")] = Path("demo-data"),
) -> None:
    """Run a hub and three initiatives on this machine until Ctrl-C; their data stays in DIR."""
    hub = Stage(directory / "hub", hub_content())
    others = [Stage(directory / content.handle, content) for content in initiatives()]
    servers: dict[str, subprocess.Popen[bytes]] = {}
    with _ending_on_signals():
        try:
            _prepare([hub, *others])
            servers.update(_start([hub, *others]))
            for stage in others:
                _seed(stage, hub)
            _admit(hub, others)
            _announce(hub, others)
            _watch(servers)
        except Stopped:
            tell("Stopping.")
        finally:
            _stop(servers)
    tell(f"Stopped. The data is in {directory}; the same command goes on where this ended.")


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _prepare(stages: list[Stage]) -> None:
    missing = [stage for stage in stages if not InstancePaths(stage.directory).settings.exists()]
    if not missing:
        return
    tell("Making a hub and three initiatives (once).")
    for stage, origin in zip(missing, _free_origins(stages, len(missing)), strict=True):
        role = "hub" if isinstance(stage.content, HubContent) else "initiative"
        options = ["--origin", origin, "--roles", role, "--name", stage.content.name, "--allow-network", LOOPBACK]
        made = subprocess.run([*_antipole("init"), str(stage.directory), *options], capture_output=True, check=False)
        if made.returncode != 0:
            raise CommandLineError(made.stderr.decode().strip())


def _free_origins(stages: list[Stage], count: int) -> list[str]:
    """Loopback addresses 127.0.0.1 to .4 with one port; where only the first exists (macOS), ports instead."""
    taken = {stage.origin for stage in stages if InstancePaths(stage.directory).settings.exists()}
    hosts = [host for host in (f"127.0.0.{number}" for number in range(1, 5)) if _can_listen(host, 0)]
    ports = range(FIRST_PORT, LAST_PORT + 1)
    by_address = ((host, port) for port in ports for host in hosts)
    free = [f"http://{host}:{port}" for host, port in by_address if _can_listen(host, port)]
    free = [origin for origin in free if origin not in taken]
    if len(free) < count:
        raise CommandLineError(f"No free ports between {FIRST_PORT} and {LAST_PORT} on loopback: end what uses them.")
    return free[:count]


def _can_listen(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _start(stages: list[Stage]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yields each server as soon as it is started, so that whoever stops early knows what to end."""
    tell("Starting them.")
    started = []
    for stage in stages:
        log = stage.directory / "serve.log"
        with log.open("ab") as output:
            server = subprocess.Popen(
                [*_antipole("serve"), str(stage.directory)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
            )
        started.append((stage, server, log))
        yield stage.directory.name, server
    deadline = time.monotonic() + START_SECONDS
    for stage, server, log in started:
        while not _answers(stage):
            if server.poll() is not None or time.monotonic() > deadline:
                reason = log.read_text(encoding="utf-8", errors="replace").strip().rsplit("\n", 1)[-1]
                raise CommandLineError(f"{stage.directory.name} does not start: {reason or 'it says nothing'}")
            time.sleep(PAUSE)


def _answers(stage: Stage) -> bool:
    try:
        ask(stage.socket, "stats", {})
    except NoServer:
        return False
    return True


def _seed(stage: Stage, hub: Stage) -> None:
    """Profile, application and calls of one initiative; goes on where an interrupted first start ended."""
    content = stage.content
    done = stage.directory / SEEDED
    if done.exists() or not isinstance(content, InitiativeContent):
        return
    tell(f"{content.name} introduces itself, applies to the hub and publishes its calls.")
    known = ask(stage.socket, "stats", {})
    if not _webfinger_knows(stage, content.handle):
        ask(stage.socket, "initiative.add", content.profile())
        ask(stage.socket, "hub.apply", {"handle": content.handle, "hub": hub.origin})
    for call in content.calls()[known["calls"] :]:
        ask(stage.socket, "call.publish", call)
    done.touch()


def _webfinger_knows(stage: Stage, handle: str) -> bool:
    return any(line.startswith(f"@{handle}@") for line in ask(stage.socket, "initiative.list", {})["lines"])


def _admit(hub: Stage, others: list[Stage]) -> None:
    """The hub's editors say yes as soon as an application is there; a wish may come before it."""
    waiting = {f"@{stage.content.handle}@{stage.origin.removeprefix('http://')}" for stage in others}
    if ask(hub.socket, "stats", {})["listings"] >= len(others):
        return
    tell("The hub checks their applications and admits them.")
    for handle in sorted(waiting):
        ask(hub.socket, "hub.admit", {"target": handle})
    calls = sum(len(stage.content.calls()) for stage in others if isinstance(stage.content, InitiativeContent))
    deadline = time.monotonic() + SETTLE_SECONDS
    counts: dict[str, Any] = {}
    while time.monotonic() < deadline:
        counts = ask(hub.socket, "stats", {})
        if counts["listings"] >= len(others) and counts["calls"] >= calls:
            return
        time.sleep(PAUSE)
    tell(f"Not everything has reached the hub yet ({counts['listings']} listings, {counts['calls']} calls); it will.")


def _announce(hub: Stage, others: list[Stage]) -> None:
    tell("")
    answer(f"{hub.origin}/  the hub: {hub.content.name}")
    for stage in others:
        answer(f"{stage.origin}/  {stage.content.name} (@{stage.content.handle})")
    tell("")
    tell("Ready: open the first address in a browser. Ctrl-C ends all of it.")


def _watch(servers: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        for name, server in servers.items():
            if server.poll() is not None:
                raise CommandLineError(f"{name} has ended by itself; its serve.log says why. The others are stopped.")
        time.sleep(PAUSE)


def _stop(servers: dict[str, subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for server in servers.values():
        server.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for server in servers.values():
        try:
            server.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _antipole(verb: str) -> list[str]:
    return [sys.executable, "-m", "server", verb]

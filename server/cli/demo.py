"""`antipole demo`: a hub and three initiatives on loopback, federating over real HTTP; what `make run` starts."""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from server import settings
from server.cli import demo_servers
from server.cli.demo_content import HubContent, InitiativeContent, hub_content, initiatives
from server.cli.demo_servers import PAUSE, Server, antipole
from server.cli.output import answer, tell
from server.cli.run import CommandLineError
from server.control.client import CommandFailed, NoServer, ask
from server.paths import InstancePaths

LOOPBACK = "127.0.0.0/8"
START_SECONDS = 30.0
SETTLE_SECONDS = 60.0
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMPLETE = "demo-content"
"""A file in an instance's directory that says its content is there, so that a restart adds and admits nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One instance of the demonstration."""

    directory: Path
    content: HubContent | InitiativeContent

    @property
    def name(self) -> str:
        return self.directory.name

    @property
    def is_made(self) -> bool:
        return InstancePaths(self.directory).settings.exists()

    @property
    def origin(self) -> str:
        return settings.load(self.directory).origin

    @property
    def complete(self) -> Path:
        return self.directory / COMPLETE

    @property
    def log(self) -> Path:
        return self.directory / "serve.log"

    def ask(self, command: str, arguments: dict[str, Any]) -> Any:
        return ask(InstancePaths(self.directory.absolute()).socket, command, arguments)


class Stopped(Exception):
    """Somebody asked the demonstration to end."""


def demo(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the four instances live.")] = Path(
        "demo-data"
    ),
) -> None:
    """Run a hub and three initiatives on this machine until Ctrl-C; their data stays in DIR."""
    hub = Stage(directory / "hub", hub_content())
    others = [Stage(directory / content.handle, content) for content in initiatives()]
    stages = [hub, *others]
    with _ending_on_signals():
        try:
            with demo_servers.alone_in(directory), _stopping() as servers:
                demo_servers.wait_until_ended([stage.directory for stage in stages if stage.is_made])
                with demo_servers.choosing_addresses():
                    _make(directory, stages)
                    _start(stages, servers)
                for stage in others:
                    _seed(stage, hub)
                _admit(hub, others)
                _show(hub, others)
                _watch(servers, directory)
        except Stopped:
            pass
    tell(f"Stopped. The data is in {directory}; the same command goes on where this ended.")


@contextlib.contextmanager
def _ending_on_signals() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _stopping() -> Iterator[dict[str, Server]]:
    """The servers by name; all that are put in are ended."""
    servers: dict[str, Server] = {}
    try:
        yield servers
    finally:
        # Who presses Ctrl-C again while all is ending must not leave servers behind.
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        if servers:
            tell("Stopping.")
        demo_servers.stop(servers)


def _make(directory: Path, stages: Sequence[Stage]) -> None:
    made = [stage.origin for stage in stages if stage.is_made]
    for origin in made:
        demo_servers.require_address(origin)
    missing = [stage for stage in stages if not stage.is_made]
    if not missing:
        return
    tell("Making a hub and three initiatives (once).")
    for stage, origin in zip(missing, demo_servers.free_origins(made, len(missing)), strict=True):
        # Under another name until it is whole: whoever ends this in the middle can simply start again.
        unfinished = directory / f".unfinished-{stage.name}"
        shutil.rmtree(unfinished, ignore_errors=True)
        _init(unfinished, stage, origin)
        unfinished.rename(stage.directory)


def _init(directory: Path, stage: Stage, origin: str) -> None:
    options = {
        "--origin": origin,
        "--roles": "hub" if isinstance(stage.content, HubContent) else "initiative",
        "--name": stage.content.name,
        "--allow-network": LOOPBACK,
    }
    words = [word for option in options.items() for word in option]
    made = subprocess.run(  # noqa: S603 - our own command, with words of our own
        [*antipole("init"), str(directory), *words], capture_output=True, check=False
    )
    if made.returncode != 0:
        raise CommandLineError(made.stderr.decode(errors="replace").strip())


def _start(stages: Sequence[Stage], servers: dict[str, Server]) -> None:
    """Each server is in `servers` as soon as it is started, so that whoever stops early knows what to end."""
    tell("Starting them.")
    for stage in stages:
        servers[stage.name] = demo_servers.start(stage.directory, stage.log)
    deadline = time.monotonic() + START_SECONDS
    for stage in stages:
        while not _answers(stage):
            if servers[stage.name].poll() is not None or time.monotonic() > deadline:
                reason = stage.log.read_text(encoding="utf-8", errors="replace").strip().rsplit("\n", 1)[-1]
                raise CommandLineError(f"{stage.name} does not start: {reason or 'it says nothing'}")
            time.sleep(PAUSE)


def _answers(stage: Stage) -> bool:
    try:
        stage.ask("stats", {})
    except NoServer:
        return False
    return True


def _seed(stage: Stage, hub: Stage) -> None:
    """Profile, application and calls of one initiative; goes on where an interrupted first start ended."""
    content = stage.content
    if stage.complete.exists() or not isinstance(content, InitiativeContent):
        return
    tell(f"{content.name} introduces itself, applies to the hub and publishes its calls.")
    with _ending_in_words(stage):
        known = stage.ask("stats", {})
        if not _has(stage, content.handle):
            stage.ask("initiative.add", content.profile())
        # Once more does no harm, and it may be what was interrupted.
        stage.ask("hub.apply", {"handle": content.handle, "hub": hub.origin})
        for call in content.calls()[known["calls"] :]:
            stage.ask("call.publish", call)
    stage.complete.touch()


def _has(stage: Stage, handle: str) -> bool:
    return any(line.startswith(f"@{handle}@") for line in stage.ask("initiative.list", {})["lines"])


def _admit(hub: Stage, others: Sequence[Stage]) -> None:
    """The hub's editors say yes as soon as an application is there; a wish may come before it."""
    if hub.complete.exists():
        return
    tell("The hub checks their applications and admits them.")
    calls = sum(
        len(stage.content.calls()) for stage in others if isinstance(stage.content, InitiativeContent)
    )
    with _ending_in_words(hub):
        for stage in others:
            authority = stage.origin.removeprefix("http://")
            hub.ask("hub.admit", {"target": f"@{stage.content.handle}@{authority}"})
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            counts = hub.ask("stats", {})
            if counts["listings"] >= len(others) and counts["calls"] >= calls:
                break
            if time.monotonic() > deadline:
                tell(
                    f"Not everything has reached the hub yet ({counts['listings']} listings, "
                    f"{counts['calls']} calls); it will."
                )
                break
            time.sleep(PAUSE)
    hub.complete.touch()


@contextlib.contextmanager
def _ending_in_words(stage: Stage) -> Iterator[None]:
    try:
        yield
    except (NoServer, CommandFailed) as error:
        said = f" ({error})" if str(error) else ""
        raise CommandLineError(
            f"{stage.name} did not do what it was asked{said}: {stage.log} may say why; start again to go on."
        ) from error


def _show(hub: Stage, others: Sequence[Stage]) -> None:
    tell("")
    answer(f"{hub.origin}/  the hub: {hub.content.name}")
    for stage in others:
        answer(f"{stage.origin}/  {stage.content.name} (@{stage.content.handle})")
    _show_ways_in([hub, *others])
    tell("")
    tell("Ready: open the first address in a browser. Ctrl-C ends all of it.")


def _show_ways_in(stages: Sequence[Stage]) -> None:
    """Where each is edited: until somebody has an account there, by a set-up link, a fresh one at each start."""
    tell("")
    tell("To edit, sign in. A set-up link makes the first account of its server, once and within 30 minutes:")
    for stage in stages:
        try:
            way = stage.ask("setup-link", {})["url"]
        except CommandFailed:
            way = f"{stage.origin}/sign-in"
        tell(f"  {stage.name}: {way}")


def _watch(servers: dict[str, Server], directory: Path) -> None:
    """One that ends does not take the others along: a fediverse goes on, and what it misses meanwhile it gets later."""
    missed: set[str] = set()
    while len(missed) < len(servers):
        for name, server in servers.items():
            if name not in missed and server.poll() is not None:
                missed.add(name)
                place = directory / name
                tell(f"{name} has ended ({place}/serve.log). To start it again: antipole serve {place}")
        time.sleep(PAUSE)
    raise CommandLineError(f"All four have ended by themselves; their serve.log in {directory} says why.")

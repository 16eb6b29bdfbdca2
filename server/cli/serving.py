"""The public door and the control socket, answered in one process and one event loop until a signal comes."""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import uvicorn
import uvloop
from starlette.types import ASGIApp

from server.accounts.commands import first_link
from server.app import close_services, create_app, open_services
from server.cli.bounded_http import Limits, bounded_http
from server.cli.output import answer, tell
from server.cli.run import CommandLineError
from server.control.app import create_control_app
from server.control.bind import Door
from server.paths import InstancePaths
from server.roles import features_of
from server.settings import Settings

LAST_ANSWERS = 4
"""Seconds that requests have to end once the server stops."""

LAST_WORK = 7.0
"""Seconds that all of it may take, workers included; what is unfinished is a row and is taken up again."""

FILES_WANTED = 4096
"""Open files: those who ask us, up to 512 servers that we ask, the database."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does of what `serve` is asked for; by default all of it.

    `parent` is a descriptor that can be read once the process that started this one has ended.
    """

    workers: bool = True
    set_up_link: bool = True
    parent: int | None = None


def serve_until_told(
    paths: InstancePaths, public: Door, control: Door | None, greeting: str, part: Part = Part()
) -> None:
    """`greeting` is told once all doors answer; with "" nothing is."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(paths, public, control, greeting, part))


async def _serve(paths: InstancePaths, public: Door, control: Door | None, greeting: str, part: Part) -> None:
    services = await open_services(paths.directory)
    try:
        if greeting:
            warn_of_networks(services.here.settings)
        features = features_of(services.here.settings)
        app = create_app(services, features, with_workers=part.workers)
        servers = [(_Server(app, lifespan="on"), public)]
        if control is not None:
            servers.append((_Server(create_control_app(services, features), lifespan="off"), control))
        set_up = await first_link(services) if part.set_up_link else None
        try:
            async with asyncio.timeout(None) as ending:
                await _answer(servers, greeting, set_up, ending, part.parent)
        except TimeoutError:
            logger.warning("not all work ended in time; it is taken up again at the next start")
    finally:
        await close_services(services)


def warn_of_networks(chosen: Settings) -> None:
    if chosen.allowed_networks:
        listed = ", ".join(str(network) for network in chosen.allowed_networks)
        tell(f"Warning: http, addresses and other ports are allowed inside {listed} (antipole.toml).")


class _Server(uvicorn.Server):
    """One door. `lifespan="on"` for the application whose workers start and stop with it."""

    def __init__(self, app: ASGIApp, lifespan: Literal["on", "off"]) -> None:
        super().__init__(_config(app, lifespan))
        self.answers = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Two servers share one process: its signals are handled once, in `_answer`."""
        yield

    async def startup(self, sockets: list[Door] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            # uvicorn leaves the process when a lifespan fails, with our database open.
            raise CommandLineError("The workers could not start: the lines above say why.") from None
        self.answers.set()


async def _answer(
    doors: Sequence[tuple[_Server, Door]],
    greeting: str,
    set_up: str | None,
    ending: asyncio.Timeout,
    parent: int | None,
) -> None:
    """Serves until a signal comes; a second one cuts off what still runs. `ending` limits what follows.

    `set_up`: the link to the first account, where there is none.
    """
    servers = [server for server, _ in doors]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.force_exit = server.should_exit
            server.should_exit = True
        if ending.when() is None:
            ending.reschedule(loop.time() + LAST_WORK)

    def left() -> None:
        assert parent is not None
        loop.remove_reader(parent)  # it can be read for ever
        # A signal may have come before, and this is not the second one.
        if not servers[0].should_exit:
            stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if parent is not None:
        loop.add_reader(parent, left)
    async with asyncio.TaskGroup() as tasks:
        for server, bound in doors:
            tasks.create_task(server.serve(sockets=[bound]))
        for server in servers:
            await server.answers.wait()
        # What the start has made stays: a full collection would walk it for 50 ms, in which nobody is answered.
        gc.freeze()
        if greeting:
            tell(greeting)
        if set_up is not None:
            tell("Nobody can sign in yet. Open this once, within 30 minutes, and make the first account:")
            answer(set_up)


def _config(app: ASGIApp, lifespan: Literal["on", "off"]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=bounded_http(_limits()),
        ws="none",
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        server_header=False,
        # We believe no forwarded header: links come from the settings, and no address is kept or logged.
        proxy_headers=False,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )


def _limits() -> Limits:
    """As usual, but half of the open files stay for what we ask of others: nobody may keep us from that by asking."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if most == resource.RLIM_INFINITY else min(FILES_WANTED, most)
    if files != resource.RLIM_INFINITY and files < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        files = wanted
    usual = Limits()
    if files == resource.RLIM_INFINITY:
        return usual
    return replace(usual, connections=min(usual.connections, files // 2))

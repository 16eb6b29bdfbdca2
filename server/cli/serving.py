"""The public door and the control socket, answered in one process and one event loop until a signal comes."""

import asyncio
import contextlib
import logging
import resource
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
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

LAST_ANSWERS = 4
"""Seconds that requests have to end once the server stops."""

LAST_WORK = 7.0
"""Seconds that all of it may take, workers included; what is unfinished is a row and is taken up again."""

FILES_WANTED = 4096
"""Open files: those who ask us, up to 512 servers that we ask, the database."""

logger = logging.getLogger(__name__)


def serve_until_told(paths: InstancePaths, public: Door, control: Door, greeting: str) -> None:
    """`greeting` is told once both doors answer."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(paths, public, control, greeting))


async def _serve(paths: InstancePaths, public: Door, control: Door, greeting: str) -> None:
    services = await open_services(paths.directory)
    try:
        networks = services.here.settings.allowed_networks
        if networks:
            listed = ", ".join(str(network) for network in networks)
            tell(f"Warning: http, addresses and other ports are allowed inside {listed} (antipole.toml).")
        features = features_of(services.here.settings)
        app = create_app(services, features)
        control_app = create_control_app(services, features)
        servers = [(_Server(app, lifespan="on"), public), (_Server(control_app, lifespan="off"), control)]
        try:
            async with asyncio.timeout(None) as ending:
                await _answer(servers, greeting, await first_link(services), ending)
        except TimeoutError:
            logger.warning("not all work ended in time; it is taken up again at the next start")
    finally:
        await close_services(services)


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
    doors: Sequence[tuple[_Server, Door]], greeting: str, set_up: str | None, ending: asyncio.Timeout
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

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as tasks:
        for server, bound in doors:
            tasks.create_task(server.serve(sockets=[bound]))
        for server in servers:
            await server.answers.wait()
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

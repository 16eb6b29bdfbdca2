"""`antipole serve`: takes the lock, opens the doors, and lets `serving.py` answer at them."""

import contextlib
import errno
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from server import settings
from server.cli import run
from server.cli.parameters import Directory
from server.cli.run import CommandLineError
from server.control.bind import bind_for_proxy, bind_private
from server.control.lock import InstanceLock, holder
from server.paths import InstancePaths
from server.settings import Settings

DEFAULT_ADDRESS = ("127.0.0.1", 8000)


def serve(
    directory: Directory,
    host: Annotated[str | None, typer.Option(help="Listen on this address.")] = None,
    port: Annotated[int | None, typer.Option(help="Listen on this port.", min=0, max=65535)] = None,
    uds: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Listen on a Unix socket, for a proxy on this machine."),
    ] = None,
    web: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=64,
            help="Answer with N processes, and leave sending and fetching to `antipole work`. PostgreSQL only.",
        ),
    ] = None,
) -> None:
    """Run the instance until Ctrl-C or SIGTERM."""
    # The whole application: no other verb waits for this import.
    from server.cli.processes import keep_running
    from server.cli.serving import Part, serve_until_told

    chosen = settings.load(directory)
    paths = InstancePaths(directory.absolute())
    if web is not None and web > 1 and not chosen.is_shared:
        raise CommandLineError(
            f"{directory} keeps its data in SQLite, which one process has to itself: leave out --web, or move to "
            "PostgreSQL (docs/howto/grow.md)."
        )
    quiet_logs()
    with InstanceLock(paths.lock, "serve") as lock, contextlib.ExitStack() as doors:
        answers_commands = _wait_for(lock, paths, chosen)
        public, where = doors.enter_context(_public_door(chosen, host, port, uds))
        control = doors.enter_context(_control_door(paths.socket)) if answers_commands else None
        greeting = f"{chosen.origin} answers{where}; Ctrl-C ends it."
        if web is None or not chosen.is_shared:
            serve_until_told(paths, public, control, greeting)
            return

        def answer(number: int, first: bool, parent: int) -> None:
            # What is said once is said by the first process in the first place; what only one can do, by that one.
            part = Part(workers=False, set_up_link=first and number == 0, parent=parent)
            told = greeting if first and number == 0 else ""
            serve_until_told(paths, public, control if number == 0 else None, told, part)

        keep_running(web, answer, left_to_parent=lock.leave_to_parent)


def quiet_logs() -> None:
    """Warnings of ours, and nothing that strangers can make us write."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Strangers send bytes that are no HTTP and no form all day; a line for each would fill the disk.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def _wait_for(lock: InstanceLock, paths: InstancePaths, chosen: Settings) -> bool:
    """Another command is waited for, another `serve` is not. With PostgreSQL neither is: False when another `serve` in
    this directory answers the command line.
    """
    if chosen.is_shared:
        return lock.acquire()
    deadline = time.monotonic() + run.PATIENCE
    while not lock.acquire():
        if holder(paths.lock) == "serve":
            # What an ended server wrote there stands until the next holder has written its own role.
            time.sleep(run.PAUSE)
            if lock.acquire():
                break
            if holder(paths.lock) == "serve":
                raise CommandLineError(f"{paths.directory} is already served: end that server first.")
        if time.monotonic() > deadline:
            raise CommandLineError(
                f"Another program is at work on {paths.directory}: wait for it, or end it."
            )
        time.sleep(run.PAUSE)
    return True


@contextlib.contextmanager
def _public_door(
    chosen: Settings, host: str | None, port: int | None, uds: Path | None
) -> Iterator[tuple[socket.socket, str]]:
    """A bound socket, and where it is when the origin does not say so."""
    if uds is not None:
        if host is not None or port is not None:
            raise CommandLineError("--uds takes the place of --host and --port: give one or the other.")
        try:
            bound = bind_for_proxy(uds.absolute())
        except OSError as error:
            raise CommandLineError(f"--uds {uds} cannot be used: {error.strerror}.") from None
        with bound:
            yield bound, f" on {uds}"
        _remove(uds)
        return
    own_host, own_port = _own_address(chosen)
    address = (host or own_host, own_port if port is None else port)
    with _listening(*address) as bound:
        actual: tuple[str, int] = (address[0], bound.getsockname()[1])
        yield bound, "" if actual == _own_address(chosen) and not chosen.is_https else f" on {_shown(actual)}"


def _own_address(chosen: Settings) -> tuple[str, int]:
    if chosen.is_https:
        return DEFAULT_ADDRESS
    parts = urlsplit(chosen.origin)
    return parts.hostname or DEFAULT_ADDRESS[0], parts.port or 80


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server((str(address[0]), port), family=family)
    except socket.gaierror:
        raise CommandLineError(f"The host {host} is unknown here: choose an address with --host.") from None
    except OSError as error:
        where = _shown((host, port))
        raise CommandLineError(
            {
                errno.EADDRINUSE: f"{where} is taken: end what listens there, or choose another with --port.",
                errno.EACCES: f"{where} needs more rights: choose a port above 1023 and put a proxy before it.",
                errno.EADDRNOTAVAIL: f"This machine does not have the address {host}: choose one with --host.",
            }.get(error.errno or 0, f"{where} cannot be listened on: {error.strerror}.")
        ) from None


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextlib.contextmanager
def _control_door(path: Path) -> Iterator[socket.socket]:
    try:
        bound = bind_private(path)
    except OSError as error:
        raise CommandLineError(f"{path} cannot be made: {error.strerror}.") from None
    with bound:
        yield bound
    _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()

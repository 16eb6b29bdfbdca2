"""The demonstration's four servers: addresses for them, their processes, and their end with the demonstration's own."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from server.cli.run import CommandLineError
from server.cli.serve import serve
from server.control.lock import InstanceLock
from server.paths import InstancePaths

FIRST_PORT = 8001
LAST_PORT = 8099
HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
STOP_SECONDS = 8.0
FREE_SECONDS = 9.0
"""How long servers may take to end whose demonstration was killed."""

PAUSE = 0.1
SERVE_WHILE_HELD = "demo-serve"

Server = subprocess.Popen[bytes]


def serve_while_held(directory: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Serve DIR until standard input ends."""
    # A demonstration that is killed cannot end its servers; the pipe it held ends with it, on every system.
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    serve(directory)


def _end_with_standard_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def start(directory: Path, log: Path) -> Server:
    """The server of one instance; it ends at the latest with this process."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own command; the directory is the only word from outside
            [*antipole(SERVE_WHILE_HELD), str(directory)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
        )


def stop(servers: Mapping[str, Server]) -> None:
    """Ends all of them, with force those that take too long."""
    for server in servers.values():
        server.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for server in servers.values():
        try:
            server.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def antipole(verb: str) -> list[str]:
    return [sys.executable, "-m", "server", verb]


@contextlib.contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """One demonstration at a time in a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    lock = InstanceLock(directory / "lock", "demo")
    if not lock.acquire():
        raise CommandLineError(
            f"A demonstration runs in {directory} already: end it, or choose another directory, as in: "
            "antipole demo DIR."
        )
    with lock:
        yield


def wait_until_ended(directories: Sequence[Path]) -> None:
    """Servers of a demonstration that was killed end by themselves; those that somebody started by hand do not."""
    deadline = time.monotonic() + FREE_SECONDS
    for directory in directories:
        while not _is_free(directory):
            if time.monotonic() > deadline:
                raise CommandLineError(f"{directory} is already served: end that server first.")
            time.sleep(PAUSE)


def _is_free(directory: Path) -> bool:
    with InstanceLock(InstancePaths(directory).lock, "command") as lock:
        return lock.acquire()


def require_address(origin: str) -> None:
    """The origin of an instance never changes, so the address it was made for must be free."""
    parts = urlsplit(origin)
    if parts.hostname and parts.port and not _can_listen(parts.hostname, parts.port):
        raise CommandLineError(
            f"{parts.netloc} is taken or not there: end what listens there, or start with fresh data in another "
            "directory, as in: antipole demo DIR."
        )


@contextlib.contextmanager
def choosing_addresses() -> Iterator[None]:
    """Two first starts at the same moment would choose the same ports, so the second waits until the first listens."""
    path = Path(tempfile.gettempdir(), f"antipole-demo-{os.getuid()}")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def free_origins(taken: Sequence[str], count: int) -> list[str]:
    """Loopback addresses 127.0.0.1 to .4 with one port; where only the first exists (macOS), ports instead."""
    hosts = [host for host in HOSTS if _can_listen(host, 0)]
    ports = range(FIRST_PORT, LAST_PORT + 1)
    by_port = ([f"http://{host}:{port}" for host in hosts if _can_listen(host, port)] for port in ports)
    free = [origin for origins in by_port for origin in origins if origin not in taken]
    if len(free) < count:
        raise CommandLineError(
            f"No free ports between {FIRST_PORT} and {LAST_PORT} on loopback: end what uses them."
        )
    return free[:count]


def _can_listen(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # Connections of a server that ended just now may linger; they keep nobody from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True

"""Carries out a command: by the running server when there is one, else here.

SQLite is opened under the instance's lock; PostgreSQL takes any number of processes.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server import settings
from server.cli.output import tell_notes
from server.control.client import NoServer, ask
from server.control.lock import InstanceLock
from server.paths import InstancePaths

PATIENCE = 10.0
"""Seconds to wait for another command, or for a server that starts or ends."""

PAUSE = 0.1


class CommandLineError(Exception):
    """One sentence that says what is wrong and how to mend it."""


def run_command(directory: Path, name: str, arguments: Mapping[str, Any]) -> Any:
    """The command's result; its notes are told. Raises what `server/__main__.py` turns into a sentence."""
    chosen = settings.load(directory)
    paths = InstancePaths(directory.absolute())
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            result = ask(paths.socket, name, arguments)
            break
        except NoServer:
            if chosen.is_shared:
                result = asyncio.run(_alone(paths.directory, name, arguments))
                break
            lock = InstanceLock(paths.lock, "command")
            if lock.acquire():
                with lock:
                    result = asyncio.run(_alone(paths.directory, name, arguments))
                break
        if time.monotonic() > deadline:
            raise CommandLineError(
                f"Another program is at work on {directory} and does not answer: wait for it, or end it."
            )
        time.sleep(PAUSE)
    tell_notes(result)
    return result


async def _alone(directory: Path, name: str, arguments: Mapping[str, Any]) -> Any:
    # Only here is the whole application needed: a command that a server carries out starts at once.
    from server.app import close_services, open_services
    from server.control.commands import commands_of, find_command
    from server.roles import features_of

    services = await open_services(directory)
    try:
        command = find_command(commands_of(features_of(services.here.settings)), name)
        return await command(services, arguments)
    finally:
        await close_services(services)

"""`python -m tests.durability.cradle DIR [PATCH...]`: `antipole serve DIR` without the seconds that imports take.

All of the application is imported and warmed up once; then each line "start" on stdin forks a child that runs the verb
`serve` from its first line on: lock, settings, database and its recovery, sockets, workers. "wait" answers once the
child has ended. What dies by SIGKILL is a server like any other.

A PATCH is `module:function` or `module:function:argument`, called in each child before it serves.
"""

import asyncio
import gc
import os
import sys
import threading
from importlib import import_module
from pathlib import Path

from server.__main__ import main as antipole
from server.control.lock import InstanceLock
from server.paths import InstancePaths


def main(directory: Path, patches: list[str]) -> None:
    _warm_up(directory)
    # What a child touches it need not copy.
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1, "a fork takes no threads along"
    child = 0
    _answer("ready")
    for line in sys.stdin:
        if line == "start\n":
            child = os.fork()
            if child == 0:
                _serve(directory, patches)
            _answer(str(child))
        else:
            _answer(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
            child = 0
    if child:
        os.kill(child, 9)


def _answer(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _serve(directory: Path, patches: list[str]) -> None:
    status = 70
    try:
        # Both pipes are the parent's; what `serve` says goes to the log.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        for patch in patches:
            module, function, *arguments = patch.split(":", 2)
            getattr(import_module(module), function)(*arguments)
        status = antipole(["serve", str(directory)])
    finally:
        os._exit(status)


def _warm_up(directory: Path) -> None:
    """One start and one mistake: what is imported late, read or compiled is there for all that follow."""
    from server.app import close_services, create_app, open_services
    from server.cli import serving
    from server.control.app import create_control_app
    from server.roles import features_of

    async def start() -> None:
        services = await open_services(directory)
        features = features_of(services.here.settings)
        serving._config(create_app(services, features), "on").load()
        serving._config(create_control_app(services, features), "off").load()
        await close_services(services)

    with InstanceLock(InstancePaths(directory).lock, "command") as lock:
        assert lock.acquire()
        asyncio.run(start())
    antipole(["serve", str(directory / "nowhere")])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

"""One machine: a process that answers and one that works, started anew as soon as they end, in a network of their own.

`python -m tests.processes.machine DIR PORT [own-network] [receivers]`; stdout says `web PID` or `work PID` at each
start. SIGTERM, or the end of stdin, ends both as their operator would; the exit status is 1 when one of them does not
end well.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

from tests.netns.namespace import bring_up_loopback
from tests.processes.receivers import Receivers

PAUSE = 0.2
PROGRAM = (sys.executable, "-m", "tests.processes.program")


class Machine:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ending = asyncio.Event()
        self._bad = 0

    async def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._ending.set)
        # Nobody holds its other end any more: the tests were killed, and nothing of theirs may go on.
        asyncio.get_running_loop().add_reader(sys.stdin, self._left_alone)
        door = str(self._directory / "web.sock")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep("web", "serve", "--web", "1", "--uds", door))
            tasks.create_task(self._keep("work", "work"))
        return int(self._bad > 0)

    def _left_alone(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin)
        self._ending.set()

    async def _keep(self, name: str, *verb: str) -> None:
        ending = asyncio.create_task(self._ending.wait())
        while not self._ending.is_set():
            process = await asyncio.create_subprocess_exec(
                *PROGRAM, *verb, str(self._directory), stdin=asyncio.subprocess.DEVNULL
            )
            sys.stdout.write(f"{name} {process.pid}\n")
            sys.stdout.flush()
            ended = asyncio.create_task(process.wait())
            await asyncio.wait({ended, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                process.terminate()
                self._bad += await ended != 0
            # The children of one that was killed may need a moment to let go of the door.
            await asyncio.sleep(PAUSE)


async def main(directory: Path, port: int, parts: set[str]) -> int:
    if "own-network" in parts:
        bring_up_loopback()
    if "receivers" in parts:
        accounts = json.loads((directory / "accounts.json").read_text())
        server = await Receivers(accounts, directory / "journal").listen(port)
        async with server:
            return await Machine(directory).run()
    return await Machine(directory).run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), set(sys.argv[3:]))))

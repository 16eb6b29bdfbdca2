"""R10: how soon a grown server is there again after a kill."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.client import HTTPException

from bench.measured import Measured
from tests.durability.doors import get
from tests.durability.patience import Stopwatch
from tests.durability.strangers import Receiver
from tests.peers.instance import COMMAND

FIRST_ANSWER = 3.0
QUEUE_RUNS = 5.0
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Back:
    """Seconds from the kill, without what others took of the machine: the first page, and the first delivery."""

    answered: float
    delivered: float


async def killed_and_back(instance: Measured, receiver: Receiver) -> Back:
    """A start, a kill in the middle of deliveries, and the start that is measured: the command as people type it."""
    async with receiver.serving():
        receiver.expect(1)
        async with _served(instance):
            await receiver.complete(PATIENCE)
        receiver.expect(1)
        async with _served(instance) as watch:
            await asyncio.to_thread(_wait_for_the_first_page, instance)
            answered = watch.own()
            await receiver.complete(PATIENCE)
            return Back(answered, watch.own())


@contextlib.asynccontextmanager
async def _served(instance: Measured) -> AsyncIterator[Stopwatch]:
    """Ends by SIGKILL."""
    with instance.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            COMMAND, "serve", str(instance.directory), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield Stopwatch(process.pid)
    finally:
        process.kill()
        await process.wait()


def _wait_for_the_first_page(instance: Measured) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError, HTTPException):
            if get(instance.authority, "/")[0] == 200:
                return
        time.sleep(0.01)
    raise AssertionError(f"no page within {PATIENCE:g} s:\n{instance.log.read_text()[-3000:]}")

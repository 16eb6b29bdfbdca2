"""The baseline of `fanout`: the same client signs and posts the same bytes, and nobody keeps account of it.

As a program (`python -m bench.bare_client KEY_FILE KEY_ID`) it reads one JSON object a line, {"inboxes", "body"}, and
answers each with the seconds from the first request to the last answer.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import uvloop

from bench.measured import SERVED, on_core
from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.keys import RsaPrivateKey, SigningKey, load_private
from federation.origins import origin_of
from server.clock import SystemClock
from server.settings import parse_network
from server.workers.deliveries import AT_ONCE, PER_ORIGIN

ROOT = Path(__file__).parents[1]


class BareClient:
    """That program as a child, on the core on which the server runs as well: one of them always waits."""

    def __init__(self, key_file: Path, key_id: str) -> None:
        self._command = [sys.executable, "-m", "bench.bare_client", str(key_file), key_id]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with on_core(SERVED):
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def seconds(self, inboxes: Sequence[str], body: bytes) -> float:
        """What it takes to deliver `body` to all of them. Blocks."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"inboxes": inboxes, "body": body.decode()}) + "\n")
        process.stdin.flush()
        return float(process.stdout.readline())


class _NoKeys:
    """Nothing is fetched here, so nothing is signed by an instance."""

    async def instance_key(self) -> SigningKey:
        raise AssertionError("only deliveries are measured")


async def _deliver(client: FederationClient, inboxes: Sequence[str], body: bytes, key: SigningKey) -> float:
    """With the limits of the real worker: so many at once in all, and to one origin."""
    started = time.perf_counter()
    everywhere = asyncio.Semaphore(AT_ONCE)
    at: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_ORIGIN))

    async def one(inbox: str) -> None:
        async with at[str(origin_of(inbox))], everywhere:
            answer = await client.post(inbox, body, key)
        assert answer.status == 202

    async with asyncio.TaskGroup() as tasks:
        for inbox in inboxes:
            tasks.create_task(one(inbox))
    return time.perf_counter() - started


def main(key_file: str, key_id: str) -> None:
    private = load_private(Path(key_file).read_text())
    assert isinstance(private, RsaPrivateKey)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        client = FederationClient(
            policy=NetworkPolicy((parse_network("127.0.0.0/8"),)),
            keys=_NoKeys(),
            clock=SystemClock(),
            user_agent="Antipole bench",
        )
        for line in sys.stdin:
            job = json.loads(line)
            body = job["body"].encode()
            print(runner.run(_deliver(client, job["inboxes"], body, SigningKey(key_id, private))), flush=True)
        runner.run(client.aclose())


if __name__ == "__main__":
    main(*sys.argv[1:])

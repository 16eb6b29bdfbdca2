"""What the benchmarks of reading share: an instance with something to read, and the comparison.

The baseline is a refusal: what asks for another host gets 400 and three lines from the outermost layers. It is the same
HTTP server, and next to nothing of ours.
"""

import asyncio
import random
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import uvloop

from bench.line import Line, percentile
from bench.measured import LOAD, PATIENCE, Measured, on_core
from bench.volley import volley
from tests.peers.instance import wait_until

SEED = 1123
INITIATIVES, CALLS = 4, 40
HTML = "text/html"
DOCUMENT = "application/activity+json"


class Asked(NamedTuple):
    path: str
    accept: str


@contextmanager
def filled(number: int) -> Iterator[tuple[Measured, str, str]]:
    """An instance with both roles, 4 initiatives and 40 calls; the paths of one call: its own, and in the directory."""
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        Measured(Path(folder) / "hub", number, "initiative,hub", "Hub") as hub,
    ):
        for one in range(INITIATIVES):
            handle = f"garden-{one}"
            hub.ask(
                "initiative.add", handle=handle, name=handle.title(), languages=["en"], place="Leipzig, DE"
            )
            hub.ask("hub.apply", handle=handle, hub=f"@hub@{hub.authority}")
            hub.ask("hub.admit", target=f"@{handle}@{hub.authority}")
        hub.wait_for(lambda stats: stats["listings"] == INITIATIVES, "the initiatives are not listed")
        for one in range(CALLS):
            handle = f"garden-{one % INITIATIVES}"
            done = hub.ask(
                "call.publish", handle=handle, title=f"Letter {one}", text="Ten lines are enough. " * 20
            )
        listed = partial(hub.get, "/calls.json")
        wait_until(lambda: listed()[1]["total"] == CALLS, "the calls are not listed", PATIENCE, hub.log)
        page = urlsplit(str(listed()[1]["items"][0]["page"])).path
        yield hub, urlsplit(str(done["uri"])).path, page


def compared(
    name: str,
    hub: Measured,
    asked: Sequence[Asked],
    items: int,
    rounds: int,
    connections: int,
    rate: float | None,
) -> Line:
    """Each as often, half of them with the ETag that was seen before; p99 at `rate`, or at half of what is reached."""
    kinds = []
    for one in asked:
        tag = _etag(hub, one)
        kinds += [_request(hub, one), _request(hub, one, tag)]
    requests = [kinds[number % len(kinds)] for number in range(items)]
    random.Random(SEED).shuffle(requests)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(name, hub, requests, rounds, connections, rate))


async def _measure(
    name: str, hub: Measured, requests: Sequence[bytes], rounds: int, connections: int, rate: float | None
) -> Line:
    refused = b"GET / HTTP/1.1\r\nhost: elsewhere.example\r\naccept: */*\r\n\r\n"
    async with volley(hub.address, connections) as load:
        await load.drive(requests[: len(requests) // 8])
        rates, baselines, cpu, generator = list[float](), list[float](), 0.0, 0.0
        statuses: Counter[int] = Counter()
        for _ in range(rounds):
            baselines.append((await load.drive([refused] * len(requests))).rate)
            before = hub.cpu_seconds()
            driven = await load.drive(requests)
            cpu += hub.cpu_seconds() - before
            generator += load.cpu
            rates.append(driven.rate)
            statuses += driven.statuses
        reached = statistics.median(rates)
        last = await load.drive(requests[: len(requests) // 4], rate or reached / 2)
    statuses += last.statuses
    # Each answer, and each of them unchanged.
    assert set(statuses) == {200, 304}, statuses
    # Else it is the generator that was measured; a server's time is only known in steps of 10 ms.
    assert generator * len(requests) < cpu + 0.1, (generator, cpu)
    return Line(
        name=name,
        rate=reached,
        cpu=cpu / (rounds * len(requests)),
        p50=percentile(last.waits, 0.5),
        p99=percentile(last.waits, 0.99),
        ratio=statistics.median(own / other for own, other in zip(rates, baselines, strict=True)),
        baseline="a refusal",
        baseline_rate=statistics.median(baselines),
        memory=hub.memory(),
    )


def _request(hub: Measured, asked: Asked, tag: str | None = None) -> bytes:
    lines = [
        f"GET {asked.path} HTTP/1.1",
        f"host: {hub.authority}",
        f"accept: {asked.accept}",
        "accept-encoding: gzip",
        *([f"if-none-match: {tag}"] if tag is not None else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _etag(hub: Measured, asked: Asked) -> str:
    with urlopen(Request(hub.origin + asked.path, headers={"Accept": asked.accept}), timeout=10) as answer:
        tag = str(answer.headers["etag"] or "")
    assert tag, f"{asked.path} has no ETag"
    return tag

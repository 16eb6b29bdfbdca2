"""People and servers read: a hub's first page, a call's page and an actor's document, a second.

A third of each; every second one comes with the ETag that was seen before and gets 304. The baseline is the
stylesheet of the same server, which is served from memory.
"""

import asyncio
import random
import re
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import uvloop

from bench.line import Line
from bench.load import Compared, connected
from bench.measured import LOAD, PATIENCE, Measured, on_core
from tests.peers.instance import wait_until

SEED = 1123
HTML = "text/html"
DOCUMENT = "application/activity+json"
INITIATIVES, CALLS = 4, 40


def measure(items: int = 6000, rounds: int = 6, connections: int = 16) -> Line:
    """`items` requests to an instance with both roles, 4 initiatives and 40 calls."""
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        Measured(Path(folder) / "hub", 93, "initiative,hub", "Hub") as hub,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        call = _fill(hub)
        requests = _requests(hub, call, items)
        compared = runner.run(_measure(hub, requests, rounds, connections))
    # Each page, and each of them unchanged.
    assert set(compared.statuses) == {200, 304}, compared.statuses
    return Line(
        name="read",
        rate=compared.rate,
        cpu=compared.cpu,
        p99=compared.p99,
        ratio=compared.ratio,
        baseline="the stylesheet",
        baseline_rate=compared.baseline_rate,
    )


async def _measure(hub: Measured, requests: list[bytes], rounds: int, connections: int) -> Compared:
    async with connected(hub.address, connections) as load:
        page, _ = _read(hub, "/", HTML)
        link = re.search(r'href="(/static/css/[^"]+)"', page)
        assert link is not None, page
        return await load.compare(
            requests,
            _request(hub, link[1], "text/css"),
            rounds=rounds,
            cpu_seconds=hub.cpu_seconds,
            settle=_nothing_left,
        )


async def _nothing_left() -> None:
    """What is read leaves no work behind."""


def _fill(hub: Measured) -> str:
    """Answers the path of a call's page in the directory."""
    for number in range(INITIATIVES):
        handle = f"garden-{number}"
        hub.ask("initiative.add", handle=handle, name=handle.title(), languages=["en"], place="Leipzig, DE")
        hub.ask("hub.apply", handle=handle, hub=f"@hub@{hub.authority}")
        hub.ask("hub.admit", target=f"@{handle}@{hub.authority}")
    hub.wait_for(lambda stats: stats["listings"] == INITIATIVES, "the initiatives are not listed")
    for number in range(CALLS):
        handle = f"garden-{number % INITIATIVES}"
        hub.ask("call.publish", handle=handle, title=f"Letter {number}", text="Ten lines are enough. " * 20)
    listed = partial(hub.get, "/calls.json")
    wait_until(lambda: listed()[1]["total"] == CALLS, "the calls are not listed", PATIENCE, hub.log)
    return urlsplit(str(listed()[1]["items"][0]["page"])).path


def _requests(hub: Measured, call: str, items: int) -> list[bytes]:
    """In an order that is the same each time."""
    kinds = []
    for path, accept in (("/", HTML), (call, HTML), ("/actors/hub", DOCUMENT)):
        tag = _read(hub, path, accept)[1]
        assert tag, f"{path} has no ETag"
        kinds += [_request(hub, path, accept), _request(hub, path, accept, tag)]
    requests = [kinds[number % len(kinds)] for number in range(items)]
    random.Random(SEED).shuffle(requests)
    return requests


def _request(hub: Measured, path: str, accept: str, tag: str | None = None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"host: {hub.authority}", f"accept: {accept}", "accept-encoding: gzip"]
    if tag is not None:
        lines.append(f"if-none-match: {tag}")
    return "\r\n".join([*lines, "", ""]).encode()


def _read(hub: Measured, path: str, accept: str) -> tuple[str, str]:
    """The text and its ETag."""
    with urlopen(Request(hub.origin + path, headers={"Accept": accept}), timeout=10) as answer:
        return answer.read().decode(), answer.headers["etag"] or ""

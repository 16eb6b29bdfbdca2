"""A Fedify server doing the same work: what ours is compared with. It keeps all it has in memory."""

import asyncio
import contextlib
import json
import statistics
import subprocess
import urllib.request
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.line import Figures, percentile
from bench.load import PACE, connected
from bench.measured import LOAD, PATIENCE, SERVED, cpu_seconds, memory, on_core
from bench.mix import mixed
from bench.peers import Account
from bench.sink import Sink
from tests.peers.fedify.installation import PeerUnavailable, install
from tests.peers.loopback import loopback

PROGRAM = Path(__file__).parent / "fedify" / "server.mjs"
ADDRESS = 98
TEXT = "Ten lines are enough, and the address is on the list. " * 8


class FedifyServer:
    """That server on the core of whoever is measured. A context manager; raises `PeerUnavailable` with a sentence."""

    def __init__(self) -> None:
        self.origin = ""
        self.actor = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "FedifyServer":
        node = install()
        with on_core(SERVED):
            self._process = subprocess.Popen(
                [node, PROGRAM, loopback(ADDRESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            self.__exit__()
            raise PeerUnavailable("The Fedify server ended at once: the lines above say why.")
        ready = json.loads(said)
        self.origin, self.actor = ready["origin"], ready["actor"]
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            # Closes its standard input too, at which it ends by itself.
            process.kill()
            process.communicate()

    @property
    def authority(self) -> str:
        return urlsplit(self.origin).netloc

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.authority.rpartition(":")
        return host, int(port)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def memory(self) -> int:
        return memory(self.pid)

    def processed(self) -> int:
        with urllib.request.urlopen(f"{self.origin}/-/processed", timeout=10) as answer:
            return int(json.load(answer)["processed"])


def _run(measured: Coroutine[Any, Any, Figures]) -> Figures:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measured)


@contextlib.contextmanager
def _apart() -> Iterator[FedifyServer]:
    with on_core(LOAD), FedifyServer() as server:
        yield server


def inbox(items: int = 1200, senders: int = 40, connections: int = 16) -> Figures:
    """The mix of `bench/inbox.py` at its shared inbox, until all of it is processed and each Accept delivered."""
    with _apart() as server, Sink(senders) as sink:
        return _run(_inbox(server, sink, items, senders, connections))


async def _inbox(server: FedifyServer, sink: Sink, items: int, senders: int, connections: int) -> Figures:
    initiatives = [
        Account(origin, f"initiative-{number}", "Organization") for number, origin in enumerate(sink.origins)
    ]
    people = [Account(origin, f"person-{number}") for number, origin in enumerate(sink.origins)]
    sink.accounts |= {account.path: account.document() for account in (*initiatives, *people)}
    async with sink.serving(), connected(server.address, connections) as load:
        met = [
            one.request(server.authority, one.activity("Like", server.actor))
            for one in (*initiatives, *people)
        ]
        assert set((await load.drive(met)).statuses) == {202}
        requests = mixed(sink, server.authority, server.actor, initiatives, people, items)
        warm, paced = items // 8, items // 4
        assert set((await load.drive(requests[:warm])).statuses) == {202}
        before = server.cpu_seconds()
        driven = await load.drive(requests[warm:-paced])
        await asyncio.to_thread(_wait_for, server, len(met) + items - paced)
        cpu = server.cpu_seconds() - before
        last = await load.drive(requests[-paced:], driven.rate * PACE)
        assert set(driven.statuses + last.statuses) == {202}, driven.statuses
        await asyncio.to_thread(_wait_for, server, len(met) + items)
    return Figures(
        rate=driven.rate,
        cpu=cpu / len(driven.waits),
        p50=percentile(last.waits, 0.5),
        p99=percentile(last.waits, 0.99),
        memory=server.memory(),
    )


def _wait_for(server: FedifyServer, count: int) -> None:
    """A 202 is said by a queue as well: all of it must have been processed."""
    found = server.processed()
    assert found == count, f"Fedify processed {found} of {count}"


def fanout(followers: int = 500, hosts: int = 50, rounds: int = 4) -> Figures:
    """A post to as many inboxes on as many hosts as in `bench/fanout.py`, through Fedify's own queue."""
    with _apart() as server, Sink(hosts) as sink:
        return _run(_fanout(server, sink, followers, rounds))


async def _fanout(server: FedifyServer, sink: Sink, followers: int, rounds: int) -> Figures:
    origins = sink.origins
    inboxes = [f"{origins[one % len(origins)]}/users/reader-{one}/inbox" for one in range(followers)]
    seconds, waits, cpu = [], [], 0.0
    async with sink.serving():
        for number in range(rounds + 1):
            sink.expect(followers)
            before = server.cpu_seconds()
            started = asyncio.get_running_loop().time()
            await asyncio.to_thread(_publish, server, inboxes)
            await sink.complete(PATIENCE)
            if number:
                cpu += server.cpu_seconds() - before
                seconds.append(max(sink.arrived) - started)
                waits += [moment - started for moment in sink.arrived]
    return Figures(
        rate=statistics.median(followers / one for one in seconds),
        cpu=cpu / len(waits),
        p50=percentile(waits, 0.5),
        p99=percentile(waits, 0.99),
        memory=server.memory(),
    )


def _publish(server: FedifyServer, inboxes: Sequence[str]) -> None:
    job = json.dumps({"inboxes": inboxes, "text": TEXT}).encode()
    with urllib.request.urlopen(f"{server.origin}/-/publish", job, timeout=PATIENCE) as answer:
        assert answer.status == 202


def documents(items: int = 1600, connections: int = 16) -> Figures:
    """Its actor's document, which it builds and writes anew for each request."""
    with _apart() as server:
        return _run(_documents(server, items, connections))


async def _documents(server: FedifyServer, items: int, connections: int) -> Figures:
    lines = [
        f"GET {urlsplit(server.actor).path} HTTP/1.1",
        f"host: {server.authority}",
        "accept: application/activity+json",
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    async with connected(server.address, connections) as load:
        await load.drive([request] * (items // 8))
        before = server.cpu_seconds()
        driven = await load.drive([request] * items)
        cpu = server.cpu_seconds() - before
        last = await load.drive([request] * (items // 4), driven.rate * PACE)
    assert set(driven.statuses + last.statuses) == {200}, driven.statuses
    return Figures(
        rate=driven.rate,
        cpu=cpu / items,
        p50=percentile(last.waits, 0.5),
        p99=percentile(last.waits, 0.99),
        memory=server.memory(),
    )

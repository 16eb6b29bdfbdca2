"""What growth costs: fan-out, inbox and pages of an instance a hundred times as large, for each item."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

import uvloop

from bench.crowd import Grown, Size, grow
from bench.load import connected
from bench.measured import LOAD, PATIENCE, Measured, on_core
from bench.mix import mixed
from bench.peers import Account
from bench.sink import Sink
from bench.verdicts import Verdict
from tests.peers.instance import wait_until

SMALL = Size(followers=1_000, calls=1_000, listings=1_000)
LARGE = Size(followers=100_000, calls=100_000, listings=10_000)
BOUND = 1.5
SENDERS = 20
CALM_SECONDS = 1.0
CALM_BYTES = 1_000_000
CHECK_SECONDS = 300.0

Costs = Mapping[str, float]
"""Seconds for each item, of the server's CPU unless said otherwise."""


def measure(small: Size = SMALL, large: Size = LARGE, items: int = 800) -> list[Verdict]:
    """The large one's costs divided by the small one's."""
    before, after = costs(small, items), costs(large, items)
    return [
        Verdict(
            f"growth, {what} ({before[what] * 1e3:.2f} ms at first)", after[what] / before[what], BOUND, "x"
        )
        for what in before
    ]


def costs(size: Size, items: int) -> Costs:
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        Sink(40) as sink,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        hub = Measured(Path(folder) / "hub", 97, "initiative,hub", "Hub")
        with hub:
            _begin(hub)
        grown = grow(hub.directory, hub.origin, size, sink.origins)
        with hub:
            _calm(hub)
            return runner.run(_all(hub, sink, grown, size, items))


async def _all(hub: Measured, sink: Sink, grown: Grown, size: Size, items: int) -> Costs:
    async with sink.serving():
        pages = await asyncio.to_thread(_pages, hub, grown, items // 4)
        return {**pages, **await _inbox(hub, sink, items), **await _fanout(hub, sink, size, items)}


def _calm(hub: Measured) -> None:
    """Until the check of a large file, which runs in the background after a start, is over: it is no page's cost."""
    until = time.monotonic() + CHECK_SECONDS
    while time.monotonic() < until:
        before = hub.bytes_read()
        with _cpu(hub) as spent:
            time.sleep(CALM_SECONDS)
        # Where the disk is slow the check waits for it and takes hardly any CPU time, until it has what it waits for.
        if spent[0] < CALM_SECONDS / 10 and hub.bytes_read() - before < CALM_BYTES:
            return


def _begin(hub: Measured) -> None:
    hub.ask("initiative.add", handle="garden", name="Garden", languages=["en"], place="Leipzig, DE")
    hub.ask("hub.apply", handle="garden", hub=f"@hub@{hub.authority}")
    hub.ask("hub.admit", target=f"@garden@{hub.authority}")
    hub.wait_for(lambda stats: stats["listings"] == 1, "the initiative is not listed")
    # Each follows the other: what is published before the hub does would reach it much later.
    hub.wait_for(lambda stats: stats["followers"] == 2, "the hub does not follow the initiative")
    hub.ask("call.publish", handle="garden", title="Write letters", text="Ten lines are enough.")
    wait_until(lambda: hub.get("/calls.json")[1]["total"] == 1, "the call is not listed", PATIENCE, hub.log)
    hub.wait_for(lambda stats: stats["deliveries_pending"] == 0, "deliveries do not end")


def _pages(hub: Measured, grown: Grown, items: int) -> Costs:
    """Of pages that nobody has read yet, by the kind of page."""
    kinds = {
        "page of a call": grown.own_calls,
        "page of a listed call": grown.listed_calls,
        "page of a listed initiative": grown.initiatives,
    }
    found = {}
    for kind, paths in kinds.items():
        step = max(1, len(paths) // items)
        chosen = paths[::step][:items]
        for path in chosen[:10]:
            _read(hub, path)
        with _cpu(hub) as spent:
            for path in chosen[10:]:
                _read(hub, path)
        found[kind] = spent[0] / len(chosen[10:])
    lists = [f"{path}?page={number}" for path in ("/", "/initiatives") for number in range(2, 42)]
    _read(hub, "/?page=1")
    with _cpu(hub) as spent:
        for path in lists:
            _read(hub, path)
    return found | {"list": spent[0] / len(lists)}


def _read(hub: Measured, path: str) -> None:
    with urlopen(Request(hub.origin + path, headers={"Accept": "text/html"}), timeout=60) as answer:
        assert answer.status == 200
        answer.read()


@contextmanager
def _cpu(hub: Measured) -> Iterator[list[float]]:
    spent = [hub.cpu_seconds()]
    yield spent
    spent[0] = hub.cpu_seconds() - spent[0]


async def _inbox(hub: Measured, sink: Sink, items: int) -> Costs:
    """The mix: calls by listed initiatives, likes, follows."""
    initiatives = [
        Account(one, f"initiative-{n}", "Organization") for n, one in enumerate(sink.origins[:SENDERS])
    ]
    people = [Account(one, f"person-{n}") for n, one in enumerate(sink.origins[:SENDERS])]
    sink.accounts |= {account.path: account.document() for account in (*initiatives, *people)}
    actor = f"{hub.origin}/actors/hub"
    async with connected(hub.address, 16) as load:
        for account in (*initiatives, *people):
            assert (
                await load.drive([account.request(hub.authority, account.activity("Follow", actor))])
            ).statuses == {202: 1}
        for account in initiatives:
            await asyncio.to_thread(hub.ask, "hub.admit", target=account.id)
        requests = await asyncio.to_thread(mixed, sink, hub.authority, actor, initiatives, people, items)
        await load.drive(requests[: items // 4])
        with _cpu(hub) as spent:
            driven = await load.drive(requests[items // 4 :])
            await asyncio.to_thread(
                hub.wait_for, lambda stats: stats["deliveries_pending"] == 0, "deliveries do not end"
            )
        assert set(driven.statuses) == {202}, driven.statuses
    return {"inbox": spent[0] / len(driven.waits)}


async def _fanout(hub: Measured, sink: Sink, size: Size, items: int) -> Costs:
    """Of one call: its acceptance for each follower, in seconds until the command is answered; then the CPU time of
    each of the deliveries after the first hundred.
    """
    sink.expect(size.followers)
    begun = time.monotonic()
    await asyncio.to_thread(hub.ask, "call.publish", handle="garden", title="To all", text="Ten lines.")
    accepted = (time.monotonic() - begun) / size.followers
    await _arrived(sink, 100)
    first, cpu = len(sink.arrived), hub.cpu_seconds()
    await _arrived(sink, min(size.followers, 100 + items) - 20)
    return {
        "acceptance of a call by followers": accepted,
        "delivery": (hub.cpu_seconds() - cpu) / (len(sink.arrived) - first),
    }


async def _arrived(sink: Sink, count: int) -> None:
    until = time.monotonic() + PATIENCE
    while len(sink.arrived) < count:
        assert time.monotonic() < until, f"{len(sink.arrived)} of {count} arrived"
        await asyncio.sleep(0.005)

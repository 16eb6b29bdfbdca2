"""Activities come in: verified, committed and finished ones a second, through the shared inbox of a hub.

Forty servers send, an initiative and a person on each: one alone may not send more than a hundred a second. Four of
ten are calls by listed initiatives (kept byte for byte), four are likes, two are follows. The rate ends with the last
202; the CPU time ends when the Accepts that the follows are owed are delivered too. All is signed before any clock
runs, by senders whose keys the hub knows. The baseline is the same server refusing a body of that length for its media
type: the web server without the work.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.line import Line
from bench.load import Compared, connected
from bench.measured import LOAD, Measured, on_core
from bench.mix import MIX, mixed
from bench.peers import Account
from bench.sink import Sink
from server.hub.calls.model import MAX_OPEN_CALLS


def measure(items: int = 3200, senders: int = 40, rounds: int = 6, connections: int = 16) -> Line:
    """`items` activities of `senders` initiatives and as many people, on as many servers."""
    assert items * MIX.count("Create") / len(MIX) <= senders * MAX_OPEN_CALLS, (
        "a hub leaves out what is too much"
    )
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        Sink(senders) as sink,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        Measured(Path(folder) / "hub", 92, "hub", "Hub") as hub,
    ):
        compared = runner.run(_measure(hub, sink, items, senders, rounds, connections))
        memory = hub.memory()
    return Line(
        name="inbox",
        rate=compared.rate,
        cpu=compared.cpu,
        p50=compared.p50,
        p99=compared.p99,
        ratio=compared.ratio,
        baseline="a body refused unread",
        baseline_rate=compared.baseline_rate,
        memory=memory,
    )


async def _measure(
    hub: Measured, sink: Sink, items: int, senders: int, rounds: int, connections: int
) -> Compared:
    initiatives = [
        Account(origin, f"initiative-{number}", "Organization") for number, origin in enumerate(sink.origins)
    ]
    people = [Account(origin, f"person-{number}") for number, origin in enumerate(sink.origins)]
    sink.accounts |= {account.path: account.document() for account in (*initiatives, *people)}
    async with sink.serving(), connected(hub.address, connections) as load:
        follows = [_follow(hub, account) for account in (*initiatives, *people)]
        for follow in follows:
            assert (await load.drive([follow])).statuses == {202: 1}
        for account in initiatives:
            await asyncio.to_thread(hub.ask, "hub.admit", target=account.id)
        await asyncio.to_thread(
            hub.wait_for, lambda stats: stats["listings"] == senders, "the initiatives are not listed"
        )
        requests = mixed(sink, hub.authority, f"{hub.origin}/actors/hub", initiatives, people, items)

        async def settle() -> None:
            await asyncio.to_thread(
                hub.wait_for, lambda stats: stats["deliveries_pending"] == 0, "deliveries do not end"
            )

        compared = await load.compare(
            requests,
            requests[0].replace(b"content-type: application/activity+json", b"content-type: text/plain"),
            rounds=rounds,
            cpu_seconds=hub.cpu_seconds,
            settle=settle,
        )
        stats = await asyncio.to_thread(hub.ask, "stats")
    # A 202 is also said to what is ignored: all of it must be here, and be finished.
    assert set(compared.statuses) == {202}, compared.statuses
    assert stats["activities_processed"] == len(follows) + items, stats
    assert stats["calls"] == items * MIX.count("Create") // len(MIX), stats
    return compared


def _follow(hub: Measured, account: Account) -> bytes:
    return account.request(hub.authority, account.activity("Follow", f"{hub.origin}/actors/hub"))

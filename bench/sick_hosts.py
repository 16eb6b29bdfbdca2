"""A call goes out while a fifth of its followers' servers are ill: deliveries a second to those that are well.

10 % are dead (half refuse, half take no connection up), 10 % answer after ten seconds. The baseline is the same call to
those that are well alone, by another actor of the same server: 1 divided by the ratio is what the ill cost the others.
"""

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.fanout import TEXT, add_followers
from bench.line import Line, percentile
from bench.measured import LOAD, PATIENCE, Measured, on_core
from bench.sick import Sick
from bench.sink import Sink

SLOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """Of one call to those that are well: seconds to the last, the wait of each, and the server's CPU seconds."""

    seconds: float
    waits: list[float]
    cpu: float


def measure(followers: int = 500, hosts: int = 50, rounds: int = 5) -> Line:
    """`rounds` times both; the first time nothing is known of who is ill."""
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        garden = Measured(Path(folder) / "garden", 92, "initiative", "Garden")
        well, ill = runner.run(compare(garden, followers=followers, hosts=hosts, rounds=rounds))
    reached = len(well[0].waits)
    waits = [wait for one in ill for wait in one.waits]
    return Line(
        name="sick_hosts",
        rate=statistics.median(reached / one.seconds for one in ill),
        cpu=sum(one.cpu for one in ill) / len(waits),
        p50=percentile(waits, 0.5),
        p99=percentile(waits, 0.99),
        ratio=statistics.median(one.seconds / other.seconds for one, other in zip(well, ill, strict=True)),
        baseline="without the ill",
        baseline_rate=statistics.median(reached / one.seconds for one in well),
    )


async def compare(
    garden: Measured, *, followers: int, hosts: int, rounds: int
) -> tuple[list[Sent], list[Sent]]:
    """Calls of "garden", whose followers' servers are all well, and of "meadow", where a fifth of them is ill.

    `garden` does not run yet.
    """
    dead = slow = hosts // 10
    each = followers // hosts
    with Sink(hosts - dead - slow) as sink, Sick(dead, slow, SLOW_SECONDS) as sick:
        for handle in ("garden", "meadow"):
            await asyncio.to_thread(garden.command, "initiative", "add", handle, name=handle.title())
        reached = len(await add_followers(garden, "garden", sink.origins, each * len(sink.origins)))
        # One by one in between: nobody is reached first by its name alone.
        mixed = [*sink.origins, *sick.origins]
        await add_followers(garden, "meadow", mixed, each * len(mixed))
        well: list[Sent] = []
        ill: list[Sent] = []
        async with sink.serving(), sick.serving():
            with garden:
                # What is loaded and connected once is not counted for either.
                await _publish(garden, sink, "garden", "Warming up", reached)
                for number in range(rounds):
                    well.append(await _publish(garden, sink, "garden", f"Letter {number}", reached))
                    ill.append(await _publish(garden, sink, "meadow", f"Letter {number}", reached))
    return well, ill


async def _publish(garden: Measured, sink: Sink, handle: str, title: str, reached: int) -> Sent:
    sink.expect(reached)
    before = garden.cpu_seconds()
    started = asyncio.get_running_loop().time()
    await asyncio.to_thread(garden.ask, "call.publish", handle=handle, title=title, text=TEXT)
    await sink.complete(PATIENCE)
    waits = [moment - started for moment in sink.arrived]
    return Sent(max(waits), waits, garden.cpu_seconds() - before)

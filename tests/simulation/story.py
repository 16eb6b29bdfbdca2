"""One history from its seed: a world, weather over it, then quiet, then judgement."""

import asyncio
import logging
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from server.storage.sqlite import open_sqlite
from tests.simulation import judge
from tests.simulation.chance import rsa_in_turn, seeded
from tests.simulation.hostile import Hostile
from tests.simulation.machine import Machine, owned_task, without_threads
from tests.simulation.mutants import Mutant, without
from tests.simulation.network import Network, Way
from tests.simulation.peers import FollowerServer
from tests.simulation.people import People, live
from tests.simulation.trace import Trace
from tests.simulation.virtual_time import SkewedClock, run
from tests.simulation.weather import FAIR, STORM, Climate, Weather

DAY = 86_400.0
QUIET = 3 * DAY
"""After the weather has cleared up: what hubs catch up by reading outboxes takes a day and some hours."""
LONGEST_QUIET = 10 * DAY


@dataclass(frozen=True, slots=True)
class Size:
    """Of a history. `days` are those with weather; three and more of quiet follow."""

    hubs: int = 1
    initiatives: int = 2
    followers: int = 2
    days: float = 1.0
    actions: int = 25
    attacks: int = 8


CI = Size()
CONTROLS = Size(actions=60, attacks=60)
NIGHTLY = Size(hubs=3, initiatives=17, followers=8, days=30.0, actions=600, attacks=100)


@dataclass(frozen=True, slots=True)
class History:
    seed: int
    digest: str
    broken: tuple[str, ...]
    lines: tuple[str, ...]


def tell(seed: int, size: Size = CI, mutant: Mutant | None = None) -> History:
    """The history of `seed`; the same each time. With a `mutant` the program breaks one promise in it."""
    room = "/dev/shm" if Path("/dev/shm").is_dir() else None
    empty = empty_database()
    with (
        tempfile.TemporaryDirectory(dir=room) as directory,
        without_threads(),
        seeded(seed) as dice,
        without(mutant),
    ):
        place = Path(directory)
        (place / "empty").write_bytes(empty)
        return run(lambda: _history(seed, size, dice, place, STORM if mutant else None))


@cache
def empty_database() -> bytes:
    """Made once: laying out the tables takes longer than a short history."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "empty.sqlite3")

        async def make() -> None:
            await (await open_sqlite(path, create=True)).close()

        asyncio.run(make())
        return path.read_bytes()


async def _history(
    seed: int, size: Size, dice: random.Random, place: Path, climate: Climate | None
) -> History:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(owned_task)
    trace = Trace()
    climate = climate or Climate.drawn(dice)
    trace.note("the weather", str(climate))
    weather = Weather(FAIR, dice, trace)
    network = Network(weather, trace)
    make_rsa = rsa_in_turn()

    def unhandled(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # Without an exception it is about what a crash has left lying about.
        if "exception" in context:
            network.bugs.append(str(context))

    loop.set_exception_handler(unhandled)

    def machine(host: str, role: str) -> Machine:
        way = Way(network, host)
        made = Machine(
            host,
            [role],
            place / host,
            weather=weather,
            network=way,
            make_rsa=make_rsa,
            empty=place / "empty",
        )
        network.machines[host] = made
        return made

    def follower(host: str) -> FollowerServer:
        clock = SkewedClock(loop)
        made = FollowerServer(host, network, clock, random.Random(f"{host} {seed}"), make_rsa(), trace)
        network.peers[host] = made
        return made

    hubs = [machine(f"hub{n}.example", "hub") for n in range(size.hubs)]
    initiatives = [machine(f"garden{n}.example", "initiative") for n in range(size.initiatives)]
    machines = [*hubs, *initiatives]
    followers = [follower(f"people{n}.example") for n in range(size.followers)]
    people = People(dice, trace, hubs, initiatives, followers)
    hostile = Hostile(follower("hostile.example"), dice, people, initiatives, hubs, followers)
    answers = judge.Answers(network.machines, people)
    network.heard = [answers.heard, hostile.heard]
    with _listening(network.bugs):
        for each in machines:
            await each.start()
        await people.settle_in()
        speaking = [asyncio.create_task(each.speak()) for each in followers]
        await asyncio.sleep(60)
        weather.climate = climate
        troubles = [
            *(asyncio.create_task(weather.turn_clocks(each)) for each in machines),
            *(asyncio.create_task(weather.send_away(each)) for each in followers),
        ]
        attacks = asyncio.create_task(_attack(hostile, size, dice))
        await live(people, size.actions, size.days * DAY, dice)
        await attacks
        weather.clear_up()
        trace.note("the weather", "has cleared up")
        for task in troubles:
            task.cancel()
        for each in machines:
            each.clock.off = timedelta(0)
        for peer in followers:
            peer.away = False
        await _come_to_rest(machines, followers)
        for task in speaking:
            task.cancel()
        for each in machines:
            await each.stop()
    broken = [
        *network.bugs,
        *answers.broken,
        *chain(
            answers.refused_without_effect(),
            judge.promises_kept(people, initiatives),
            judge.followers_have_everything(people, initiatives, followers),
            judge.in_order(followers),
            judge.follows_agree(people, initiatives, followers),
            judge.effects_once(people, initiatives),
            judge.replies_agree(people, initiatives),
            judge.hubs_agree(hubs, initiatives),
            judge.nothing_left(machines, followers),
            judge.no_hostile_words(people, machines),
        ),
    ]
    for each in machines:
        for (table,) in each.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
            if table != "migrations":
                rows = sorted(map(repr, each.rows(f"SELECT * FROM {table}")))
                trace.stamp("\n".join([each.host, table, *rows]).encode())
    return History(seed, trace.digest, tuple(broken), tuple(trace.lines))


async def _attack(hostile: Hostile, size: Size, dice: random.Random) -> None:
    for _ in range(size.attacks):
        await asyncio.sleep(dice.expovariate(size.attacks / (size.days * DAY)))
        await hostile.attack()


async def _come_to_rest(machines: list[Machine], followers: list[FollowerServer]) -> None:
    """Three days, and more while something is still to be done."""
    await asyncio.sleep(QUIET)
    ends = asyncio.get_running_loop().time() + LONGEST_QUIET - QUIET
    while any(judge.nothing_left(machines, followers)):
        if asyncio.get_running_loop().time() >= ends:
            return
        await asyncio.sleep(DAY / 4)


@contextmanager
def _listening(bugs: list[str]) -> Iterator[None]:
    """What a program logs as an error is one."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            bugs.append(f"{record.name}: {record.getMessage()}")

    listener = Listener(logging.ERROR)
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        yield
    finally:
        root.removeHandler(listener)

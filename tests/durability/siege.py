"""R1 and R3 at once: activities come in and calls go out while the server is killed over and over.

A quarter of the lives ends within half a second of the start, recovery and all; the others at a uniformly random
moment from 5 to 500 ms after the door has opened.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from bench.measured import Measured
from federation.actors import read_actor
from server.app import close_services, open_services
from server.clock import SystemClock
from server.control.client import CommandFailed, NoServer
from server.fediverse import actors
from server.fediverse.followers import store
from server.paths import InstancePaths
from server.storage.database import Transaction
from tests.durability.doors import post
from tests.durability.nursery import Nursery
from tests.durability.sender import Sender
from tests.durability.strangers import HOSTS, READERS_EACH, Journal, Receiver, Strangers
from tests.peers.instance import START_SECONDS, wait_until
from tests.postgres_server import new_address

SOONEST, LATEST = 0.005, 0.5
AT_BIRTH = 0.25
"""Share of the lives whose moment counts from the start and not from the open door."""

SETTLED_SECONDS = 90.0
TEXT = "Ten lines are enough, and the address is on the list. " * 8


@dataclass(frozen=True, slots=True)
class Size:
    """The siege ends when all three are reached; `deliveries` are those owed by calls whose command was answered."""

    accepted: int
    deliveries: int
    kills: int


@dataclass
class Besieged:
    """What happened outside of the server. `published` are the calls whose command was answered."""

    journal: Journal
    receiver: Receiver
    call: str
    published: list[str] = field(default_factory=list)
    kills: int = 0
    seconds: float = 0.0

    @property
    def owed(self) -> int:
        return len(self.published) * HOSTS * READERS_EACH


Progress = Callable[[Besieged], None]


@contextlib.contextmanager
def made(folder: Path, engine: str = "sqlite", number: int = 61) -> Iterator[tuple[Measured, Strangers]]:
    """An instance of both roles that knows its strangers: 120 followers, and the doors of their servers."""
    with Receiver() as receiver:
        instance = Measured(folder / "besieged", number, "initiative,hub", "Besieged")
        settle_on(instance, engine)
        instance.command("initiative", "add", "garden", name="Garden")
        strangers = Strangers(receiver)
        asyncio.run(_introduce(instance, strangers))
        yield instance, strangers


def settle_on(instance: Measured, engine: str) -> None:
    """Before its first start: a fresh instance keeps its rows in SQLite. `engine` may be an address as well."""
    address = engine if engine.startswith("postgresql://") else new_address(engine)
    if address:
        paths = InstancePaths(instance.directory)
        paths.database.unlink()
        text = paths.settings.read_text()
        assert 'database = ""' in text
        paths.settings.write_text(text.replace('database = ""', f'database = "{address}"'))


async def _introduce(instance: Measured, strangers: Strangers) -> None:
    """Straight into storage while no server runs: each Follow would be owed an Accept first."""
    services = await open_services(instance.directory)
    garden = services.here.uris.actor("garden")
    now = SystemClock().now()

    def add(tx: Transaction) -> None:
        for reader in strangers.readers:
            actors.remember(tx, read_actor(reader.document(), b"", now))
            store.insert_follower(tx, garden, reader.id, f"{reader.id}/follow")

    try:
        await services.database.write(add)
    finally:
        await close_services(services)


def besiege(
    instance: Measured,
    strangers: Strangers,
    size: Size,
    *,
    seed: int,
    patches: tuple[str, ...] = (),
    progress: Progress = lambda _: None,
) -> Besieged:
    """Returns when nobody owes anybody anything and the server has ended. One seed is one series of moments."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, Nursery(instance, *patches) as nursery:
        return runner.run(_besiege(instance, strangers, nursery, size, random.Random(seed), progress))


async def _besiege(
    instance: Measured,
    strangers: Strangers,
    nursery: Nursery,
    size: Size,
    chance: random.Random,
    progress: Progress,
) -> Besieged:
    receiver = strangers.receiver
    async with receiver.serving():
        call = await asyncio.to_thread(_begin, instance, strangers, nursery)
        besieged = Besieged(strangers.journal, receiver, call)
        posts = strangers.posts(instance.authority, call, random.Random(chance.random()))
        sender = Sender(instance.address, posts, besieged.journal, random.Random(chance.random()))
        started = time.monotonic()
        working = asyncio.create_task(sender.work())

        while besieged.kills < size.kills:
            await _one_life(instance, nursery, chance, besieged, size)
            assert not working.done(), working.exception()
            progress(besieged)
        await _last_life(instance, nursery, besieged, size)
        sender.finish()
        await working
        await _settle(instance)
        besieged.seconds = time.monotonic() - started
        await asyncio.to_thread(nursery.stop)
        return besieged


def _begin(instance: Measured, strangers: Strangers, nursery: Nursery) -> str:
    """The hub lists its initiatives, by its doors; the address of the call that people react to."""
    nursery.start()
    wait_until(lambda: _listens(instance), "no control socket", START_SECONDS, instance.log)
    nursery.wait_until_it_answers()
    hub = f"{instance.origin}/actors/hub"
    for account in () if strangers.are_listed else strangers.initiatives:
        status = post(instance.address, account.request(instance.authority, account.activity("Follow", hub)))
        assert status == 202, status
        instance.ask("hub.admit", target=account.id)
    instance.wait_for(lambda stats: stats["listings"] == len(strangers.initiatives), "not all are listed")
    strangers.are_listed = True
    call = str(instance.ask("call.publish", handle="garden", title="Write", text=TEXT)["uri"])
    nursery.kill()
    return call


def _listens(instance: Measured) -> bool:
    with contextlib.suppress(NoServer):
        return bool(instance.ask("stats"))
    return False


async def _one_life(
    instance: Measured, nursery: Nursery, chance: random.Random, besieged: Besieged, size: Size
) -> None:
    delay = chance.uniform(SOONEST, LATEST)
    nursery.start()
    if chance.random() >= AT_BIRTH:
        await asyncio.to_thread(nursery.wait_until_it_answers)
    publishing = None
    if besieged.owed * size.kills < size.deliveries * (besieged.kills + 1):
        publishing = asyncio.create_task(_publish(instance, besieged, chance.uniform(0, delay)))
    await asyncio.sleep(delay)
    nursery.kill()
    besieged.kills += 1
    if publishing is not None:
        await publishing


async def _last_life(instance: Measured, nursery: Nursery, besieged: Besieged, size: Size) -> None:
    """What a busy machine has not done of the size between the kills is done here, and ends by one more."""
    nursery.start()
    await asyncio.to_thread(nursery.wait_until_it_answers)
    while len(besieged.journal.accepted) < size.accepted or besieged.owed < size.deliveries:
        if besieged.owed < size.deliveries:
            await _publish(instance, besieged, 0)
        await asyncio.sleep(0.05)
    nursery.kill()
    besieged.kills += 1
    nursery.start()


async def _publish(instance: Measured, besieged: Besieged, after: float) -> None:
    await asyncio.sleep(after)
    title = f"Letter {len(besieged.published)}"
    with contextlib.suppress(NoServer, CommandFailed):
        answer = await asyncio.to_thread(
            instance.ask, "call.publish", handle="garden", title=title, text=TEXT
        )
        besieged.published.append(str(answer["uri"]))


async def _settle(instance: Measured) -> None:
    """Until the server owes nobody anything."""
    async with asyncio.timeout(SETTLED_SECONDS):
        pending = 1
        while pending:
            await asyncio.sleep(0.1)
            with contextlib.suppress(NoServer):
                pending = (await asyncio.to_thread(instance.ask, "stats"))["deliveries_pending"]

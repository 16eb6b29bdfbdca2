"""A server whose disk is written down, and the same server after each of many cuts of the power."""

import asyncio
import contextlib
import random
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from bench.measured import Measured
from server.fediverse.received.store import _digest
from server.paths import InstancePaths
from server.storage.sqlite import open_sqlite
from tests.durability import siege
from tests.durability.nursery import Nursery
from tests.durability.power import Disk, Images, lay_out, moments
from tests.durability.recorder import Asked, read_record
from tests.durability.sender import Sender
from tests.durability.strangers import Journal, Strangers


@dataclass(frozen=True, slots=True)
class Cuts:
    """`images`: about how many disks a cut may leave that are looked at."""

    cuts: int
    images: int


@dataclass
class Run:
    """`traced`: what strace saw of it, where it was asked to look."""

    before: Images
    record: list[Asked]
    journal: Journal
    call: str
    traced: str = ""


@dataclass
class Found:
    """Each a line: place in the record, number of the image, and what is wrong there."""

    images: int = 0
    lost: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def recorded(
    instance: Measured,
    strangers: Strangers,
    accepted: int,
    log: Path,
    *,
    seed: int,
    patches: tuple[str, ...] = (),
    trace: Path | None = None,
) -> Run:
    """One life of the server, from its start until so much was accepted and it is killed."""
    chance = random.Random(seed)
    patch = f"tests.durability.recorder:record:{log}"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        with Nursery(instance) as nursery:
            call = runner.run(_prepare(instance, strangers, nursery))
        with Nursery(instance, *patches, patch, trace=trace) as nursery:
            # Only now: the cradle has opened and closed it. The shared index is memory, made anew from the log.
            before = {
                path.name: path.read_bytes()
                for path in instance.directory.glob("antipole.sqlite3*")
                if not path.name.endswith("-shm")
            }
            warm = trace.stat().st_size if trace else 0
            journal = runner.run(_accept(instance, strangers, nursery, call, accepted, chance))
    traced = trace.read_text()[warm:] if trace else ""
    return Run(before, list(read_record(log)), journal, call, traced)


async def _prepare(instance: Measured, strangers: Strangers, nursery: Nursery) -> str:
    async with strangers.receiver.serving():
        return await asyncio.to_thread(siege._begin, instance, strangers, nursery)


async def _accept(
    instance: Measured,
    strangers: Strangers,
    nursery: Nursery,
    call: str,
    accepted: int,
    chance: random.Random,
) -> Journal:
    journal = strangers.journal
    sender = Sender(
        instance.address, strangers.posts(instance.authority, call, chance), journal, random.Random(0)
    )
    async with strangers.receiver.serving():
        nursery.start()
        working = asyncio.create_task(sender.work())
        while len(journal.accepted) < accepted:
            assert not working.done(), working.exception()
            await asyncio.sleep(0.01)
        sender.finish()
        await working
        nursery.kill()
    return journal


def cut(run: Run, cuts: Cuts, folder: Path, chance: random.Random) -> Found:
    found = Found()
    places = moments(run.record, cuts.cuts, chance)
    disk = Disk(run.before)
    for place, asked in enumerate(run.record):
        disk.ask(asked)
        if places and place == places[0]:
            places.pop(0)
            for number, images in enumerate(disk.images(chance, cuts.images)):
                with tempfile.TemporaryDirectory(dir=folder) as after:
                    lay_out(images, Path(after))
                    found.images += 1
                    _look(run, Path(after), asked.moment, f"{place}.{number}", found, whole=number == 0)
    return found


def _look(run: Run, folder: Path, moment: float, name: str, found: Found, *, whole: bool) -> None:
    """`whole`: as the server opens it, with all that it checks; else as SQLite does."""
    path = InstancePaths(folder).database
    try:
        if whole:
            asyncio.run(_open(path))
        with contextlib.closing(sqlite3.connect(path)) as database:
            problems = [row[0] for row in database.execute("PRAGMA integrity_check")]
            received = {row[0] for row in database.execute("SELECT digest FROM received_activities")}
            asked = "SELECT kind, n FROM call_reactions WHERE call_uri = ?"
            reactions = dict(database.execute(asked, (run.call,)).fetchall())
            listed = {row[0] for row in database.execute("SELECT uri FROM hub_calls")}
    except Exception as error:
        found.damaged.append(f"{name}: {error!r}")
        return
    if problems != ["ok"]:
        found.damaged.append(f"{name}: {problems[0]}")
    there = [post for post in run.journal.accepted.values() if _digest(post.actor, post.id) in received]
    gone = run.journal.accepted.keys() - {post.id for post in there}
    found.lost += [f"{name}: {one}" for one in sorted(gone) if run.journal.moments[one] <= moment]
    for kind, word in (("like", "Like"), ("boost", "Announce")):
        if reactions.get(kind, 0) != sum(post.kind == word for post in there):
            found.halves.append(f"{name}: {word}")
    if listed != {post.object for post in there if post.kind == "Create"}:
        found.halves.append(f"{name}: Create")


async def _open(path: Path) -> None:
    database = await open_sqlite(path)
    await database.close()

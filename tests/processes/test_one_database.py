"""Two processes on one PostgreSQL, as far as one process can stand for two: each has the database open for itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server import settings
from server.app import close_services, open_services
from server.fediverse import errands, moderation
from server.fediverse.errands.store import LEASE
from server.roles import features_of
from server.services import Services
from server.storage.database import Transaction
from server.workers.rounds import take_turn
from server.workers.runner import Workers
from tests.server.speaking import until

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

Two = tuple[Services, Services]


@pytest.fixture
async def two(postgres_server: "PostgresServer", tmp_path: Path) -> AsyncIterator[Two]:
    address = postgres_server.new_migrated()
    opened: list[Services] = []
    try:
        for name in ("one", "two"):
            directory = tmp_path / name
            directory.mkdir()
            made = settings.make(directory, origin="https://hub.example", roles=["hub"], database=address)
            settings.write(directory, made)
        # At once, as two machines may be started: what only one can make is made by one.
        opened = list(await asyncio.gather(*(open_services(tmp_path / name) for name in ("one", "two"))))
        yield opened[0], opened[1]
    finally:
        for services in opened:
            await close_services(services)
        postgres_server.drop(address)


async def test_a_block_in_one_is_obeyed_in_the_other_within_a_second(two: Two) -> None:
    one, other = two
    following = Workers(other, features_of(other.here.settings), with_work=False)
    following.start()
    try:
        evil, now = "https://evil.example", one.here.clock.now()
        database, known = one.database, one.here.blocklist
        await moderation.change_blocks(database, known, lambda tx: moderation.block(tx, evil, now))
        await until(lambda: other.here.blocklist.refuses("evil.example"), seconds=1)
        await moderation.change_blocks(database, known, lambda tx: moderation.unblock(tx, evil))
        await until(lambda: not other.here.blocklist.refuses("evil.example"), seconds=1)
    finally:
        await following.stop()


async def test_a_chore_is_done_by_one_of_them(two: Two) -> None:
    done: list[str] = []
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        done.append("done")
        begun.set()
        await may_end.wait()
        return 1

    hour = timedelta(hours=1)
    first = asyncio.create_task(take_turn(two[0], "sweep", hour, work))
    await begun.wait()
    assert await take_turn(two[1], "sweep", hour, work) == 60  # somebody is at it
    may_end.set()
    assert await first == 3600
    assert 3500 < await take_turn(two[1], "sweep", hour, work) <= 3600
    assert done == ["done"]


async def test_what_one_leaves_behind_wakes_the_other_and_is_leased_once(two: Two) -> None:
    one, other = two
    waiter = other.database.waiter("errands")
    waiting = asyncio.create_task(waiter.wait(5))
    await asyncio.sleep(0)

    def leave(tx: Transaction) -> None:
        for number in range(20):
            errands.add(tx, "fetch", f"s{number}")

    await one.database.write(leave)
    assert await waiting
    now = one.here.clock.now()
    leased = await asyncio.gather(
        *(services.database.write(lambda tx: errands.lease(tx, now, 6)) for services in (*two, *two))
    )
    subjects = [row.subject for rows in leased for row in rows]
    assert len(subjects) == len(set(subjects)) > 6


async def test_an_outcome_that_comes_too_late_counts_for_nothing(two: Two) -> None:
    """Its lease ran out and another process has it: the fence tells them apart."""
    one, other = two
    await one.database.write(lambda tx: errands.add(tx, "fetch", "s"))
    now = one.here.clock.now()
    (slow,) = await one.database.write(lambda tx: errands.lease(tx, now, 1))
    later = now + errands.store.LEASE
    (taken_over,) = await other.database.write(lambda tx: errands.lease(tx, later, 1))
    await one.database.write(lambda tx: errands.finish(tx, slow))
    assert await other.database.read(lambda tx: errands.waiting(tx, "fetch", "s")) == ""
    await other.database.write(lambda tx: errands.finish(tx, taken_over))
    assert await other.database.read(lambda tx: errands.waiting(tx, "fetch", "s")) is None


async def test_a_start_leaves_the_leases_of_the_others_alone(two: Two) -> None:
    one, other = two
    await one.database.write(lambda tx: errands.add(tx, "fetch", "s"))
    now = one.here.clock.now()
    assert len(await one.database.write(lambda tx: errands.lease(tx, now, 1))) == 1
    starting = Workers(other, ())
    starting.start()
    await asyncio.sleep(0.3)
    assert starting.alive()
    await starting.stop()
    assert await other.database.write(lambda tx: errands.lease(tx, now, 1)) == []
    # Nor was it done behind the back of whoever holds it: it is there again when the lease has run out.
    later = now + LEASE
    assert len(await other.database.write(lambda tx: errands.lease(tx, later, 1))) == 1

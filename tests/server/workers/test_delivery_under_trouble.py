"""Acceptance of deliveries (PROTOCOL 7, SAFETY R7, R9) where many things go wrong at once."""

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from server.feature import Feature
from server.fediverse import errands
from server.services import Services
from server.storage.database import Transaction
from server.workers import deliveries as worker
from server.workers import refresh
from tests.fediverse import Fediverse, Node
from tests.server.speaking import let_follow, rows, say, speaker, until

pytestmark = pytest.mark.anyio


async def test_ac_7_4_a_dead_host_among_fifty_delays_the_living_by_less_than_five_seconds(
    fediverse: Fediverse,
) -> None:
    """It takes the connection and never answers; several things are owed to it, and each would wait 15 seconds."""
    node, actor = await speaker(fediverse)
    dead = fediverse.neighbour("a-dead.example")  # the first by name, should anybody go by that
    dead.hold = asyncio.Event()
    living = [fediverse.neighbour(f"living{n}.example") for n in range(50)]
    await let_follow(node, actor, *(f"{dead.origin}/users/u{n}" for n in range(5)), shared=False)
    await let_follow(node, actor, *(f"{each.origin}/users/u" for each in living))
    running = asyncio.create_task(worker.run(node.services))
    try:
        began = time.monotonic()
        for number in range(3):
            await say(node, actor, object_id=f"{node.origin}/calls/{number}")
        await until(lambda: all(len(each.arrived) == 3 for each in living), seconds=5)
        assert time.monotonic() - began < 5
        assert dead.arrived == []
        assert dead.at_once <= worker.PER_ORIGIN
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_ac_7_6_create_update_delete_arrive_in_order_whatever_fails(
    fediverse: Fediverse, seed: int
) -> None:
    chance = random.Random(seed)
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    answers = [chance.choice([None, 500, 503, 429]) if chance.random() < 0.2 else 202 for _ in range(2000)]
    peer.next_statuses = list(answers)
    objects = [f"{node.origin}/calls/{number}" for number in range(12)]
    kinds = {uri: iter(("Create", "Update", "Delete")) for uri in objects}
    said: dict[str, list[str]] = {uri: [] for uri in objects}
    for uri in chance.sample(objects * 3, 36):
        said[uri].append(await say(node, actor, next(kinds[uri]), object_id=uri))
        await fediverse.settle()
        fediverse.clock.advance(seconds=chance.choice([0, 1, 40, 700]))
    for _ in range(40):
        await fediverse.settle()
        fediverse.clock.advance(hours=6)
    given = answers[: len(answers) - len(peer.next_statuses)]
    assert len(given) - given.count(202) >= 5, "this seed tries nothing"
    taken: dict[str, list[str]] = {uri: [] for uri in objects}
    for arrived in peer.arrived:
        if arrived.answered == 202:
            taken[arrived.document["object"]["id"]].append(arrived.document["id"])
    assert taken == said
    stats = await node.stats()
    assert (stats["deliveries_pending"], stats["deliveries_failed"]) == (0, 0)


async def can_write(node: Node) -> None:
    """The writer is free: nobody holds a transaction."""
    async with asyncio.timeout(2):
        await node.services.database.write(lambda tx: errands.add(tx, "nothing", "a"))
        await node.services.database.read(lambda tx: errands.waiting(tx, "nothing", "a"))


async def test_no_transaction_is_open_while_a_delivery_waits_for_an_answer(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    slow = fediverse.neighbour("slow.example")
    slow.hold = asyncio.Event()
    await let_follow(node, actor, "https://slow.example/users/eve")
    await say(node, actor)
    sending = asyncio.create_task(worker.run_due(node.services))
    await until(lambda: slow.at_once == 1)
    await can_write(node)
    slow.hold.set()
    assert await sending == 1


async def test_no_transaction_is_open_while_an_errand_fetches(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    asked, answer = asyncio.Event(), asyncio.Event()

    async def fetch(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
        asked.set()
        await answer.wait()

    features = [Feature("slow", errands={"slow": fetch})]
    await node.services.database.write(lambda tx: errands.add(tx, "slow", "a"))
    running = asyncio.create_task(refresh.run_errands(node.services, features))
    await asked.wait()
    await can_write(node)
    answer.set()
    assert await running == 1


async def test_int_08_an_errand_that_outlived_its_lease_settles_nothing(fediverse: Fediverse) -> None:
    """A worker that slept, and its successor: what the first finds out is about a lease that is over."""
    node, _ = await speaker(fediverse)
    database, clock = node.services.database, fediverse.clock

    def lease(tx: Transaction) -> list[errands.ErrandRow]:
        return errands.lease(tx, clock.now(), 8)

    await database.write(lambda tx: errands.add(tx, "some", "a"))
    (sleeper,) = await database.write(lease)
    assert await database.write(lease) == []
    clock.advance(minutes=6)
    (successor,) = await database.write(lease)
    assert successor.fence > sleeper.fence
    await database.write(lambda tx: errands.fail(tx, sleeper, clock.now(), "bug"))
    await database.write(lambda tx: errands.finish(tx, sleeper))
    assert await database.read(lambda tx: errands.waiting(tx, "some", "a")) == ""
    await database.write(lambda tx: errands.finish(tx, successor))
    assert await database.read(lambda tx: errands.waiting(tx, "some", "a")) is None


async def due_in(node: Node, kind: str, subject: str) -> float:
    """Seconds until an errand is due."""
    (row,) = [row for row in await rows(node, "errands") if (row["kind"], row["subject"]) == (kind, subject)]
    return float(row["due_at"] / 1000 - node.services.here.clock.now().timestamp())


async def test_a_server_that_speaks_is_asked_soon_for_what_was_to_be_fetched_there(
    fediverse: Fediverse,
) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    await fediverse.settle()
    near = ["https://peer.example/users/eve", "https://peer.example/notes/1"]
    far = [
        "https://peer.example.org/x",
        "https://peer.exampl/x",
        "http://peer.example/x",
        "https://peer.example:8/x",
    ]
    kinds = ("a-kind", "fetch", "zz")
    now = fediverse.clock.now()

    def leave(tx: Transaction) -> None:
        for kind in kinds:
            for subject in (*near, *far):
                errands.add(tx, kind, subject)
        for row in errands.lease(tx, now, 100):
            errands.retry(tx, row, now.replace(hour=20), "no-answer")
        errands.add(tx, "examine", near[0], due=now.replace(hour=20))

    await node.services.database.write(leave)
    like = {"id": f"{eve.id}/likes/1", "type": "Like", "actor": eve.id, "object": actor}
    assert (await peer.send(eve, f"{node.origin}/inbox", like)).status_code == 202
    for kind in kinds:
        assert [await due_in(node, kind, subject) for subject in near] == [1, 1]
        assert [await due_in(node, kind, subject) for subject in far] == [12 * 3600] * len(far)
    # What is to be done later on purpose is not hurried.
    assert await due_in(node, "examine", near[0]) == 12 * 3600


async def test_hurrying_errands_costs_no_look_at_those_of_others(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    now = fediverse.clock.now()

    def leave(tx: Transaction) -> None:
        for number in range(5000):
            errands.add(tx, f"kind{number % 12}", f"https://server{number}.example/x")
        for row in errands.lease(tx, now, 5000):
            errands.retry(tx, row, now.replace(hour=20), "no-answer")

    await node.services.database.write(leave)

    def hurry(tx: Transaction) -> float:
        began = time.thread_time()
        for number in range(100):
            errands.bring_forward(tx, f"https://other{number}.example", now)
        return (time.thread_time() - began) / 100

    assert await node.services.database.write(hurry) < 0.001


async def test_r9_after_a_day_of_silence_no_more_go_out_at_once_than_on_any_day(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 servers come back together, each with a backlog. To each of them two at a time, to all of them no more at a
    time than when one call is sent to everybody: the gate is the same, so the rate is the same."""
    node, actor = await speaker(fediverse)
    peers = [fediverse.neighbour(f"peer{n}.example") for n in range(300)]
    await let_follow(node, actor, *(f"{peer.origin}/users/u" for peer in peers))
    flying, most = 0, 0
    arrive = fediverse.network.handle_async_request

    async def count(request: httpx2.Request) -> httpx2.Response:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0)
        try:
            return await arrive(request)
        finally:
            flying -= 1

    monkeypatch.setattr(fediverse.network, "handle_async_request", count)
    await say(node, actor)
    assert await worker.run_due(node.services) == 300
    steady, most = most, 0
    for peer in peers:
        peer.status = None
        peer.arrived.clear()
    for number in range(2):
        await say(node, actor, object_id=f"{node.origin}/calls/{number}")
        await worker.run_due(node.services)
        fediverse.clock.advance(hours=12)
    for peer in peers:
        peer.status = 202
    most = 0
    await worker.run_due(node.services)
    assert sum(len(peer.arrived) for peer in peers) == 600
    assert 0 < most <= 2 * steady
    assert max(peer.most_at_once for peer in peers) <= worker.PER_ORIGIN


async def test_nothing_is_sent_twice_while_two_workers_turn_at_once(fediverse: Fediverse) -> None:
    """INT-08: leases, not luck."""
    node, actor = await speaker(fediverse)
    peers = [fediverse.neighbour(f"peer{n}.example") for n in range(20)]
    await let_follow(node, actor, *(f"{peer.origin}/users/u" for peer in peers))
    for number in range(3):
        await say(node, actor, object_id=f"{node.origin}/calls/{number}")
    await asyncio.gather(*(worker.run_due(node.services) for _ in range(3)))
    assert [len(peer.arrived) for peer in peers] == [3] * 20

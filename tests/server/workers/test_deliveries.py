"""What leaves this server, when, in which order, and what becomes of it."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from federation.http_signatures.scheme import RawRequest, inspect, prove
from server.clock import iso
from server.fediverse import deliveries, outbox
from server.storage.database import Transaction
from server.workers import deliveries as worker
from tests.fediverse import Fediverse, Node
from tests.neighbours import Arrived, Neighbour
from tests.server.speaking import count_followers, let_follow, say, speaker, until

pytestmark = pytest.mark.anyio


def sent_at(arrived: Arrived) -> datetime:
    return parsedate_to_datetime(arrived.sent_at)


async def require_valid_signature(arrived: Arrived, node: Node, host: str, now: datetime) -> None:
    request = RawRequest("POST", arrived.path, list(arrived.headers.items()), arrived.body)
    claim = inspect(request, origin=f"https://{host}", now=now)
    keys = await node.services.database.read(
        lambda tx: node.services.here.keyring.load(tx, claim.key_id.partition("#")[0])
    )
    prove(claim, request, keys.signing.private.public)


async def has_got(neighbour: Neighbour, number: int) -> None:
    await until(lambda: len(neighbour.arrived) == number)


async def test_ac_7_3_five_hundred_followers_on_three_origins_cost_three_posts(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    hosts = [f"server{n}.example" for n in range(3)]
    neighbours = [fediverse.neighbour(host) for host in hosts]
    await let_follow(node, actor, *(f"https://{hosts[n % 3]}/users/u{n}" for n in range(500)))
    await say(node, actor)
    await fediverse.settle()
    assert await count_followers(node, actor) == 500
    assert [[arrived.path for arrived in neighbour.arrived] for neighbour in neighbours] == [["/inbox"]] * 3


async def test_without_a_shared_inbox_each_follower_gets_its_own(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    small = fediverse.neighbour("small.example")
    ids = [f"https://small.example/users/u{n}" for n in range(3)]
    await let_follow(node, actor, *ids, shared=False)
    await say(node, actor)
    await fediverse.settle()
    assert sorted(arrived.path for arrived in small.arrived) == [f"/users/u{n}/inbox" for n in range(3)]


async def test_ac_1_5_a_retry_an_hour_later_bears_a_new_date_and_a_valid_signature(
    fediverse: Fediverse,
) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.status = 503
    await say(node, actor)
    await fediverse.settle()
    fediverse.clock.advance(hours=1)
    peer.status = 202
    await fediverse.settle()
    first, second = peer.arrived
    assert sent_at(second) - sent_at(first) == timedelta(hours=1)
    assert first.body == second.body
    for arrived in (first, second):
        await require_valid_signature(arrived, node, "peer.example", sent_at(arrived))
    assert (await node.stats())["deliveries_done"] == 1


async def test_ac_8_6_an_announce_that_waited_a_day_bears_the_time_of_sending(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.status = None
    queued = fediverse.clock.now()
    await say(node, actor, "Announce", redated=True)
    await fediverse.settle()
    fediverse.clock.advance(days=1)
    peer.status = 202
    await fediverse.settle()
    (arrived,) = peer.arrived
    assert arrived.document["published"] == iso(fediverse.clock.now()) != iso(queued)
    assert "proof" not in arrived.document
    await require_valid_signature(arrived, node, "peer.example", fediverse.clock.now())


async def test_what_is_not_redated_is_sent_byte_for_byte_as_it_was_written(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    activity_id = await say(node, actor)
    fediverse.clock.advance(hours=5)
    await fediverse.settle()
    stored = await node.services.database.read(lambda tx: outbox.find_activity(tx, activity_id))
    assert stored is not None
    assert stored.document is not None
    assert peer.arrived[0].body == stored.document.encode()
    assert peer.arrived[0].document["proof"]["cryptosuite"] == "eddsa-jcs-2022"


async def test_activities_about_one_object_arrive_in_order_whatever_fails(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.next_statuses = [503, 202, 500, None, 202, 503, 202]
    sent = [await say(node, actor, kind) for kind in ("Create", "Update", "Update")]
    for _ in range(12):
        await fediverse.settle()
        fediverse.clock.advance(hours=2)
    taken = [arrived.document["id"] for arrived in peer.arrived if arrived.answered == 202]
    assert taken == sent


async def test_another_object_does_not_wait_for_one_that_fails(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.next_statuses = [503]
    await say(node, actor, object_id="https://speaker.example/calls/1")
    await fediverse.settle()
    second = await say(node, actor, object_id="https://speaker.example/calls/2")
    await fediverse.settle()
    assert peer.arrived[-1].document["id"] == second
    assert (await node.stats())["deliveries_pending"] == 1


async def test_what_was_erased_is_not_sent_and_its_delete_is(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.status = None
    created = await say(node, actor)
    await fediverse.settle()

    def withdraw(tx: Transaction) -> None:
        outbox.erase_object(tx, "https://speaker.example/calls/1")

    await node.services.database.write(withdraw)
    await say(node, actor, "Delete")
    peer.status = 202
    fediverse.clock.advance(hours=1)
    await fediverse.settle()
    assert peer.types() == ["Delete"]
    erased = await node.services.database.read(lambda tx: outbox.find_activity(tx, created))
    assert erased is not None
    assert erased.document is None


async def test_two_at_once_to_one_origin_and_no_more(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    peer.hold = asyncio.Event()
    await let_follow(node, actor, *(f"https://peer.example/users/u{n}" for n in range(9)), shared=False)
    await say(node, actor)
    sending = asyncio.create_task(worker.run_due(node.services))
    await until(lambda: peer.at_once >= 2)
    await asyncio.sleep(0.02)
    peer.hold.set()
    assert await sending == 9
    assert peer.most_at_once == 2


async def test_a_server_that_dawdles_holds_up_nobody_else_and_publishing_wakes_at_once(
    fediverse: Fediverse,
) -> None:
    node, actor = await speaker(fediverse)
    slow, quick = fediverse.neighbour("slow.example"), fediverse.neighbour("quick.example")
    slow.hold = asyncio.Event()
    await let_follow(node, actor, "https://slow.example/users/a", "https://quick.example/users/b")
    running = asyncio.create_task(worker.run(node.services))
    try:
        for n in (1, 2, 3):
            await say(node, actor, object_id=f"https://speaker.example/calls/{n}")
            await has_got(quick, n)
        assert slow.arrived == []
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_those_that_failed_lately_share_a_part_of_the_room(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    hosts = [f"sick{n}.example" for n in range(30)]
    for host in hosts:
        fediverse.neighbour(host).status = 500
    await let_follow(node, actor, *(f"https://{host}/users/a" for host in hosts))
    await say(node, actor)
    await fediverse.settle()
    gate = asyncio.Event()
    for host in hosts:
        fediverse.neighbour(host).status = 202
        fediverse.neighbour(host).hold = gate
    fediverse.clock.advance(minutes=1)
    well = fediverse.neighbour("well.example")
    await let_follow(node, actor, "https://well.example/users/a")
    await say(node, actor, object_id="https://speaker.example/calls/2")
    sending = asyncio.create_task(worker.run_due(node.services))
    await until(lambda: well.arrived and sum(fediverse.neighbour(host).at_once for host in hosts) >= 16)
    await asyncio.sleep(0.02)
    assert sum(fediverse.neighbour(host).at_once for host in hosts) == worker.SICK_AT_ONCE == 16
    gate.set()
    await sending
    assert (await node.stats())["deliveries_pending"] == 0


async def test_five_failures_open_the_breaker_and_the_log_says_so_once(
    fediverse: Fediverse, caplog: pytest.LogCaptureFixture
) -> None:
    node, actor = await speaker(fediverse)
    dead = fediverse.neighbour("dead.example")
    dead.status = 500
    await let_follow(node, actor, "https://dead.example/users/secret-name")
    for n in range(12):
        await say(node, actor, object_id=f"https://speaker.example/calls/{n}")
    await fediverse.settle()
    tried = len(dead.arrived)
    assert 5 <= tried <= 6  # two may be on their way when the fifth fails
    fediverse.clock.advance(minutes=23)
    await fediverse.settle()
    assert len(dead.arrived) == tried
    assert [record.getMessage() for record in caplog.records if record.name == "antipole.deliveries"] == [
        "dead.example does not answer; it is left in peace for half an hour"
    ]
    assert "secret-name" not in caplog.text
    fediverse.clock.advance(minutes=14)
    await fediverse.settle()
    assert len(dead.arrived) == tried + 1  # one probe, which fails and closes the door again
    dead.status = 202
    fediverse.clock.advance(hours=2)
    await fediverse.settle()
    for _ in range(12):  # what had to wait goes one after the other (R9)
        fediverse.clock.advance(minutes=2)
        await fediverse.settle()
    assert (await node.stats())["deliveries_done"] == 12


async def test_a_server_that_speaks_to_us_is_spoken_to_at_once(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    await fediverse.settle()
    peer.status = None
    for n in range(6):
        await say(node, actor, object_id=f"https://speaker.example/calls/{n}")
    await fediverse.settle()
    peer.status = 202
    peer.arrived.clear()
    await fediverse.settle()
    assert peer.arrived == []
    like = {"id": f"{eve.id}/likes/1", "type": "Like", "actor": eve.id, "object": actor}
    assert (await peer.send(eve, f"{node.origin}/inbox", like)).status_code == 202
    await fediverse.settle()
    assert len(peer.arrived) == 6


async def test_after_an_outage_the_first_success_lets_the_rest_go(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.status = None
    for n in range(3):
        await say(node, actor, object_id=f"https://speaker.example/calls/{n}")
        await fediverse.settle()
        fediverse.clock.advance(seconds=10)
    peer.status = 202
    await say(node, actor, object_id="https://speaker.example/calls/new")
    await fediverse.settle()
    assert len(peer.arrived) == 4


async def test_a_success_does_not_hurry_what_was_answered_with_an_error(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.next_statuses = [500]
    for n in range(4):
        await say(node, actor, object_id=f"https://speaker.example/calls/{n}")
        await fediverse.settle()
    assert [arrived.answered for arrived in peer.arrived] == [500, 202, 202, 202]


@pytest.mark.parametrize(("answers", "left"), [(410, 0), (404, 0)])
async def test_ac_7_5_a_follower_that_is_gone_is_forgotten_once_its_server_confirms(
    fediverse: Fediverse, answers: int, left: int
) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    await fediverse.settle()
    peer.status = answers
    await say(node, actor, object_id="https://speaker.example/calls/1")
    await fediverse.settle()
    assert await count_followers(node, actor) == 1  # the actor answers still: the inbox alone is not believed
    peer.gone.add("/users/eve")
    await say(node, actor, object_id="https://speaker.example/calls/2")
    await fediverse.settle()
    assert await count_followers(node, actor) == left
    assert (await node.stats())["deliveries_failed"] == 2


async def test_ac_7_5_retry_after_is_honoured(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    peer.status, peer.retry_after = 429, "3600"
    await say(node, actor)
    await fediverse.settle()
    peer.status = 202
    fediverse.clock.advance(minutes=59)
    await fediverse.settle()
    assert len(peer.arrived) == 1
    fediverse.clock.advance(minutes=2)
    await fediverse.settle()
    assert len(peer.arrived) == 2


async def test_after_a_week_of_silence_it_is_given_up_and_counted(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    fediverse.neighbour("dead.example").status = None
    await let_follow(node, actor, "https://dead.example/users/a")
    await say(node, actor)
    for _ in range(10):
        await fediverse.settle()
        fediverse.clock.advance(days=1)
    stats = await node.stats()
    assert (stats["deliveries_pending"], stats["deliveries_failed"]) == (0, 1)


async def test_an_outcome_with_an_old_fence_is_ignored(fediverse: Fediverse) -> None:
    """INT-08: a worker that slept through its lease must not overwrite what its successor found out."""
    node, actor = await speaker(fediverse)
    await let_follow(node, actor, "https://peer.example/users/eve")
    await say(node, actor)
    database, clock = node.services.database, fediverse.clock

    def claim(tx: Transaction) -> list[deliveries.Delivery]:
        return deliveries.claim(tx, "https://peer.example", clock.now(), 2)

    (sleeper,) = await database.write(claim)
    assert await database.write(claim) == []  # leased
    clock.advance(minutes=3)
    (successor,) = await database.write(claim)
    assert successor.fence > sleeper.fence
    late = deliveries.Outcome(sleeper, "failed", clock.now(), "rejected", None)
    await database.write(lambda tx: deliveries.record(tx, [late], clock.now()))
    assert (await node.stats())["deliveries_pending"] == 1
    good = deliveries.Outcome(successor, "done", clock.now(), "", False)
    await database.write(lambda tx: deliveries.record(tx, [good], clock.now()))
    assert (await node.stats())["deliveries_done"] == 1


async def test_an_erased_activity_is_dropped_when_its_turn_comes(fediverse: Fediverse) -> None:
    """One on its way is left alone by the erasing; if it has to be tried again there is nothing to send."""
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    await say(node, actor)
    database, clock = node.services.database, fediverse.clock
    await database.write(lambda tx: deliveries.claim(tx, "https://peer.example", clock.now(), 1))
    await database.write(lambda tx: outbox.erase_object(tx, "https://speaker.example/calls/1"))
    assert (await node.stats())["deliveries_pending"] == 1
    await say(node, actor, "Delete")
    clock.advance(minutes=3)
    await fediverse.settle()
    assert peer.types() == ["Delete"]


async def test_a_delivery_that_breaks_the_worker_ends_only_itself(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")
    bad = await say(node, actor, "Announce", redated=True)
    spoil = outbox.store.QUERIES.insert_activity
    broken = type(spoil)("spoil", "UPDATE activities SET document = 'no json' WHERE id = :id", "", spoil.path)
    await node.services.database.write(lambda tx: tx.run(broken, id=bad))
    good = await say(node, actor, object_id="https://speaker.example/calls/2")
    await worker.run_due(node.services)
    assert [arrived.document["id"] for arrived in peer.arrived] == [good]
    assert len(fediverse.bugs) == 1
    assert "no json" not in fediverse.bugs[0]
    fediverse.bugs.clear()

"""What a push should have brought and did not is found in the outbox, and nobody is asked more than is needed."""

from datetime import timedelta

import pytest

from server.hub.listings.model import READ_EVERY, READ_LATER
from tests.server.hub.small_hub import Initiative, SmallHub

pytestmark = pytest.mark.anyio


async def next_reading(hub: SmallHub) -> None:
    hub.clock.time += READ_EVERY + timedelta(minutes=1)
    await hub.work()
    hub.clock.time += READ_LATER
    await hub.work()


async def titles(hub: SmallHub) -> set[str]:
    return {row["title"] for row in await hub.rows("hub_calls")}


def times_asked(hub: SmallHub, url: str) -> int:
    return hub.world.asked.count(url)


@pytest.fixture
async def garten(hub: SmallHub) -> Initiative:
    initiative = Initiative(hub.world)
    initiative.serve_outbox()
    await hub.admit(initiative)
    return initiative


async def test_what_a_server_gave_up_to_deliver_after_four_minutes_is_found_within_hours(
    hub: SmallHub, garten: Initiative
) -> None:
    """GoToSocial tries for four minutes: a short restart of ours loses its posts. Its outbox lists addresses only."""
    call = garten.call()
    garten.serve_call(call)
    create = {"id": f"{call.uri}/create", "type": "Create", "actor": garten.id, "object": call.uri}
    hub.world.serve(create["id"], create)
    garten.serve_outbox(create["id"])
    await next_reading(hub)
    assert await titles(hub) == {call.title}


async def test_an_outbox_with_nothing_new_is_not_read_again(hub: SmallHub, garten: Initiative) -> None:
    outbox, first = f"{garten.id}/outbox", f"{garten.id}/outbox?page=1"
    hub.world.etags[outbox] = '"one"'
    await next_reading(hub)
    asked = times_asked(hub, first)
    await next_reading(hub)
    assert times_asked(hub, first) == asked
    call = garten.call()
    garten.serve_call(call)
    garten.serve_outbox(call.uri)
    hub.world.etags[outbox] = '"two"'
    await next_reading(hub)
    assert times_asked(hub, first) == asked + 1
    assert await titles(hub) == {call.title}


async def test_an_outbox_that_says_so_wrongly_is_believed_for_less_than_a_day(
    hub: SmallHub, garten: Initiative
) -> None:
    """The head of an outbox counts: one more and one less make the same number, and the same ETag."""
    hub.world.etags[f"{garten.id}/outbox"] = '"always-the-same"'
    await next_reading(hub)
    call = garten.call()
    garten.serve_call(call)
    garten.serve_outbox(call.uri)
    await next_reading(hub)
    assert await titles(hub) == set()
    for _ in range(3):
        await next_reading(hub)
    assert await titles(hub) == {call.title}


async def test_after_its_own_absence_a_hub_believes_no_such_answer(hub: SmallHub, garten: Initiative) -> None:
    hub.world.etags[f"{garten.id}/outbox"] = '"always-the-same"'
    await next_reading(hub)
    call = garten.call()
    garten.serve_call(call)
    garten.serve_outbox(call.uri)
    hub.clock.advance(minutes=1)
    await hub.start_again()
    await hub.work()
    assert await titles(hub) == {call.title}


async def test_those_admitted_together_are_not_asked_together(hub: SmallHub) -> None:
    crowd = [Initiative(hub.world, host=f"server{n}.example") for n in range(12)]
    for initiative in crowd:
        initiative.serve_outbox()
        await hub.admit(initiative)
    hub.world.asked.clear()
    hub.clock.time += READ_EVERY + timedelta(minutes=1)
    asked = []
    for _ in range(12):
        await hub.work()
        asked.append(sum(each.id + "/outbox" in hub.world.asked for each in crowd))
        hub.clock.time += READ_LATER / 11
    assert asked[-1] == len(crowd)
    assert len(set(asked)) >= 4, asked


async def test_what_outboxes_were_like_is_forgotten(hub: SmallHub, garten: Initiative) -> None:
    await next_reading(hub)
    assert len(await hub.rows("read_collections")) == 1
    await hub.command("hub.remove", target=garten.at, reason="Enough.")
    hub.clock.advance(days=3)
    await hub.work()
    assert await hub.rows("read_collections") == []

"""What leaves the outbox: edits only if they are later than what they edit, and each server its own dialect."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fediverse import dialects, outbox
from server.fediverse.dialects import store as dialect_store
from server.initiative.calls.model import TICK, later
from server.storage.database import Transaction
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

ACTOR = "https://letters.example/actors/letters"
OBJECT = "https://letters.example/calls/0123456789abcdef0123"
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    return node


def about(kind: str, updated: str | None, object_id: str = OBJECT) -> dict[str, Any]:
    said = {"id": object_id, "type": "Note"} | ({"updated": updated} if updated else {})
    return {"type": kind, "to": [f"{ACTOR}/followers"], "object": said}


async def say(node: Node, activity: dict[str, Any], **options: Any) -> str:
    def act(tx: Transaction) -> str:
        here = node.services.here
        return outbox.publish(
            tx, here, ACTOR, activity, object_id=OBJECT, to_followers=True, listed=True, **options
        )

    return await node.services.database.write(act)


@pytest.mark.parametrize(
    "updated", ["2026-11-23T08:00:00.001Z", "2026-11-23T09:00:00.001+01:00", "2026-11-23T07:59:59.999Z"]
)
async def test_ac_5_4_an_edit_that_is_not_later_never_leaves_the_outbox(letters: Node, updated: str) -> None:
    await say(letters, about("Create", "2026-11-23T08:00:00.001Z"))
    before = await letters.rows()
    with pytest.raises(ValueError, match="later"):
        await say(letters, about("Update", updated))
    assert await letters.rows() == before
    await say(letters, about("Update", "2026-11-23T08:00:00.002Z"))
    with pytest.raises(ValueError, match="later"):
        await say(letters, about("Update", "2026-11-23T08:00:00.002Z"))


async def test_ac_5_4_only_edits_of_the_same_thing_are_compared(letters: Node) -> None:
    await say(letters, about("Create", "2026-11-23T08:00:00.001Z"))
    await say(letters, about("Update", "2026-11-23T08:00:00.000Z", object_id=OBJECT + "x"))
    await say(letters, about("Update", None))
    await say(letters, about("Update", "2026-11-23T08:00:00.000Z"))
    await say(letters, {"type": "Delete", "to": [ACTOR], "object": OBJECT})
    await say(letters, about("Update", "2026-11-23T08:00:00.000Z"))


async def test_ac_5_4_however_the_clock_runs_every_edit_is_later(fediverse: Fediverse, letters: Node) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("vera"), await letters.document("/actors/letters"))
    made = await letters.command("call.publish", handle="letters", title="Write", text="Now.")
    dice = random.Random(4)
    for number in range(40):
        fediverse.clock.advance(seconds=dice.choice([0, 0, 0.0004, 0.001, 1, -1, -3600, 3600]))
        await letters.command("call.edit", uri=made["uri"], title=f"Write {number}")
    fediverse.clock.advance(days=1)
    await fediverse.settle()
    notes = [sent.document["object"] for sent in mastodon.arrived if sent.document["type"] != "Accept"]
    assert [note["name"] for note in notes] == ["Write", *(f"Write {number}" for number in range(40))]
    times = [note["updated"] for note in notes]
    assert times == sorted(set(times))


@given(last=moments, now=moments | st.none(), step=st.integers(-5000, 5000))
def test_ac_5_4_a_change_is_later_in_the_precision_that_is_sent(
    last: datetime, now: datetime | None, step: int
) -> None:
    last = last.replace(microsecond=last.microsecond // 1000 * 1000)
    changed = later(last, now or last + timedelta(microseconds=step))
    assert changed >= last + TICK
    assert changed.microsecond % 1000 == 0


async def test_one_inbox_gets_one_of_the_two_dialects(fediverse: Fediverse, letters: Node) -> None:
    hosts = {"cal.test.example": "event", "post.test.example": "note", "new.test.example": None}
    for host in hosts:
        neighbour = fediverse.neighbour(host)
        await neighbour.follow(neighbour.account("vera"), await letters.document("/actors/letters"))
    now = fediverse.clock.now()

    def learned(tx: Transaction) -> None:
        for host in hosts:
            software = {"event": "gancio", "note": "mastodon"}.get(hosts[host] or "", "")
            if software:
                known = dialects.dialect_of(software)
                dialect_store.remember(tx, f"https://{host}", known, software, now)

    await letters.services.database.write(learned)
    told = {}
    for dialect in ("note", "event", None):
        activity_id = await say(letters, about("Create", None), dialect=dialect)
        inboxes = await letters.services.database.read(lambda tx: outbox.inboxes_told(tx, OBJECT))
        told[dialect] = {origin for _inbox, origin in inboxes}
        await letters.services.database.write(lambda tx: outbox.erase_object(tx, OBJECT))
        assert activity_id
    assert told["event"] == {"https://cal.test.example"}
    assert told["note"] == {"https://post.test.example", "https://new.test.example"}
    assert told[None] == told["note"] | told["event"]

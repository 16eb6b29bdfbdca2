"""When calls are announced, to whom, and what is taken back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.hub.announcements.model import AT_ONCE, next_moment, next_probe
from tests.server.hub.small_hub import NOON, Initiative, SmallHub, small_hub

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
STEP = timedelta(seconds=60)


def sent_in(arrivals: list[int], cap: int, minutes: int) -> list[tuple[int, int]]:
    """(minute of arrival, minute of sending) of each announcement, first come first served, one look a minute."""
    waiting: list[int] = []
    sent: list[tuple[int, int]] = []
    due = sorted(arrivals)
    day, today, last = MIDNIGHT.date(), 0, None
    for minute in range(minutes):
        now = MIDNIGHT + minute * STEP
        if now.date() != day:
            day, today, last = now.date(), 0, None
        while due and due[0] <= minute:
            waiting.append(due.pop(0))
        while waiting:
            moment = next_moment(now, cap=cap, waiting=len(waiting), sent_today=today, last_sent=last)
            if moment > now:
                break
            sent.append((waiting.pop(0), minute))
            today, last = today + 1, now
    return sent


arrivals_of_two_days = st.lists(st.integers(0, 2 * 1440 - 1), max_size=60)


@given(arrivals_of_two_days, st.integers(1, 30))
def test_never_more_than_the_cap_a_day(arrivals: list[int], cap: int) -> None:
    sent = sent_in(arrivals, cap, 3 * 1440)
    for day in range(3):
        assert sum(1 for _, minute in sent if minute // 1440 == day) <= cap


@given(arrivals_of_two_days)
def test_nothing_starves(arrivals: list[int]) -> None:
    """With the house's cap of 24 a day 60 calls are out within three days of the last arrival, in their order."""
    sent = sent_in(arrivals, 24, 5 * 1440)
    assert [arrival for arrival, _ in sent] == sorted(arrivals)


@given(st.lists(st.integers(0, 1439), max_size=AT_ONCE), st.integers(AT_ONCE, 30))
def test_a_few_within_the_budget_go_within_a_minute(arrivals: list[int], cap: int) -> None:
    assert all(minute == arrival for arrival, minute in sent_in(arrivals, cap, 1440))


@given(
    st.integers(AT_ONCE + 1, 200),
    st.integers(1, 200),
    st.integers(0, 86_399),
    st.integers(0, 86_399),
)
def test_beyond_that_the_rest_of_the_day_is_shared_evenly(
    waiting: int, left: int, since: int, now_at: int
) -> None:
    last, now = MIDNIGHT + timedelta(seconds=min(since, now_at)), MIDNIGHT + timedelta(seconds=now_at)
    moment = next_moment(now, cap=left + 3, waiting=waiting, sent_today=3, last_sent=last)
    share = (MIDNIGHT + timedelta(days=1) - last) / (min(waiting, left) + 1)
    assert abs(moment - last - share) < timedelta(milliseconds=1)
    assert moment < MIDNIGHT + timedelta(days=1)


def test_a_burst_of_a_whole_day_is_spread_over_it() -> None:
    minutes = [minute for _, minute in sent_in([0] * 24, 24, 1440)]
    assert len(minutes) == 24
    # 24 wait: the first goes at once, the rest hourly, the last five together.
    assert minutes[:5] == [0, 60, 120, 180, 240]
    assert minutes[19:] == [minutes[19]] * 5


def test_the_day_is_that_of_utc() -> None:
    berlin_midnight = datetime(
        2026, 11, 23, 0, 30, tzinfo=datetime.fromisoformat("2026-11-23T00+01:00").tzinfo
    )
    moment = next_moment(berlin_midnight, cap=1, waiting=1, sent_today=1, last_sent=berlin_midnight)
    assert moment == datetime(2026, 11, 23, tzinfo=UTC)


@given(st.integers(1, 10_000))
def test_probes_never_stop_and_never_rush(attempts: int) -> None:
    assert timedelta(minutes=1) <= next_probe(NOON, attempts) - NOON <= timedelta(hours=6)


@pytest.fixture
async def garten(hub: SmallHub) -> Initiative:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    return initiative


@pytest.mark.anyio
async def test_a_call_is_announced_by_its_address_to_followers_and_author(
    hub: SmallHub, garten: Initiative
) -> None:
    reader = Initiative(hub.world, "reader.example", "reader")
    await hub.receive(reader.activity("Follow", hub.id))
    call = garten.call()
    await hub.receive(garten.activity("Create", garten.serve_call(call)))
    await hub.work()
    (announce,) = await hub.sent("Announce")
    assert announce["object"] == call.uri
    assert announce["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert announce["cc"] == [f"{hub.id}/followers", garten.id]
    assert await hub.inboxes(announce["id"]) == {
        "https://reader.example/inbox",
        "https://garten.example/inbox",
    }


@pytest.mark.anyio
async def test_ac_8_6_an_announce_bears_the_time_of_sending(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call())))
    await hub.work()
    rows = [row for row in await hub.rows("activities") if '"Announce"' in row["document"]]
    assert [row["redated"] for row in rows] == [1]


@pytest.mark.anyio
async def test_an_unreachable_call_waits_and_holds_up_nobody(hub: SmallHub, garten: Initiative) -> None:
    other = Initiative(hub.world, "other.example", "other")
    await hub.admit(other)
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call())))
    hub.world.down.add(garten.host)
    await hub.work()
    await hub.receive(other.activity("Create", other.serve_call(other.call())))
    await hub.work()
    assert [announce["object"] for announce in await hub.sent("Announce")] == [other.call().uri]
    hub.world.down.clear()
    hub.clock.advance(minutes=2)
    await hub.work()
    assert len(await hub.sent("Announce")) == 2


@pytest.mark.anyio
async def test_a_silent_server_costs_one_probe_a_round(hub: SmallHub, garten: Initiative) -> None:
    for number in range(4):
        await hub.receive(garten.activity("Create", garten.serve_call(garten.call(number))))
    hub.world.down.add(garten.host)
    hub.world.asked.clear()
    await hub.work()
    assert len([url for url in hub.world.asked if "/calls/" in url]) == 1
    hub.world.down.clear()
    hub.clock.advance(minutes=2)
    await hub.work()
    assert len(await hub.sent("Announce")) == 4


@pytest.mark.anyio
async def test_a_call_that_closed_meanwhile_is_not_announced(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.note(garten.call())))
    garten.serve_call(garten.call(state="closed", updated=NOON))
    await hub.work()
    assert await hub.sent("Announce") == []
    assert [row["state"] for row in await hub.rows("hub_calls")] == ["closed"]


@pytest.mark.anyio
async def test_a_call_that_answers_410_at_the_probe_is_erased(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.note(garten.call())))
    hub.world.pages[garten.call().uri] = (410, "application/activity+json", b"{}")
    await hub.work()
    assert await hub.sent("Announce") == []
    assert await hub.rows("hub_calls") == []


@pytest.mark.anyio
async def test_a_probe_that_brings_another_document_announces_nothing(
    hub: SmallHub, garten: Initiative
) -> None:
    await hub.receive(garten.activity("Create", garten.note(garten.call(1))))
    hub.world.serve(garten.call(1).uri, garten.note(garten.call(1)).replace(b"Plant", b"Plunt"))
    await hub.work()
    assert await hub.sent("Announce") == []


@pytest.mark.anyio
async def test_an_edit_is_not_announced_again(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call())))
    await hub.work()
    await hub.receive(garten.activity("Update", garten.serve_call(garten.call(title="Two", updated=NOON))))
    await hub.receive(
        garten.activity("Update", garten.serve_call(garten.call(state="closed", updated=NOON + STEP)))
    )
    await hub.work()
    assert len(await hub.sent("Announce")) == 1
    assert await hub.sent("Undo") == []


@pytest.mark.anyio
async def test_the_cap_holds_and_the_rest_goes_the_next_day(tmp_path: Path) -> None:
    async with small_hub(tmp_path, announce_cap=3) as hub:
        garten = Initiative(hub.world)
        await hub.admit(garten)
        for number in range(5):
            await hub.receive(garten.activity("Create", garten.serve_call(garten.call(number))))
        await hub.work()
        assert len(await hub.sent("Announce")) == 3
        await hub.receive(garten.activity("Delete", garten.call(0).uri))
        hub.clock.advance(hours=11)
        await hub.work()
        assert len(await hub.sent("Undo")) == 1
        assert len(await hub.sent("Announce")) == 2, (
            "the undone one is erased, and its budget is not given back"
        )
        hub.clock.advance(hours=1)
        await hub.work()
        assert [announce["object"][-1] for announce in await hub.sent("Announce")] == ["1", "2", "3", "4"]


@pytest.mark.anyio
async def test_seven_calls_at_once_do_not_flood_anybody(hub: SmallHub, garten: Initiative) -> None:
    for number in range(7):
        await hub.receive(garten.activity("Create", garten.serve_call(garten.call(number))))
    await hub.work()
    assert len(await hub.sent("Announce")) == 1
    hub.clock.advance(hours=12)
    await hub.work()
    assert len(await hub.sent("Announce")) == 7

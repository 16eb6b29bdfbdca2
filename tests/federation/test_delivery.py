"""Deliveries as decisions, on a hand-turned clock."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.delivery import (
    CLOSED,
    Breaker,
    Delivered,
    Gone,
    Refused,
    Retry,
    Verdict,
    after_failure,
    counts_against,
    distinct_inboxes,
    judge,
    probe,
)

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def verdict(
    status: int | None, *, attempt: int = 1, retry_after: str | None = None, later: timedelta = timedelta(0)
) -> Verdict:
    return judge(
        status,
        retry_after=retry_after,
        attempt=attempt,
        first_tried=START,
        now=START + later,
        rng=random.Random(7),
    )


def test_ac_7_3_five_hundred_followers_on_three_origins_are_three_inboxes() -> None:
    followers: list[tuple[str, str | None]] = [
        (f"https://{host}.example/users/{number}/inbox", f"https://{host}.example/inbox")
        for number in range(500)
        for host in ("one", "two", "three")[number % 3 : number % 3 + 1]
    ]
    assert len(followers) == 500
    assert distinct_inboxes(followers) == [
        f"https://{host}.example/inbox" for host in ("one", "two", "three")
    ]


def test_a_follower_without_a_shared_inbox_has_a_delivery_of_its_own() -> None:
    assert distinct_inboxes([("https://a.example/1", None), ("https://a.example/2", None)]) == [
        "https://a.example/1",
        "https://a.example/2",
    ]
    assert distinct_inboxes([]) == []


@pytest.mark.parametrize("seed", range(20))
def test_ac_7_1_the_whole_schedule_spans_seven_days_and_ends(seed: int) -> None:
    rng = random.Random(seed)
    now, waits = START, []
    for attempt in range(1, 100):
        result = judge(None, retry_after=None, attempt=attempt, first_tried=START, now=now, rng=rng)
        if isinstance(result, Refused):
            break
        assert isinstance(result, Retry)
        waits.append(result.at - now)
        now = result.at
    assert result == Refused("gave-up")
    assert timedelta(days=7) <= now - START <= timedelta(days=8, hours=5)
    nominal = [30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600] + [24 * 3600] * len(waits)
    for wait, seconds in zip(waits, nominal, strict=False):
        assert 0.8 * seconds <= wait.total_seconds() <= 1.2 * seconds


def test_the_wait_is_spread() -> None:
    rng = random.Random(1)
    waits = {
        judge(500, retry_after=None, attempt=4, first_tried=START, now=START, rng=rng) for _ in range(20)
    }
    assert len(waits) == 20


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_delivered_whenever_it_comes(status: int) -> None:
    assert verdict(status) == Delivered()
    assert verdict(status, attempt=50, later=timedelta(days=30)) == Delivered()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, "no-answer"),
        (301, "redirected"),
        (308, "redirected"),
        (401, "unauthorised"),
        (403, "unauthorised"),
        (408, "busy"),
        (429, "busy"),
        (500, "server-error"),
        (502, "server-error"),
        (503, "server-error"),
        (507, "server-error"),
    ],
)
def test_what_may_pass_is_tried_again(status: int | None, reason: str) -> None:
    result = verdict(status)
    assert isinstance(result, Retry)
    assert result.reason == reason
    assert START + timedelta(seconds=24) <= result.at <= START + timedelta(seconds=36)


@pytest.mark.parametrize("status", [400, 402, 405, 406, 413, 415, 418, 422, 451, 499, 501])
def test_what_cannot_pass_is_not_tried_again(status: int) -> None:
    assert verdict(status) == Refused("rejected")


def test_ac_7_5_a_follower_that_is_gone_is_told_from_one_not_found() -> None:
    assert verdict(410) == Gone("gone")
    assert verdict(404) == Gone("not-found")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_signature_is_tried_three_times_more(status: int) -> None:
    assert [type(verdict(status, attempt=attempt)) for attempt in range(1, 5)] == [
        Retry,
        Retry,
        Retry,
        Refused,
    ]


@pytest.mark.parametrize("seed", range(20))
def test_a_server_whose_clock_is_wrong_for_hours_is_tried_when_it_is_right_again(seed: int) -> None:
    rng, now = random.Random(seed), START
    for attempt in range(1, 4):
        result = judge(401, retry_after=None, attempt=attempt, first_tried=START, now=now, rng=rng)
        assert isinstance(result, Retry)
        now = result.at
    assert timedelta(hours=20) <= now - START <= timedelta(hours=30, minutes=30)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
@pytest.mark.parametrize("asked", ["120", " 120 ", "Mon, 23 Nov 2026 12:02:00 GMT"])
def test_ac_7_5_retry_after_is_waited_for(status: int, asked: str) -> None:
    result = verdict(status, retry_after=asked)
    assert isinstance(result, Retry)
    assert result.at - START >= timedelta(seconds=120)


def test_retry_after_shortens_nothing_and_asks_for_a_day_at_most() -> None:
    short = verdict(429, attempt=5, retry_after="1")
    assert isinstance(short, Retry)
    assert short.at - START >= timedelta(hours=2)
    for asked in ("86401", "9" * 4000, "Mon, 23 Nov 2099 12:02:00 GMT"):
        long = verdict(503, retry_after=asked)
        assert isinstance(long, Retry)
        assert long.at - START == timedelta(hours=24)


@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ [A-Z+0-9-]*"))
def test_no_retry_after_whatever_breaks_the_judgement(asked: str) -> None:
    result = verdict(503, retry_after=asked)
    assert isinstance(result, Retry)
    assert timedelta(seconds=24) <= result.at - START <= timedelta(hours=24)


@given(
    st.none() | st.integers(0, 999), st.integers(0, 10**6), st.timedeltas(timedelta(0), timedelta(days=400))
)
def test_every_answer_has_a_verdict(status: int | None, attempt: int, later: timedelta) -> None:
    result = verdict(status, attempt=attempt, later=later)
    if isinstance(result, Retry):
        assert later < timedelta(days=7)
        assert result.at > START + later


class NoDice(random.Random):
    """Every wait is what it is in the mean."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def fail(
    breaker: Breaker,
    times: int,
    at: datetime,
    every: timedelta = timedelta(0),
    rng: random.Random = NoDice(),  # noqa: B008 - it has no state
) -> Breaker:
    for number in range(times):
        breaker = after_failure(breaker, at + number * every, rng=rng)
    return breaker


def test_five_failures_within_ten_minutes_open_the_breaker_for_thirty() -> None:
    assert not fail(CLOSED, 4, START).is_open(START)
    opened = fail(CLOSED, 5, START)
    assert opened.is_open(START + timedelta(minutes=29, seconds=59))
    assert not opened.is_open(START + timedelta(minutes=30))


def test_failures_far_apart_do_not_open_it() -> None:
    slow = fail(CLOSED, 50, START, every=timedelta(minutes=11))
    assert slow.open_until is None


def test_a_half_open_breaker_lets_one_probe_through() -> None:
    later = START + timedelta(minutes=30)
    opened = fail(CLOSED, 5, START)
    assert probe(opened, START) == opened
    assert opened.is_half_open(later)
    probing = probe(opened, later)
    assert probing.is_open(later)
    assert probing.is_half_open(later + timedelta(minutes=1)), "a probe that died leaves room for another"
    assert fail(probing, 1, later).is_open(later + timedelta(minutes=29))


def test_a_state_does_not_live_for_ever() -> None:
    opened = fail(CLOSED, 5, START)
    assert not opened.is_stale(START + timedelta(hours=24))
    assert opened.is_stale(START + timedelta(hours=24, minutes=30))
    assert CLOSED.is_stale(START)
    assert fail(CLOSED, 1, START).is_stale(START + timedelta(days=1))


def test_only_silence_and_server_errors_count() -> None:
    assert [counts_against(status) for status in (None, 500, 503, 429, 403, 410, 202)] == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_r9_what_one_outage_stopped_is_not_tried_again_in_one_moment() -> None:
    """300 peers fail together, at every step of the schedule for a day. Spread evenly over the time in which each step
    of it falls, so many an hour would be steady; no hour has twice as many."""
    rng = random.Random(9)
    tries: list[list[timedelta]] = []
    for _ in range(300):
        now, moments = START, []
        for attempt in range(1, 9):
            result = judge(None, retry_after=None, attempt=attempt, first_tried=START, now=now, rng=rng)
            assert isinstance(result, Retry)
            now = result.at
            moments.append(now - START)
        tries.append(moments)
    for step in range(3, 8):
        times = sorted(moments[step] for moments in tries)
        span = times[-1] - times[0]
        assert span >= 0.3 * times[len(times) // 2]
        window = span / 8
        busiest = max(sum(at <= each < at + window for each in times) for at in times)
        assert busiest <= 2 * len(times) / 8


def test_r9_breakers_that_opened_together_do_not_let_through_together() -> None:
    rng = random.Random(9)
    opened = [fail(CLOSED, 5, START, rng=rng) for _ in range(300)]
    moments = sorted(each.open_until for each in opened if each.open_until is not None)
    assert timedelta(minutes=24) <= moments[0] - START <= moments[-1] - START <= timedelta(minutes=36)
    busiest = max(sum(at <= each < at + timedelta(minutes=1) for each in moments) for at in moments)
    assert busiest <= 2 * 300 / 12

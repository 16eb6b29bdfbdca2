"""How much a server may send that we have verified."""

from datetime import timedelta

import pytest

from federation.errors import TooBusy
from federation.pace import Pace
from tests.federation.small_world import NOW


def taken(pace: Pace, origin: str, count: int, at: float = 0) -> int:
    """How many of `count` requests at once go through."""
    through = 0
    for _ in range(count):
        try:
            pace.take(origin, NOW + timedelta(seconds=at))
        except TooBusy:
            continue
        through += 1
    return through


def test_two_hundred_at_once_and_a_hundred_a_second_after_that() -> None:
    pace = Pace()
    assert taken(pace, "https://a.example", 1000) == 200
    with pytest.raises(TooBusy, match="too-fast") as caught:
        pace.take("https://a.example", NOW)
    assert (caught.value.status, caught.value.retry_after) == (429, 1)
    assert taken(pace, "https://b.example", 1000) == 200, "another server has its own"
    assert [taken(pace, "https://a.example", 1000, at=second) for second in (1, 2, 3)] == [100, 100, 100]
    assert taken(pace, "https://a.example", 1000, at=3600) == 200


def test_a_hundred_a_second_go_on_for_ever() -> None:
    pace = Pace()
    assert sum(taken(pace, "https://a.example", 1, at=number / 100) for number in range(3000)) == 3000


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    pace = Pace()
    pace.take("https://a.example", NOW)
    assert taken(pace, "https://a.example", 199, at=-3600) == 199


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.pace.MAX_REMEMBERED", 2)
    pace = Pace()
    for origin in ("https://a.example", "https://b.example", "https://a.example"):
        taken(pace, origin, 200)
    taken(pace, "https://c.example", 1)
    assert taken(pace, "https://a.example", 1) == 0, "the one used last is kept"
    assert taken(pace, "https://b.example", 1) == 1, "the one not used for longest is forgotten"

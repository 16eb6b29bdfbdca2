"""Ids of activities: they sort by time whatever the clock does, and cannot be guessed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.fediverse.uris import Uris, random_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=30))
def test_activity_ids_rise_even_when_the_clock_is_set_back(steps: list[int]) -> None:
    uris = Uris("https://hub.example")
    ids = [uris.new_activity_id(NOON + timedelta(milliseconds=step)) for step in steps]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_what_cannot_be_guessed_has_at_least_64_random_bits() -> None:
    uris = Uris("https://hub.example")
    first, second = (Uris("https://hub.example").new_activity_id(NOON) for _ in range(2))
    assert first[:-16] == second[:-16]
    assert first[-16:] != second[-16:]
    assert len(random_id()) == 20
    assert uris.is_ours("https://hub.example/actors/x")
    assert not uris.is_ours("https://hub.example.evil/actors/x")
    assert not uris.is_ours("http://hub.example/actors/x")

"""Dates and facts in words. The expected lines were read by eye, in all four languages."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.taxonomy.wording import day, enough_line, facts_line, moment

START = datetime(2026, 12, 5, 10, 0, tzinfo=timezone(timedelta(hours=1)))
DEADLINE = date(2026, 12, 4)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Friday, 4 December 2026"),
        ("en-US", "Friday, 4 December 2026"),
        ("uk", "пʼятниця, 4 грудня 2026\u00a0р."),
        ("ru", "пятница, 4 декабря 2026\u00a0г."),
        ("de", "Freitag, 4. Dezember 2026"),
        ("pl", "piątek, 4 grudnia 2026"),
        ("be", "пятніца, 4 снежня 2026\u00a0г."),
        ("crh", "Friday, 4 December 2026"),
        ("no such language", "Friday, 4 December 2026"),
    ],
)
def test_a_day_in_words(language: str, words: str) -> None:
    assert day(DEADLINE, language) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Friday, 4 December"),
        ("uk", "пʼятниця, 4 грудня"),
        ("ru", "пятница, 4 декабря"),
        ("de", "Freitag, 4. Dezember"),
    ],
)
def test_the_year_is_left_out_only_when_it_is_this_year(language: str, words: str) -> None:
    assert day(DEADLINE, language, today=date(2026, 1, 1)) == words
    assert day(DEADLINE, language, today=date(2025, 12, 31)) == day(DEADLINE, language)


@pytest.mark.parametrize(
    ("hours", "zone"),
    [(1, "UTC+1"), (0, "UTC"), (5.5, "UTC+5:30"), (-3.5, "UTC−3:30"), (-8, "UTC−8")],
)
def test_a_moment_names_the_offset_it_was_given_in(hours: float, zone: str) -> None:
    value = datetime(2026, 12, 5, 9, 5, 59, tzinfo=timezone(timedelta(hours=hours)))
    assert moment(value, "en") == f"Saturday, 5 December 2026, 09:05 ({zone})"


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        moment(datetime(2026, 12, 5, 10, 0), "en")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        (
            "en",
            "An hour · starts Saturday, 5 December 2026, 10:00 (UTC+1) · until Friday, 4 December 2026"
            " · Berlin, DE",
        ),
        (
            "uk",
            "Година · початок: субота, 5 грудня 2026\u00a0р., 10:00 (UTC+1)"
            " · крайній термін: пʼятниця, 4 грудня 2026\u00a0р. · Berlin, DE",
        ),
        (
            "ru",
            "Час · начало: суббота, 5 декабря 2026\u00a0г., 10:00 (UTC+1)"
            " · крайний срок: пятница, 4 декабря 2026\u00a0г. · Berlin, DE",
        ),
        (
            "de",
            "Eine Stunde · Beginn: Samstag, 5. Dezember 2026, 10:00 (UTC+1)"
            " · bis Freitag, 4. Dezember 2026 · Berlin, DE",
        ),
        (
            "be",
            "An hour · starts субота, 5 снежня 2026\u00a0г., 10:00 (UTC+1) · until пятніца, 4 снежня 2026\u00a0г."
            " · Berlin, DE",
        ),
    ],
)
def test_the_line_of_facts(language: str, line: str) -> None:
    assert facts_line(language, "hour", START, DEADLINE, "Berlin, DE") == line


def test_what_is_not_known_is_not_said() -> None:
    assert facts_line("en", "minutes", None, None, "undisclosed") == "A few minutes"
    assert facts_line("en", "minutes", None, None, None) == "A few minutes"
    assert facts_line("uk", None, None, DEADLINE, None) == "Крайній термін: пʼятниця, 4 грудня 2026\u00a0р."
    assert facts_line("de") == ""


@given(st.dates(), st.sampled_from(["en", "uk", "ru", "de"]))
def test_every_day_has_its_year_and_number(value: date, language: str) -> None:
    words = day(value, language)
    assert str(value.year) in words
    assert f" {value.day}" in words


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Enough, thank you."),
        ("uk", "Досить, дякуємо."),
        ("ru", "Достаточно, спасибо."),
        ("de", "Genug, danke."),
        ("be", "Enough, thank you."),
    ],
)
def test_enough(language: str, line: str) -> None:
    assert enough_line(language) == line

"""What an editor is asked to look at once more before publishing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.initiative.calls.model import Draft
from server.initiative.publishing.hints import hints, is_mixed

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def draft(text: str = "Come and help.", **facts: str) -> Draft:
    return Draft(
        title="Plant",
        text=text,
        kind=None,
        size=None,
        language="en",
        themes=(),
        start=facts.get("start"),
        deadline=facts.get("deadline", "2026-12-05") or None,
        link=facts.get("link"),
        place=facts.get("place"),
    )


def told(words: Draft, place: str | None = None) -> str:
    return " ".join(hint.text % hint.values for hint in hints(words, place, NOW, "en"))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (draft("Meet at 51.3397, 12.3731"), "coordinates"),
        (draft("Meet at 51.3397 / -12.3731"), "coordinates"),
        (draft("N 51° 20′"), "coordinates"),
        (draft("Ring +49 (341) 123-45-67"), "phone"),
        (draft("8 800 555 35 35"), "phone"),
        (draft("write to vera@letters.example please"), "e-mail"),
        (draft("https://t.me/+AbCdEf123"), "into a chat"),
        (draft("see [chat](https://chat.whatsapp.com/AbC)"), "into a chat"),
        (draft(link="https://docs.google.com/forms/d/x"), "into a chat"),
        (draft(link="https://a.example/?utm_source=x"), "utm_source"),
        (draft("https://a.example/?x=1&fbclid=2"), "fbclid"),
        (draft(link="https://clck.ru/abc"), "hides where"),
        (draft(link="http://a.example/"), "not encrypted"),
        (draft(link="https://xn--80ak6aa92e.exаmple/"), "several scripts"),
        (draft(deadline="2026-12-05T18:00:00+01:00", place="Leipzig, DE"), "exact time"),
        (draft(place="Minsk, BY"), "safer choice"),
        (draft(deadline=""), "no deadline"),
        (draft(deadline="2026-11-01"), "over already"),
        (draft(start="2026-12-24", deadline="2026-12-05"), "before the start"),
    ],
)
def test_what_stands_out_is_said(words: Draft, hint: str) -> None:
    assert hint in told(words)


@pytest.mark.parametrize(
    "words",
    [
        draft(),
        draft("Until 2026-12-05, 18:30; 240 letters in 2025 and 1 000 000 more."),
        draft("Version 1.234 of https://a.example/51.3397,12.3731 and §130, 3.14159"),
        draft(link="https://letters.example/how?lang=uk#a"),
        draft(link="http://abcdefghijklmnop.onion/"),
        draft(deadline="2026-12-05T18:00:00+01:00"),
        draft(deadline="2026-11-23"),
        draft(place="Germany", start="2026-12-01T18:00:00Z"),
    ],
)
def test_what_is_well_is_left_alone(words: Draft) -> None:
    assert told(words) == ""


def test_the_initiatives_own_place_counts_unless_the_call_has_another() -> None:
    timed = draft(start="2026-12-01T18:00:00Z")
    assert "exact time" in told(timed, "Leipzig, DE")
    assert told(draft(start="2026-12-01T18:00:00Z", place="undisclosed"), "Leipzig, DE") == ""


@pytest.mark.parametrize(
    ("host", "mixed"),
    [
        ("letters.example", False),
        ("листи.укр", False),
        ("листи.example", False),
        ("аpple.example", True),
        ("xn--pple-43d.example", True),
        ("xn--e1awd7f.example", False),
        ("日本ひらカタ.example", False),
        ("a-1.2b.example", False),
        ("", False),
    ],
)
def test_con_09_letters_of_several_scripts_in_one_name_are_seen(host: str, mixed: bool) -> None:
    assert is_mixed(host) is mixed


@given(st.text(max_size=300), st.text(max_size=60))
def test_no_text_is_too_odd(text: str, link: str) -> None:
    for hint in hints(draft(text + " https://" + link, link=f"https://{link}"), None, NOW, "en"):
        assert hint.text % hint.values

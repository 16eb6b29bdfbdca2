"""The one line of facts, and the same facts one by one."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from server.documents.call import Call
from server.documents.cards import Facts, facts

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALL = Call(
    uri="https://letters.example/calls/1",
    actor_id="https://letters.example/actors/letters",
    state="open",
    title="Write",
    text="",
    kind="write",
    size="hour",
    language="uk",
    themes=(),
    start=None,
    deadline="2026-12-04",
    link=None,
    place="Berlin, DE",
    published=NOON,
    updated=NOON,
)


def test_size_kind_deadline_place_and_language_in_this_order() -> None:
    line = facts(CALL, "en", TODAY)
    assert line == "An hour · Write · until Friday, 4 December · Berlin, DE · Ukrainian"
    assert [fact.icon for fact in line.each] == ["clock", "write", "date", "place", "language"]


@pytest.mark.parametrize("language", ["en", "uk", "ru", "de"])
def test_the_line_is_the_facts(language: str) -> None:
    line = facts(CALL, language, TODAY)
    assert line.lower() == " · ".join(fact.words for fact in line.each).lower()
    assert len(line.each) == 5


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(CALL, kind=None, size=None, deadline=None, place="undisclosed", language="und")
    line = facts(bare, "en", TODAY)
    assert (line, line.each, bool(line)) == ("", (), False)


def test_a_start_is_said_before_the_deadline() -> None:
    line = facts(replace(CALL, start="2026-12-01T10:00+02:00"), "en", TODAY)
    assert [fact.words[:6] for fact in line.each if fact.icon == "date"] == ["starts", "until "]


def test_no_facts_are_no_line() -> None:
    assert Facts([]) == ""

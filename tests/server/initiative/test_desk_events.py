"""Offering a call to calendars at the desk: one box in the form, and who gets what before it is published."""

import pytest

from server.web.identity import Grant
from tests.doubles.calendar import follower
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on
from tests.server.initiative.desk import CALL, DESK, a_garden, errors_on, fields_on, sendable

pytestmark = pytest.mark.anyio

NEW = f"{DESK}/calls/new"
START = {"start_date": "2026-12-05", "start_time": "18:00", "start_offset": "+01:00"}
EVENT = {**CALL, **START, "act": "save", "version": "0", "as_event": "yes"}
NEEDS_TIME = "A calendar needs to know when it begins"


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await a_garden(fediverse)


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


async def a_draft(editor: Person, **typed: str) -> str:
    answer = await editor.post(NEW, **{**EVENT, **typed})
    assert answer.status_code == 303, errors_on(answer)
    return str(answer.headers["location"].partition("?")[0])


async def publish(editor: Person, draft: str) -> str:
    """The page of the call at the desk."""
    answer = await editor.post(f"{draft}/preview", **fields_on(await editor.get(f"{draft}/preview")))
    assert answer.status_code == 303, text_on(answer)
    return str(answer.headers["location"].partition("?")[0])


async def test_the_box_comes_back_as_it_was_and_is_published(node: Node, editor: Person) -> None:
    draft = await a_draft(editor)
    assert fields_on(await editor.get(draft))["as_event"] == ["yes"]
    call = await publish(editor, draft)
    event = await node.document(call.removeprefix(DESK).replace("/calls/", "/events/"))
    assert (event["type"], event["startTime"]) == ("Event", "2026-12-05T18:00:00+01:00")
    assert "Calendars are offered it as an event." in text_on(await editor.get(call))


async def test_without_the_box_it_is_no_event(node: Node, editor: Person) -> None:
    draft = await a_draft(editor, as_event="")
    assert "as_event" not in fields_on(await editor.get(draft))
    call = await publish(editor, draft)
    found = await node.get(call.removeprefix(DESK).replace("/calls/", "/events/"))
    assert found.status_code == 404
    assert "Calendars are offered" not in text_on(await editor.get(call))


@pytest.mark.parametrize(
    "start",
    [
        {"start_date": "", "start_time": "", "start_offset": ""},
        {"start_date": "2026-12-05", "start_time": "", "start_offset": ""},
    ],
)
async def test_without_a_time_one_sentence_stands_at_the_box(editor: Person, start: dict[str, str]) -> None:
    answer = await editor.post(NEW, **{**EVENT, **start})
    assert answer.status_code == 422
    assert errors_on(answer).keys() == {"as_event"}
    assert NEEDS_TIME in errors_on(answer)["as_event"]
    assert fields_on(answer)["as_event"] == ["yes"], "what was ticked stays ticked"
    assert fields_on(answer)["title"] == [CALL["title"]]


async def test_a_time_that_cannot_be_read_is_the_only_complaint(editor: Person) -> None:
    answer = await editor.post(NEW, **{**EVENT, "start_time": "noon"})
    assert errors_on(answer).keys() == {"start_time"}


async def test_before_publishing_it_is_said_how_many_servers_get_it_as_an_event(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    mastodon = await follower(fediverse, node, "mastodon", "mastodon", "/actors/garden")
    draft = await a_draft(editor)
    page = text_on(await editor.get(f"{draft}/preview"))
    assert "None of them keeps a calendar as far as we know; all get it as a post." in page
    gancio = await follower(fediverse, node, "gancio", "gancio", "/actors/garden")
    page = text_on(await editor.get(f"{draft}/preview"))
    assert (
        "2 servers that follow you get a copy at once. 1 of them keeps a calendar and gets it as an event."
        in page
    )
    assert "gancio.test.example" not in page, "a number, no names"
    call = await publish(editor, draft)
    await fediverse.settle()
    assert (gancio.shapes(), mastodon.shapes()) == (["Create Event"], ["Create Note"])
    assert "2 of 2 servers have it." in text_on(await editor.get(call))
    plain = await a_draft(editor, as_event="")
    assert "calendar" not in text_on(await editor.get(f"{plain}/preview"))


async def test_an_event_is_changed_and_taken_off_and_cannot_come_back(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    gancio = await follower(fediverse, node, "gancio", "gancio", "/actors/garden")
    call = await publish(editor, await a_draft(editor))
    await fediverse.settle()
    form = await editor.get(f"{call}/edit")
    assert fields_on(form)["as_event"] == ["yes"]
    saved = await editor.post(f"{call}/edit", **sendable(form, as_event="", act="preview"))
    look = await editor.get(saved.headers["location"])
    assert "also an event, for calendars" in text_on(look), "what is published now, where it differs"
    await publish(editor, saved.headers["location"].removesuffix("/preview"))
    await fediverse.settle()
    assert sorted(gancio.shapes()) == ["Create Event", "Create Note", "Delete Event"]
    form = await editor.get(f"{call}/edit")
    assert "as_event" not in form.text
    assert "It was taken off the calendars and cannot be offered to them again." in text_on(form)
    forced = await editor.post(f"{call}/edit", **sendable(form, as_event="yes", act="save"))
    assert "cannot come back" in errors_on(forced)["as_event"]


async def test_a_similar_call_is_no_event_before_it_has_a_date(editor: Person) -> None:
    call = await publish(editor, await a_draft(editor))
    copy = await editor.post(f"{call}/duplicate")
    fields = fields_on(await editor.get(copy.headers["location"].partition("?")[0]))
    assert (fields.get("as_event"), fields["start_date"]) == (None, [""])


async def test_two_editors_who_differ_about_it_see_that(editor: Person) -> None:
    draft = await a_draft(editor)
    form = await editor.get(draft)
    await editor.post(draft, **sendable(form, as_event="", act="save"))
    second = await editor.post(draft, **sendable(form, act="save"))
    assert second.status_code == 409
    assert "no event" in text_on(second)

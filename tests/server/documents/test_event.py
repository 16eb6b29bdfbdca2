"""A call as an Event (FEP-8a8e): what calendars need, and what nobody is to learn."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from federation.vocabulary import EVENT_CONTEXT, EVENT_TERMS, EXTENSION_TERMS, OBJECT_CONTEXT, PUBLIC
from server.documents.call import Call, call_document, call_uri_of, read_call
from server.documents.event import event_document, starts_at
from tests.contexts import dropped_terms
from tests.server.documents.examples import ACTOR, ORIGIN, calls

FOLLOWERS = f"{ACTOR}/followers"
WRITTEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CALL = Call(
    uri=f"{ORIGIN}/calls/0123456789",
    actor_id=ACTOR,
    state="open",
    title="Write letters together",
    text="Paper **is** there.",
    kind="attend",
    size="hour",
    language="en",
    themes=("prisoners",),
    start="2026-12-05T18:00:00+01:00",
    deadline=None,
    link="https://letters.example/evening",
    place="Leipzig, DE",
    published=WRITTEN,
    updated=WRITTEN,
    as_event=True,
)
gatherings = calls.filter(lambda call: starts_at(call.start) is not None).map(
    lambda call: replace(call, as_event=True)
)


def test_an_event_has_what_fep_8a8e_requires() -> None:
    event = event_document(CALL, followers=FOLLOWERS)
    assert (event["type"], event["name"]) == ("Event", CALL.title)
    assert (event["startTime"], event["endTime"]) == (
        "2026-12-05T18:00:00+01:00",
        "2026-12-05T20:00:00+01:00",
    )
    assert event["displayEndTime"] is False, "the end is made up: nobody is to be shown it"
    assert event["organizers"] == {"type": "Collection", "totalItems": 1, "items": [ACTOR]}
    assert (event["attributedTo"], event["eventStatus"]) == (ACTOR, "EventScheduled")
    assert (event["joinMode"], event["externalParticipationUrl"]) == ("external", CALL.link)
    assert event["location"] == {"type": "Place", "name": "Leipzig, DE"}
    assert event["timezone"] == "Etc/GMT-1"
    assert (event["category"], event["inLanguage"]) == ("MOVEMENTS_POLITICS", "en")
    assert (event["to"], event["cc"]) == ([PUBLIC], [FOLLOWERS])
    assert event["tag"] == call_document(replace(CALL, as_event=False), followers=FOLLOWERS)["tag"]


def test_note_and_event_lead_to_each_other() -> None:
    note, event = call_document(CALL, followers=FOLLOWERS), event_document(CALL, followers=FOLLOWERS)
    (link,) = [tag for tag in note["tag"] if tag["type"] == "Link"]
    assert (link["href"], link["rel"]) == (event["id"], ["related"])
    assert link["mediaType"].startswith("application/ld+json")
    assert event["url"] == note["id"]
    assert event["content"] == note["content"]
    assert event["contentMap"] == note["contentMap"]
    without = replace(CALL, as_event=False, themes=())
    assert "tag" not in call_document(without, followers=FOLLOWERS)


def test_without_a_link_the_page_of_the_call_says_how_to_come() -> None:
    event = event_document(replace(CALL, link=None), followers=FOLLOWERS)
    assert (event["joinMode"], event["externalParticipationUrl"]) == ("external", CALL.uri)


def test_an_ended_call_is_no_cancelled_gathering() -> None:
    event = event_document(replace(CALL, state="closed"), followers=FOLLOWERS)
    assert event["eventStatus"] == "EventScheduled"
    assert "Enough, thank you" in event["summary"]


@pytest.mark.parametrize("place", [None, "undisclosed"])
def test_a_place_that_is_not_told_is_not_there(place: str | None) -> None:
    event = event_document(replace(CALL, place=place), followers=FOLLOWERS)
    assert "location" not in event


@pytest.mark.parametrize("start", [None, "2026-12-05"])
def test_without_a_time_there_is_no_event(start: str | None) -> None:
    assert starts_at(start) is None
    with pytest.raises(ValueError, match="time of day"):
        event_document(replace(CALL, start=start), followers=FOLLOWERS)


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2026-12-05T18:00:00Z", "Etc/UTC"),
        ("2026-12-05T18:00:00+01:00", "Etc/GMT-1"),
        ("2026-12-05T18:00:00-03:00", "Etc/GMT+3"),
        ("2026-12-05T18:00:00+14:00", "Etc/GMT-14"),
        ("2026-12-05T18:00:00-12:00", "Etc/GMT+12"),
        ("2026-12-05T18:00:00-13:00", None),
        ("2026-12-05T18:00:00+05:30", None),
    ],
)
def test_the_zone_says_no_more_than_the_offset(start: str, zone: str | None) -> None:
    assert event_document(replace(CALL, start=start), followers=FOLLOWERS).get("timezone") == zone


@given(gatherings)
def test_no_event_drops_a_term_or_knows_a_coordinate(call: Call) -> None:
    event = event_document(call, followers=FOLLOWERS)
    text = json.dumps(event, ensure_ascii=False)
    for word in ('"latitude"', '"longitude"', '"address"', '"attendees"'):
        assert word not in text
    start, end = (datetime.fromisoformat(event[key]) for key in ("startTime", "endTime"))
    assert end - start == timedelta(hours=2)
    assert isinstance(event["attachment"], list), "Gancio asks for its length"
    assert all(tag["type"] == "Hashtag" for tag in event["tag"]), "Gancio stumbles over anything else"
    assert read_call(call_document(call, followers=FOLLOWERS)) == call
    assert call_uri_of(event["id"]) == call.uri


def test_ac_10_1_no_term_of_an_event_is_dropped() -> None:
    for call in (CALL, replace(CALL, place=None, link=None, themes=(), state="closed")):
        assert dropped_terms(event_document(call, followers=FOLLOWERS)) == []
    assert dropped_terms(call_document(CALL, followers=FOLLOWERS)) == []


def test_ac_10_3_the_terms_of_events_stand_beside_the_one_map() -> None:
    assert EVENT_CONTEXT[:-1] == OBJECT_CONTEXT[:-1]
    assert EVENT_CONTEXT[-1] == {**OBJECT_CONTEXT[-1], **EVENT_TERMS}
    assert not EVENT_TERMS.keys() & EXTENSION_TERMS.keys()

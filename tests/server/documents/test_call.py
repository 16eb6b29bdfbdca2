"""A call and its Note say the same."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.documents import loads
from federation.errors import Malformed
from federation.integrity_proofs import hashes
from server.documents.call import Call, call_document, read_call
from server.documents.items import call_item
from server.documents.rich_text import clean, plain_text
from tests.contexts import dropped_terms
from tests.server.documents.examples import ACTOR, ORIGIN, calls

FOLLOWERS = f"{ACTOR}/followers"
CALL = Call(
    uri=f"{ORIGIN}/calls/1",
    actor_id=ACTOR,
    state="open",
    title="Напишіть листа",
    text="Двадцять хвилин.\n\n**Без реєстрації.**",
    kind="write",
    size="minutes",
    language="uk",
    themes=("prisoners", "cooperation"),
    start="2026-12-05T10:00:00+02:00",
    deadline="2026-12-11",
    link="https://letters.example/how?a=1&b=2",
    place="Kyiv, UA",
    published=datetime(2026, 11, 23, 8, 0, 0, 123_000, UTC),
    updated=datetime(2026, 11, 23, 9, 0, 0, 7_000, UTC),
)


@given(calls)
def test_reading_what_was_written_gives_the_same_call(call: Call) -> None:
    document = call_document(call, followers=FOLLOWERS)
    assert read_call(document) == call


def test_no_term_is_dropped_by_a_json_ld_reader() -> None:
    assert dropped_terms(call_document(CALL, followers=FOLLOWERS)) == []


@given(calls)
def test_content_is_one_text_in_one_language_and_survives_the_sanitiser(call: Call) -> None:
    document = call_document(call, followers=FOLLOWERS)
    assert document["contentMap"] == {call.language: document["content"]}
    assert "summary" not in document
    assert plain_text(clean(document["content"])) == plain_text(document["content"])


def test_everything_is_said_in_words_in_the_language_of_the_call() -> None:
    text = plain_text(call_document(CALL, followers=FOLLOWERS)["content"])
    lines = text.split("\n\n")
    assert lines[:3] == ["Напишіть листа", "Двадцять хвилин.", "Без реєстрації."]
    assert "5 грудня 2026" in lines[3]
    assert "10:00" in lines[3]
    assert "11 грудня 2026" in lines[3]
    assert "Київ, UA" in lines[3]
    assert lines[4] == "https://letters.example/how?a=1&b=2"
    assert lines[5].startswith("#")
    assert len(lines[5].split()) == 2


def test_a_closed_call_says_so_first() -> None:
    text = plain_text(call_document(replace(CALL, state="closed"), followers=FOLLOWERS)["content"])
    assert text.startswith("Досить, дякуємо.\n\nНапишіть листа")


def test_hashtags_in_the_text_and_in_the_tags_are_the_same_and_lead_to_a_page() -> None:
    document = call_document(CALL, followers=FOLLOWERS)
    assert [tag["href"] for tag in document["tag"]] == [
        f"{ORIGIN}/?theme=prisoners",
        f"{ORIGIN}/?theme=cooperation",
    ]
    for tag in document["tag"]:
        assert tag["name"].startswith("#")
        assert not tag["name"].startswith("##")
        assert (
            f'href="{tag["href"]}" class="mention hashtag" rel="tag">#<span>{tag["name"][1:]}<'
            in document["content"]
        )


def test_a_bare_date_has_no_start_time_and_ends_with_its_day() -> None:
    document = call_document(replace(CALL, start="2026-12-05"), followers=FOLLOWERS)
    assert "startTime" not in document
    assert document["deadline"] == "2026-12-11T23:59:59Z"


def test_the_very_second_at_which_a_day_ends_is_still_a_time() -> None:
    call = replace(CALL, deadline="2026-12-11T23:59:59Z")
    assert read_call(call_document(call, followers=FOLLOWERS)).deadline == "2026-12-11T23:59:59Z"


def test_a_date_that_contradicts_the_deadline_is_not_believed() -> None:
    document = call_document(CALL, followers=FOLLOWERS)
    document["deadlineDate"] = "2027-01-01"
    assert read_call(document).deadline == "2026-12-11T23:59:59Z"


def test_no_place_ever_carries_a_point() -> None:
    document = call_document(CALL, followers=FOLLOWERS)
    assert document["location"] == {"type": "Place", "name": "Kyiv, UA"}
    assert "location" not in call_document(replace(CALL, place=None), followers=FOLLOWERS)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Article"},
        {"id": "javascript:x"},
        {"attributedTo": None},
        {"attributedTo": [ACTOR, f"{ACTOR}2"]},
        {"callStatus": "antipole:withdrawn"},
        {"inReplyTo": "https://x.example/1"},
        {"to": [FOLLOWERS]},
        {"published": "yesterday"},
        {"name": "\n", "source": None, "content": ""},
    ],
)
def test_what_is_no_public_call_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_call(call_document(CALL, followers=FOLLOWERS) | change)


def test_unknown_words_are_left_out() -> None:
    document = call_document(CALL, followers=FOLLOWERS) | {
        "callType": "antipole:storm",
        "callSize": "https://w3id.org/antipole/ns#hour",
        "theme": ["antipole:justice", "antipole:war", {"id": "antipole:evidence"}, 7],
        "location": {"type": "Place", "name": "Lenin Street 5, flat 12", "latitude": 1.0},
        "contentMap": {"<script>": "x"},
        "attachment": [
            {"type": "Link", "href": "javascript:alert(1)"},
            {"type": "Document", "url": "https://x.example/"},
        ],
        "startTime": "soon",
    }
    call = read_call(document)
    assert (call.kind, call.size, call.themes) == (None, "hour", ("justice", "evidence"))
    assert (call.place, call.language, call.link, call.start) == (None, "und", None, None)


def test_a_call_of_other_software_is_read_from_its_content() -> None:
    document = call_document(CALL, followers=FOLLOWERS)
    del document["source"], document["name"]
    document["content"] = "<p><strong>Title\u202e</strong></p><p>Text<script>alert(1)</script></p>"
    call = read_call(document)
    assert (call.title, call.text) == ("Title", "Title\n\nText")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=10) | st.just(ACTOR),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "name", "href"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(call_document(CALL, followers=FOLLOWERS))), JSON, max_size=5))
def test_whatever_is_sent_either_is_a_call_or_malformed(changes: dict[str, Any]) -> None:
    try:
        call = read_call(call_document(CALL, followers=FOLLOWERS) | changes)
    except Malformed:
        return
    assert call.title
    assert read_call(call_document(call, followers=FOLLOWERS)) == call


@given(calls)
def test_every_call_can_be_signed_and_read_back_from_bytes(call: Call) -> None:
    document = call_document(call, followers=FOLLOWERS)
    hashes({**document, "proof": {"type": "DataIntegrityProof"}})
    assert call_item(call)["updated"] == document["updated"]
    assert loads(json.dumps(document).encode()) == document

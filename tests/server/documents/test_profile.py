"""A profile and its actor document say the same."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from server.documents.items import listing_item
from server.documents.profile import (
    ActorEndpoints,
    Icon,
    Profile,
    ProfileLink,
    PublicKeys,
    profile_document,
    read_profile,
)
from server.documents.rich_text import link_addresses, plain_text
from tests.contexts import dropped_terms
from tests.server.documents.examples import ACTOR, ORIGIN, profiles

ENDPOINTS = ActorEndpoints(
    id=ACTOR,
    inbox=f"{ACTOR}/inbox",
    outbox=f"{ACTOR}/outbox",
    followers=f"{ACTOR}/followers",
    following=f"{ACTOR}/following",
    featured=f"{ACTOR}/featured",
    shared_inbox=f"{ORIGIN}/inbox",
)
KEYS = PublicKeys(f"{ACTOR}#main-key", "-----BEGIN PUBLIC KEY-----\n", f"{ACTOR}#ed25519-key", "z6Mk")
PROFILE = Profile(
    handle="letters",
    name="Письма через стену",
    summary="Мы пишем **письма**.",
    languages=("ru", "en"),
    themes=("prisoners",),
    place="Berlin, DE",
    links=(ProfileLink("Website", "https://letters.example/"),),
    icon=Icon(f"{ORIGIN}/media/a.png", "image/png", "Конверт"),
    published=datetime(2026, 11, 1, tzinfo=UTC),
    updated=datetime(2026, 11, 20, 10, tzinfo=UTC),
    page_url=f"{ORIGIN}/@letters",
)


@given(profiles)
def test_reading_what_was_written_gives_the_same_facts(profile: Profile) -> None:
    read = read_profile(profile_document(profile, ENDPOINTS, KEYS))
    assert (read.name, read.handle, read.id) == (profile.name, profile.handle, ACTOR)
    assert (read.languages, read.themes, read.place) == (profile.languages, profile.themes, profile.place)
    assert read.links == profile.links
    assert (read.published, read.updated) == (profile.published, profile.updated)
    assert read.icon_url == (profile.icon.url if profile.icon else None)
    assert (read.discoverable, read.indexable) == (True, True)


def test_no_term_is_dropped_by_a_json_ld_reader() -> None:
    assert dropped_terms(profile_document(PROFILE, ENDPOINTS, KEYS)) == []


def test_themes_place_and_languages_are_said_in_words_for_readers_of_other_software() -> None:
    fields = {
        field["name"]: plain_text(field["value"])
        for field in profile_document(PROFILE, ENDPOINTS, KEYS)["attachment"]
    }
    assert fields["Website"] == "https://letters.example/"
    assert len(fields) == 4
    assert "Берлин, DE" in fields.values()
    assert "русский, English" in fields.values()


def test_a_place_not_told_is_said_to_be_undisclosed() -> None:
    document = profile_document(replace(PROFILE, place=None, languages=("en",)), ENDPOINTS, KEYS)
    assert {"type": "PropertyValue", "name": "Place", "value": "undisclosed"} in document["attachment"]
    assert "location" not in document


def test_a_link_can_earn_the_green_tick() -> None:
    value = profile_document(PROFILE, ENDPOINTS, KEYS)["attachment"][0]["value"]
    assert 'rel="me nofollow noopener noreferrer"' in value
    assert plain_text(value) == link_addresses(value)[0]


def test_a_hub_says_no_place_of_itself() -> None:
    hub = replace(PROFILE, languages=(), themes=(), place=None, links=())
    document = profile_document(hub, ENDPOINTS, KEYS, type="Group")
    assert (document["type"], document["attachment"]) == ("Group", [])


def test_a_hostile_profile_is_harmless() -> None:
    document = profile_document(PROFILE, ENDPOINTS, KEYS) | {
        "name": "Good\u202e\nName",
        "summary": "<p onclick=x>Hi<script>alert(1)</script></p>",
        "url": "javascript:alert(1)",
        "icon": {"type": "Image", "url": "javascript:alert(1)"},
        "location": {"type": "Place", "name": "Lenin Street 5"},
        "languages": ["uk", "<b>", 3, "UK"],
        "theme": ["antipole:war", "antipole:justice"],
        "attachment": [
            {
                "type": "PropertyValue",
                "name": "<b>x</b>",
                "value": '<a href="https://a.example/">https://b.example/</a>',
            },
            {"type": "PropertyValue", "name": "y", "value": '<a href="javascript:alert(1)">z</a>'},
            {"type": "PropertyValue", "name": "z", "value": 7},
            "nothing",
        ],
    }
    read = read_profile(document)
    assert read.name == "Good Name"
    assert read.summary_html == "<p>Hi</p>"
    assert (read.url, read.icon_url, read.place) == (None, None, None)
    assert (read.languages, read.themes) == (("uk",), ("justice",))
    assert read.links == (ProfileLink("<b>x</b>", "https://a.example/"),)
    assert listing_item(read, handle="@letters@letters.example")["summary"] == "Hi"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=10) | st.just(ACTOR),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "name", "url"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(profile_document(PROFILE, ENDPOINTS, KEYS))), JSON, max_size=5))
def test_whatever_is_sent_either_is_a_profile_or_malformed(changes: dict[str, Any]) -> None:
    try:
        read = read_profile(profile_document(PROFILE, ENDPOINTS, KEYS) | changes)
    except Malformed:
        return
    assert read.name
    assert read.handle


def test_a_profile_without_a_name_to_call_it_by_is_none() -> None:
    with pytest.raises(Malformed):
        read_profile(profile_document(PROFILE, ENDPOINTS, KEYS) | {"preferredUsername": ""})

"""What Mastodon makes of a document, by its own rules and not by what we meant."""

import pytest

from server.initiative.as_mastodon import account, post

ACTOR = {
    "type": "Organization",
    "preferredUsername": "garden",
    "webfinger": "garden@garden.example",
    "name": "Garden",
    "summary": "<h1>Big</h1><p onclick='x'>We <b>plant</b><script>alert(1)</script></p>",
    "attachment": [
        *(
            {"type": "PropertyValue", "name": f"Field {n}", "value": f"<a href='https://f{n}.example/'>x</a>"}
            for n in range(6)
        ),
        {"type": "Link", "href": "https://a.example/"},
    ],
}
NOTE = {"to": ["https://www.w3.org/ns/activitystreams#Public"], "name": "Dropped", "content": "<p>Kept</p>"}


@pytest.mark.parametrize(
    ("kind", "badge"),
    [
        ("Organization", ""),
        ("Person", ""),
        ("Group", "Group"),
        ("Service", "Automated"),
        ("Application", "Automated"),
    ],
)
def test_only_groups_and_robots_wear_a_badge(kind: str, badge: str) -> None:
    assert account({**ACTOR, "type": kind}).badge == badge


def test_of_a_profile_only_safe_html_is_kept_and_four_fields_stand_out() -> None:
    shown = account(ACTOR)
    assert shown.summary == "Big<p>We <b>plant</b></p>"
    assert [field.name for field in shown.fields if field.prominent] == [f"Field {n}" for n in range(4)]
    assert len(shown.fields) == 6
    assert shown.handle == "@garden@garden.example"
    assert (shown.icon, shown.icon_alt) == (None, "")


def test_who_has_no_name_goes_by_the_handle() -> None:
    assert account({**ACTOR, "name": ""}).name == "garden"


def test_of_a_note_the_content_is_shown_and_the_first_key_labels_it() -> None:
    shown = post({**NOTE, "contentMap": {"uk": "<p>Інше</p>", "en": "<p>Kept</p>"}})
    assert (shown.content, shown.language, shown.public) == ("<p>Kept</p>", "uk", True)
    assert post({**NOTE, "content": None, "contentMap": {"uk": "<p>Інше</p>"}}).content == "<p>Інше</p>"
    assert post({**NOTE, "to": ["https://a.example/followers"]}).public is False


def test_a_summary_folds_the_post() -> None:
    assert post({**NOTE, "summary": "Violence"}).warning == "Violence"
    assert post(NOTE).warning == ""

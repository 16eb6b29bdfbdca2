"""Every call, as a reader on Mastodon sees it: all that matters is readable there without our own terms (AC-5.3)."""

import itertools
from dataclasses import replace

import pytest

from server.documents.call import Call, call_document
from server.documents.event import event_document
from server.taxonomy.kinds import KINDS
from tests.doubles.mastodon_shows import Shown, shown, takes_edit
from tests.server.documents.test_event import CALL, FOLLOWERS

STARTS = {
    None: (),
    "2026-12-05": ("5 December 2026",),
    "2026-12-05T18:00:00+01:00": ("5 December 2026", "18:00"),
}
DEADLINES = {None: (), "2026-12-04": ("until", "4 December 2026")}
PLACES = {None: (), "undisclosed": (), "Leipzig, DE": ("Leipzig",)}
LINKS = {None: (), "https://letters.example/evening": ("letters.example/evening",)}
WORDS = {
    "en": ("Saturday, 5 December 2026", "Leipzig"),
    "de": ("Samstag, 5. Dezember 2026", "Leipzig"),
    "uk": ("субота, 5 грудня 2026", "Лейпциг"),
    "ru": ("суббота, 5 декабря 2026", "Лейпциг"),
}


def seen(document: dict[str, object]) -> Shown:
    found = shown(document)
    assert found is not None, "dropped"
    assert found.warning == "", "nothing is folded away behind a warning"
    assert found.public
    return found


def calls_of(kind: str | None) -> list[tuple[Call, set[str]]]:
    """Every combination of facts, and what has to be readable of it."""
    found = []
    for start, deadline, place, link in itertools.product(STARTS, DEADLINES, PLACES, LINKS):
        call = replace(
            CALL, kind=kind, start=start, deadline=deadline, place=place, link=link, as_event=False
        )
        said = {*STARTS[start], *DEADLINES[deadline], *PLACES[place], *LINKS[link]}
        found.append((call, said))
    return found


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_ac_5_3_a_call_of_any_kind_is_readable(kind: str | None) -> None:
    for call, said in calls_of(kind):
        found = seen(call_document(call, followers=FOLLOWERS))
        assert found.text.startswith(f"{call.title}\nPaper is there.")
        for words in said:
            assert words in found.text, (call, words)
        assert (call.link in found.links) == (call.link is not None)
        assert found.language == call.language
        assert found.hashtags == ("#PoliticalPrisoners",)


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_ac_5_3_an_event_of_any_kind_is_readable(kind: str | None) -> None:
    for call, said in calls_of(kind):
        if call.start is None or "T" not in call.start:
            continue
        found = seen(event_document(replace(call, as_event=True), followers=FOLLOWERS))
        assert found.text.startswith(f"{call.title}\nPaper is there."), "the title stands there once"
        for words in said:
            assert words in found.text, (call, words)
        assert call.uri in found.links
        assert found.text.count(call.title) == 1


@pytest.mark.parametrize("language", list(WORDS))
def test_ac_5_3_date_and_place_are_in_the_language_of_the_call(language: str) -> None:
    call = replace(CALL, language=language)
    for document in (call_document(call, followers=FOLLOWERS), event_document(call, followers=FOLLOWERS)):
        found = seen(document)
        for words in WORDS[language]:
            assert words in found.text
        assert found.language == language


def test_ac_5_3_an_end_is_read_first_and_taken_as_an_edit() -> None:
    closed = replace(CALL, state="closed", updated=CALL.updated.replace(second=1))
    before, after = (call_document(call, followers=FOLLOWERS) for call in (CALL, closed))
    assert seen(after).text.startswith("Enough, thank you")
    assert takes_edit(before, after)
    assert not takes_edit(before, before)
    event = event_document(closed, followers=FOLLOWERS)
    assert not takes_edit(event_document(CALL, followers=FOLLOWERS), event), "so Mastodon is sent Notes"


def test_the_double_drops_and_hides_what_mastodon_does() -> None:
    note = call_document(CALL, followers=FOLLOWERS)
    assert shown({**note, "type": "Proposal"}) is None
    folded = shown({**note, "summary": "Violence"})
    assert folded is not None
    assert folded.warning == "Violence"
    article = shown({**note, "type": "Article"})
    assert article is not None
    assert "Paper is there" not in article.text, "content of converted types is dropped"

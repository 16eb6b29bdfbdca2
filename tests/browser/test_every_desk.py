"""Every page of the desks that a link leads to, as the owners of a hub and of a server of initiatives see them."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import judging
from tests.browser.desks import Desk, fill_desks
from tests.browser.judging import INTERFACE, Walks, nothing_in, wrong_in
from tests.browser.looking import Look, eyes_on
from tests.browser.site import Site
from tests.browser.walking import Answer, fetch, walk, with_language

PICTURES = Path(__file__).parents[2] / "test-output" / "screenshots" / "desks"
SECRET = re.compile(r"(?:[A-Z2-7]{4} ?){8}")
KINDS = 24
"""How many there are at least; the desks have more."""
ON_THEM = {
    "letters": (
        "Show it",
        "Hide it for ever",
        "1 like",
        "closed for replies",
        "No answer since",
        "as an event",
    ),
    "hub": (
        "says that it has moved",
        "that address confirms it",
        "has not answered for three weeks",
        "Import a list",
    ),
}
"""What somebody must have sent, or weeks must have brought, before a page says so."""

Kinds = dict[str, list[Answer]]


@pytest.fixture(scope="module")
def desks(browser: Browser, site: Site) -> dict[str, Desk]:
    return fill_desks(browser, site)


@pytest.fixture(scope="module")
def sessions(browser: Browser, desks: dict[str, Desk]) -> dict[str, tuple[str, str, str]]:
    return {name: desk.signed_in(browser) for name, desk in desks.items()}


@pytest.fixture(scope="module")
def walks(desks: dict[str, Desk], sessions: dict[str, tuple[str, str, str]]) -> Walks:
    """Links only: nothing is sent, so nothing is done."""
    return {
        name: walk(desk.place.origin, desk.unlinked, "=".join(sessions[name][:2]), within="/desk")
        for name, desk in desks.items()
    }


@pytest.fixture(scope="module")
def kinds(walks: Walks) -> Kinds:
    """What both have is looked at once."""
    found: dict[object, Answer] = {}
    return {name: walked.kinds(found) for name, walked in walks.items()}


@pytest.fixture(scope="module")
def in_languages(kinds: Kinds, sessions: dict[str, tuple[str, str, str]]) -> list[tuple[str, Answer]]:
    return [
        (language, fetch(with_language(page.address, language), "=".join(sessions[name][:2])))
        for name, pages in kinds.items()
        for page in pages
        for language in INTERFACE
    ]


@pytest.fixture(scope="module")
def looks(kinds: Kinds, desks: dict[str, Desk], browser: Browser) -> list[Look]:
    """Each desk by a new session: five minutes after the passphrase some pages would ask for it again."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    found: list[Look] = []
    for name, desk in desks.items():
        with eyes_on(browser, PICTURES, [desk.signed_in(browser)]) as eyes:
            found += [eyes.look(name, page.address, page.status) for page in kinds[name]]
    return found


def test_the_walk_goes_through_the_desks(walks: Walks, kinds: Kinds) -> None:
    """Or everything below would pass for a desk whose menu is empty, or on which nothing waits."""
    assert {name: len(pages) >= KINDS for name, pages in kinds.items()} == dict.fromkeys(kinds, True)
    said = {name: "".join(page.body.decode() for page in pages) for name, pages in kinds.items()}
    nothing_in(
        {words: name for name, wanted in ON_THEM.items() for words in wanted if words not in said[name]}
    )
    nothing_in(
        {page.address: page.status for found in walks.values() for page in found.pages if page.status != 200}
    )


def test_every_link_leads_somewhere(walks: Walks) -> None:
    judging.every_link_leads_somewhere(walks)


def test_every_answer_bears_exactly_our_policy(walks: Walks) -> None:
    judging.every_answer_bears_our_policy(walks)


def test_no_page_of_a_desk_is_kept_by_anybody(walks: Walks) -> None:
    nothing_in(
        {
            answer.address: answer.headers
            for found in walks.values()
            for answer in found.answers
            if answer.headers.get("cache-control") != "no-store" or "etag" in answer.headers
        }
    )


def test_every_page_has_one_heading_and_a_title(walks: Walks, in_languages: list[tuple[str, Answer]]) -> None:
    judging.one_heading_and_a_title(
        [page for found in walks.values() for page in found.pages] + [page for _, page in in_languages]
    )


def test_every_page_is_there_in_each_language(in_languages: list[tuple[str, Answer]]) -> None:
    judging.in_the_language_that_was_asked_for(in_languages)


def test_sentences_stand_apart(in_languages: list[tuple[str, Answer]]) -> None:
    judging.sentences_stand_apart(page for _, page in in_languages)


def test_no_page_asks_another_origin_for_anything(looks: list[Look]) -> None:
    nothing_in(wrong_in(looks, "foreign"))


def test_no_page_breaks_its_policy_or_complains(looks: list[Look]) -> None:
    nothing_in(wrong_in(looks, "console"))


def test_axe_finds_nothing_in_light_and_dark_on_desktop_and_phone(looks: list[Look]) -> None:
    nothing_in(wrong_in(looks, "axe"))


def test_nothing_scrolls_sideways_on_a_narrow_phone_or_at_200_per_cent(looks: list[Look]) -> None:
    nothing_in(wrong_in(looks, "sideways"))


def test_what_is_pressed_is_large_enough_for_a_thumb(looks: list[Look]) -> None:
    nothing_in(wrong_in(looks, "small"))


def test_without_script_every_word_and_link_is_there(looks: list[Look]) -> None:
    """But the secret for an authenticator app, which is another one each time the page is shown."""
    lost = {look.name: [words for words in look.lost if not SECRET.fullmatch(words)] for look in looks}
    nothing_in({name: words for name, words in lost.items() if words})


def test_pictures_of_every_page_are_kept(looks: list[Look]) -> None:
    kept = {picture.name for picture in PICTURES.iterdir()}
    ways = [f"{theme}-{width}.png" for theme in ("light", "dark") for width in (1280, 390)]
    assert kept == {f"{look.name}-{way}" for look in looks for way in ways}

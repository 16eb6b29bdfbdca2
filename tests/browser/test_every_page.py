"""Every page that a link leads to, of a hub and of initiatives' servers, in all four languages."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import judging
from tests.browser.judging import INTERFACE, Walks, nothing_in, wrong_in
from tests.browser.looking import Look, eyes_on
from tests.browser.site import Site
from tests.browser.walking import Answer, fetch, read, walk, with_language

PICTURES = Path(__file__).parents[2] / "test-output" / "screenshots" / "public"
HEAVIEST = 14_336


@pytest.fixture(scope="module")
def walks(site: Site) -> Walks:
    """By the instance's name. Two pages that no link leads to: nothing, and what was taken down."""
    withdrawn = site.calls["withdrawn"]
    return {
        name: walk(place.origin, ["/nowhere", *([withdrawn] if withdrawn.startswith(place.origin) else [])])
        for name, place in site.places.items()
    }


@pytest.fixture(scope="module")
def in_languages(walks: Walks) -> list[tuple[str, Answer]]:
    """A page of each kind in each language, with the language that was asked for."""
    return [
        (language, fetch(with_language(page.address, language)))
        for found in walks.values()
        for page in found.kinds()
        for language in INTERFACE
    ]


@pytest.fixture(scope="module")
def looks(walks: Walks, browser: Browser) -> list[Look]:
    shutil.rmtree(PICTURES, ignore_errors=True)
    with eyes_on(browser, PICTURES) as eyes:
        return [
            eyes.look(name, page.address, page.status)
            for name, found in walks.items()
            for page in found.kinds()
        ]


def test_the_walk_goes_through_the_house(walks: Walks) -> None:
    """Or everything below would pass for a site whose first page has no links."""
    assert {name: len(found.kinds()) >= 8 for name, found in walks.items()} == dict.fromkeys(walks, True)
    for found in walks.values():
        assert {page.status for page in found.pages} >= {200, 404}
    assert [page.address for page in walks["door"].pages if page.status == 410]
    replies = f"{walks['letters'].origin}/calls/"
    assert [
        page
        for page in walks["letters"].pages
        if page.address.startswith(replies) and "/all-replies?from=" in page.address
    ]


def test_every_link_leads_somewhere(walks: Walks) -> None:
    judging.every_link_leads_somewhere(walks)


def test_every_answer_bears_exactly_our_policy(walks: Walks) -> None:
    judging.every_answer_bears_our_policy(walks)


def test_every_page_has_one_heading_and_a_title(walks: Walks, in_languages: list[tuple[str, Answer]]) -> None:
    judging.one_heading_and_a_title(
        [page for found in walks.values() for page in found.pages] + [page for _, page in in_languages]
    )


def test_every_page_says_its_language_and_is_there_in_each(
    walks: Walks, in_languages: list[tuple[str, Answer]]
) -> None:
    judging.in_the_language_that_was_asked_for(in_languages)
    asked = {
        (name, language): read(fetch(f"{found.origin}/", language=language).body).language
        for name, found in walks.items()
        for language in INTERFACE
    }
    assert asked == {(name, language): language for name, language in asked}


def test_every_page_with_its_style_is_light(walks: Walks, in_languages: list[tuple[str, Answer]]) -> None:
    """HTML and CSS, both as they are on the wire: headers and compressed bodies of all answers."""
    styles: dict[str, int] = {}
    heavy = {}
    pages = [page for found in walks.values() for page in found.pages] + [page for _, page in in_languages]
    for page in pages:
        origin = "/".join(page.address.split("/")[:3])
        sheets = [origin + sheet for sheet in read(page.body).stylesheets]
        assert sheets, page.address
        for sheet in sheets:
            if sheet not in styles:
                styles[sheet] = fetch(sheet).wire
        weight = page.wire + sum(styles[sheet] for sheet in sheets)
        if weight > HEAVIEST:
            heavy[page.address] = weight
    nothing_in(heavy)


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
    """And with script nothing of it is taken away."""
    nothing_in(wrong_in(looks, "lost"))


def test_pictures_of_every_page_are_kept(looks: list[Look]) -> None:
    kept = {picture.name for picture in PICTURES.iterdir()}
    ways = [f"{theme}-{width}.png" for theme in ("light", "dark") for width in (1280, 390)]
    assert kept == {f"{look.name}-{way}" for look in looks for way in ways}

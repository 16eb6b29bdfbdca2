"""Somebody who cannot use a mouse signs in and publishes a call: Tab, Space, Enter and letters, nothing else."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import Workshop
from tests.browser.keyboard import tab_to_name


def typed(page: Page, label: str, words: str) -> None:
    tab_to_name(page, label)
    page.keyboard.type(words)


def pressed(page: Page, name: str, key: str = "Enter") -> None:
    tab_to_name(page, name)
    page.keyboard.press(key)


def test_from_signing_in_to_a_published_call(workshop: Workshop, new_page: NewPage) -> None:
    workshop.initiative("kites")
    page = new_page()
    page.goto(f"{workshop.house.origin}/desk/@kites/calls")
    typed(page, "Your name here", workshop.robin.name)
    typed(page, "Passphrase", workshop.robin.passphrase)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/@kites/calls")

    pressed(page, "Write a call")
    page.wait_for_url("**/calls/new")
    typed(page, "Title", "Build a kite")
    typed(page, "Text", "Paper, string and a windy day.")
    typed(page, "How long it takes", "an hour")
    pressed(page, "Education", "Space")
    pressed(page, "Save and look at it")
    page.wait_for_url("**/preview")
    pressed(page, "Publish the call")
    expect(page.get_by_role("status")).to_contain_text("Published")
    expect(page.get_by_role("main")).to_contain_text("An hour")
    pressed(page, "The public page")
    expect(page.get_by_role("heading", level=1)).to_have_text("Build a kite")
    expect(page.get_by_role("link", name="Education")).to_be_visible()


def test_what_is_wrong_is_reached_at_once(workshop: Workshop, new_page: NewPage) -> None:
    """The sentence about a mistake leads to the field."""
    workshop.initiative("dances")
    page = new_page(390)
    page.goto(f"{workshop.house.origin}/desk/@dances/calls/new")
    typed(page, "Your name here", workshop.robin.name)
    typed(page, "Passphrase", workshop.robin.passphrase)
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/new")
    typed(page, "Title", "Dance")
    pressed(page, "Save and look at it")
    expect(page.get_by_role("alert")).to_be_visible()
    pressed(page, "A call needs a text before it can be published.")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("On Sunday.")
    expect(page.get_by_label("Text", exact=True)).to_have_value("On Sunday.")
    expect(page.get_by_label("Title")).to_have_value("Dance")

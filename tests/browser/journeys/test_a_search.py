"""Somebody looks for what nobody else need know; script is off, and the browser is shared."""

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight
from tests.browser.site import Site

WORDS = "lett saturday"
NOTHING = "zzyzx"


@pytest.mark.parametrize("script", [True, False])
def test_what_was_looked_for_is_in_no_address(
    script: bool, site: Site, new_page: NewPage, looks_right: LooksRight
) -> None:
    page = new_page(390, script=script)
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(f"{request.url} {request.headers.get('referer', '')}")

    page.on("request", note)
    page.goto(site.hub.origin)
    look_for(page, WORDS)
    expect(page.get_by_role("searchbox")).to_have_value(WORDS)
    looks_right(page, "found")
    found = page.get_by_role("link", name="Write a letter on Saturday")
    expect(found).to_be_visible()
    found.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Write a letter on Saturday")

    page.goto(f"{site.hub.origin}/search")
    look_for(page, NOTHING)
    expect(page.get_by_role("heading", name="Nothing was found")).to_be_visible()
    looks_right(page, "nothing-found")
    page.get_by_role("link", name="Show all open calls").click()
    expect(page.locator("main .call-card").first).to_be_visible()

    assert [address for address in asked if address.startswith(f"{site.hub.origin}/search")]
    told = [address for address in asked if any(word in address for word in (*WORDS.split(), NOTHING))]
    assert not [address for address in told if "saturday" in address.lower() or NOTHING in address]
    assert NOTHING not in site.hub.log.read_text()


def look_for(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/search")


def test_any_text_is_answered_with_a_page(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{site.hub.origin}/search")
    for text in ('"', "NEAR(", "a AND", "* -", "”»ї 🕊", "x" * 200, "' OR 1=1 --"):
        look_for(page, text)
        expect(page.get_by_role("heading", level=1)).to_have_text("Search")
        expect(page.get_by_role("searchbox")).to_have_value(text)

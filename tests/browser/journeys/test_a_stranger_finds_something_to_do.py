"""Somebody who speaks Ukrainian, has an hour, a phone and no script, and has never heard of us."""

import re

from playwright.sync_api import Route, expect

from server.taxonomy.languages import translations
from server.taxonomy.sizes import having_label
from tests.browser.conftest import NewPage
from tests.browser.site import Site


def test_a_stranger_finds_something_to_do(site: Site, new_page: NewPage) -> None:
    page = new_page(390, dark=True, language="uk", script=False)
    page.goto(site.hub.origin)
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    title = translations("uk").gettext("What you can do today")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)

    page.get_by_role("link", name=having_label("hour", "uk")).click()
    expect(page).to_have_url(re.compile(r"\?size=hour"))
    expect(page.get_by_role("heading", name="Напишите письмо")).to_have_count(0)

    page.get_by_role("link", name="Write a letter on Saturday").click()
    heading = page.get_by_role("heading", level=1, name="Write a letter on Saturday")
    expect(heading).to_be_visible()
    assert heading.evaluate("element => element.closest('[lang]').lang") == "en"
    who = translations("uk").gettext("Who asks")
    expect(page.get_by_role("heading", name=who)).to_be_visible()

    action = page.get_by_role("link", name="letters.example", exact=False).and_(page.locator(".act"))
    expect(action).to_have_attribute("href", "https://letters.example/how-to-write")
    asked: list[str | None] = []

    def their_page(route: Route) -> None:
        asked.append(route.request.headers.get("referer"))
        route.fulfill(body="Their own page")

    page.context.route("https://letters.example/**", their_page)
    action.click()
    expect(page.locator("body")).to_have_text("Their own page")
    assert asked == [None], "another server must not hear where its visitors come from"

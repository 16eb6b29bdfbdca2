"""With nothing but Tab and Enter: from the first page to what a call asks for, always seeing where one is."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.site import Site

MOST_STOPS = 200
NARROWEST_RING = 3.0

# `where` tells stops apart; a ring around something as large as a map may be drawn by its parts.
STOP = """
() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const style = getComputedStyle(here), box = here.getBoundingClientRect();
    return {
        where: [...document.querySelectorAll("*")].indexOf(here),
        what: here.outerHTML.slice(0, 120),
        link: here.getAttribute("href"),
        inMain: Boolean(here.closest("main")),
        ring: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < innerWidth,
    };
}
"""

Stop = dict[str, Any]


def tab(page: Page) -> Stop | None:
    """Where the next Tab leads; None for out of the page."""
    page.keyboard.press("Tab")
    stop: Stop | None = page.evaluate(STOP)
    return stop


def stops_of(page: Page) -> list[Stop]:
    """All of them until Tab leads out of the page, or back to its beginning where there is nothing but the page."""
    found: list[Stop] = []
    while (stop := tab(page)) is not None and (not found or stop["where"] != found[0]["where"]):
        assert len(found) < MOST_STOPS, f"Tab does not lead out: {stop}"
        assert stop["where"] not in {one["where"] for one in found}, f"Tab goes round in circles: {stop}"
        found.append(stop)
    return found


def tab_to(page: Page, link: str) -> Stop:
    for _ in range(MOST_STOPS):
        stop = tab(page)
        assert stop is not None, f"Tab leads out of {page.url} and never to {link}"
        assert stop["seen"], f"the focus is where nobody sees it: {stop}"
        assert stop["ring"] >= NARROWEST_RING, f"nobody sees the focus: {stop}"
        if str(stop["link"]).split("#")[0] == link:
            return stop
    raise AssertionError(f"{link} is more than {MOST_STOPS} stops away")


def test_from_the_first_page_to_what_a_call_asks_for(site: Site, new_page: NewPage) -> None:
    page = new_page()
    page.context.route("https://letters.example/**", lambda route: route.fulfill(body="Their own page"))
    page.goto(f"{site.hub.origin}/")
    tab_to(page, "/?size=hour")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.hub.origin}/?size=hour*")
    call = site.on_hub("everything")
    tab_to(page, call)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.hub.origin}{call}")
    tab_to(page, "https://letters.example/how-to-write")
    page.keyboard.press("Enter")
    page.wait_for_url("https://letters.example/how-to-write")
    expect(page.locator("body")).to_have_text("Their own page")


def test_every_stop_is_seen_and_tab_leads_through_and_out(site: Site, new_page: NewPage) -> None:
    page = new_page(390)
    paths = ["/", site.on_hub("everything"), "/initiatives", "/follow", "/nowhere"]
    for address in [*(site.hub.origin + path for path in paths), site.calls["everything"]]:
        page.goto(address)
        stops = stops_of(page)
        assert len(stops) >= 5
        unseen = [
            f"{address}: {stop['what']} has a ring of {stop['ring']} px and is{'' if stop['seen'] else ' not'} in view"
            for stop in stops
            if not stop["seen"] or stop["ring"] < NARROWEST_RING
        ]
        assert not unseen, "\n".join(unseen)


def test_the_first_stop_skips_what_is_on_every_page(site: Site, new_page: NewPage) -> None:
    for script in (True, False):
        page = new_page(script=script)
        page.goto(f"{site.hub.origin}{site.on_hub('everything')}")
        skip = tab(page)
        assert skip is not None
        assert (skip["link"], skip["seen"]) == ("#main", True)
        page.keyboard.press("Enter")
        after = tab(page)
        assert after is not None
        assert after["inMain"]

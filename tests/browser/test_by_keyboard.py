"""With nothing but Tab and Enter: from the first page to what a call asks for, always seeing where one is."""

from playwright.sync_api import expect

from tests.browser.conftest import NewPage
from tests.browser.keyboard import NARROWEST_RING, stops_of, tab, tab_to
from tests.browser.site import Site


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

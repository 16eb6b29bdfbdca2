"""A map of two thousand initiatives: there at once, moved and read by keyboard, and never more than the list."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from server.paths import InstancePaths
from server.storage.sqlite import open_sqlite
from tests.browser.conftest import NewPage
from tests.browser.journeys.conftest import LooksRight
from tests.browser.keyboard import MOST_STOPS, NARROWEST_RING, STOP, tab, tab_to_name
from tests.browser.site import Place
from tests.server.hub.crowd import fill, labels

LISTED = 2_000
ASKED = 600
SOON = 2_000
"""Milliseconds from the beginning of the page."""
HEAVIEST = 90_000
"""Bytes of script and data as they are on the wire, the points included."""

PATHS = "links => links.map(link => new URL(link.href).pathname)"
LAND = "() => document.querySelector('.live path').getAttribute('d')"
MOST_STEPS = 10
READY = ".live[data-ready]"
NOTE_WHEN_READY = f"""
new MutationObserver((_, observer) => {{
    if (!document.querySelector("{READY}")) return;
    observer.disconnect();
    requestAnimationFrame(() => window.readyAfter = performance.now());
}}).observe(document, {{subtree: true, childList: true, attributes: true}});
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("crowded") / "hub", 47, "hub", "Crowded")
    # Playwright's own loop occupies this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _crowd(place)).result()
    with place:
        yield place


async def _crowd(place: Place) -> None:
    database = await open_sqlite(InstancePaths(place.directory).database)
    try:
        now = datetime.now(UTC)
        await database.write(partial(fill, now=now, initiatives=LISTED, asked=ASKED, where=labels(500)))
    finally:
        await database.close()


def test_it_is_usable_soon_and_light(hub: Place, new_page: NewPage, looks_right: LooksRight) -> None:
    times = []
    weights: dict[str, int] = {}

    def weigh(request: Request) -> None:
        weights[request.url] = request.sizes()["responseBodySize"]

    # The machine of the tests may be busy with something else; the page may not be.
    for _ in range(3):
        page = new_page()
        page.on("requestfinished", weigh)
        page.add_init_script(NOTE_WHEN_READY)
        page.goto(hub.origin)
        page.wait_for_function("() => window.readyAfter")
        times.append(page.evaluate("() => window.readyAfter"))
        loaded = {address: size for address, size in weights.items() if size and not is_page(address)}
        assert sum(loaded.values()) <= HEAVIEST, loaded
        if times[-1] < SOON:
            break
    assert min(times) < SOON, times
    looks_right(page, "crowded")
    assert page.locator(".spot.many").count() > 2
    # What the server drew is not said twice.
    expect(page.locator("figure.map svg a").first).to_be_hidden()


def is_page(address: str) -> bool:
    return urlsplit(address).path == "/"


def test_a_place_is_chosen_by_keyboard_and_its_panel_says_what_the_list_says(
    hub: Place, new_page: NewPage, looks_right: LooksRight
) -> None:
    page = new_page()
    page.goto(hub.origin)
    page.wait_for_selector(READY)
    panel = page.get_by_role("dialog")
    tab_to_a_mark(page)
    mark = ""
    for _ in range(MOST_STEPS):
        if panel.is_visible():
            break
        mark = page.evaluate(STOP)["name"]
        go_nearer(page)
    if panel.get_by_role("button").count() > 1:
        # Places that are too near to each other for any map.
        tab_to_name(page, panel.get_by_role("button").nth(1).inner_text())
        page.keyboard.press("Enter")
    expect(panel.get_by_role("link").last).to_be_visible()
    assert page.evaluate("() => document.activeElement.id") == "here", "the panel's title has the focus"
    looks_right(page, "panel")
    said = panel.get_by_role("link").evaluate_all(PATHS)

    address = panel.get_by_role("link").last.evaluate("link => link.href")
    assert "place=" in address

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert page.evaluate(STOP)["name"] == mark, "the focus is where it was"
    page.goto(address)
    listed = page.locator(
        "#calls a[href^='/directory/calls/'], #calls ul:not(.cards) a[href^='/initiatives/']"
    )
    there = listed.evaluate_all(PATHS)
    assert there
    # The last one led here.
    assert set(said[:-1]) == set(there)


def tab_to_a_mark(page: Page) -> None:
    for _ in range(MOST_STOPS):
        stop = tab(page)
        assert stop is not None, "Tab leads past the map"
        if page.evaluate("() => document.activeElement.matches('.spot')"):
            assert stop["ring"] >= NARROWEST_RING
            return
    raise AssertionError("Tab does not lead to the map")


def go_nearer(page: Page) -> None:
    """Enter on a mark: the map is drawn from nearer, or the panel opens."""
    before = page.evaluate(LAND)
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"before => ({LAND})() !== before && document.activeElement.matches('.spot')"
        " || document.activeElement.id === 'here'",
        arg=before,
    )


def test_without_script_it_is_a_picture_with_links(
    hub: Place, new_page: NewPage, looks_right: LooksRight
) -> None:
    page = new_page(390, dark=True, script=False)
    page.goto(hub.origin)
    dot = page.locator("figure.map svg a").first
    place = dot.locator("title").text_content() or ""
    looks_right(page, "picture")
    dot.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**place=**")
    expect(page.locator("#calls-title")).to_have_text(f"Calls from {place.split(':')[0]}")

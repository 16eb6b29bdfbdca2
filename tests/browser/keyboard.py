"""Going through a page with Tab, always seeing where one is."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 200
NARROWEST_RING = 3.0

# `where` tells stops apart; `parts`: Tab goes through it part by part, day, month and year. A ring around something as
# large as a map may be drawn by its parts.
STOP = """
() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const box = here.getBoundingClientRect();
    const rings = [here, ...here.querySelectorAll("*")].map(getComputedStyle)
        .map(style => style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth));
    return {
        where: [...document.querySelectorAll("*")].indexOf(here),
        what: here.outerHTML.slice(0, 120),
        link: here.getAttribute("href"),
        name: (here.ariaLabel ?? here.labels?.[0]?.innerText ?? here.innerText ?? "").trim(),
        parts: here.matches("[type=date], [type=time]"),
        inMain: Boolean(here.closest("main")),
        ring: Math.max(...rings),
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
        if found and stop["where"] == found[-1]["where"] and stop["parts"]:
            continue
        assert len(found) < MOST_STOPS, f"Tab does not lead out: {stop}"
        assert stop["where"] not in {one["where"] for one in found}, f"Tab goes round in circles: {stop}"
        found.append(stop)
    return found


def tab_to(page: Page, link: str) -> None:
    _tab_until(page, link, lambda stop: str(stop["link"]).split("#")[0] == link)


def tab_to_name(page: Page, name: str) -> None:
    """To the field that is labelled so, or to the link or button that reads so."""
    _tab_until(page, name, lambda stop: bool(stop["name"] == name))


def _tab_until(page: Page, wanted: str, is_it: Callable[[Stop], bool]) -> None:
    for _ in range(MOST_STOPS):
        stop = tab(page)
        assert stop is not None, f"Tab leads out of {page.url} and never to {wanted}"
        assert stop["seen"], f"the focus is where nobody sees it: {stop}"
        assert stop["ring"] >= NARROWEST_RING, f"nobody sees the focus: {stop}"
        if is_it(stop):
            return
    raise AssertionError(f"{wanted} is more than {MOST_STOPS} stops away")

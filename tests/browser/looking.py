"""What a browser shows of a page: on a desktop in light, on a phone in dark, narrow, enlarged, without script."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, ViewportSize

from server.taxonomy.languages import INTERFACE_LANGUAGES
from tests.browser import axe
from tests.browser.walking import pattern

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW: ViewportSize = {"width": 320, "height": 700}
ENLARGED: ViewportSize = {"width": 640, "height": 450}
"""A window of 1280 by 900 at 200 %: as many CSS pixels, with two device pixels to each."""

SMALLEST_TARGET = 44

# A pixel of rounding is no scroll bar.
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth > 1"
WIDEST = """
() => [...document.body.querySelectorAll("*")]
    .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 4).map(element => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`)
"""

# Links within a sentence or a list of texts are as high as their line, as WCAG 2.5.8 allows; what stands in a menu, is
# a button or belongs to a form is not. A box to tick counts with its label. What is only there for keyboards is hidden.
TARGETS = """
smallest => [...document.querySelectorAll("nav a, a.act, button, summary, select, textarea, input:not([type=hidden])")]
    .filter(element => element.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .flatMap(element => {
        const labels = element.matches("[type=checkbox], [type=radio], [type=file]") ? element.labels : [];
        const boxes = [element, ...labels].map(one => one.getBoundingClientRect());
        const width = Math.max(...boxes.map(box => box.right)) - Math.min(...boxes.map(box => box.left));
        const height = Math.max(...boxes.map(box => box.bottom)) - Math.min(...boxes.map(box => box.top));
        const hidden = width < 2 || height < 2 || boxes[0].right < 0 || boxes[0].bottom + scrollY < 0;
        if (hidden || (width > smallest - 1 && height > smallest - 1)) return [];
        const name = (element.innerText || element.name || element.ariaLabel || "").trim().slice(0, 30);
        return [`${element.tagName.toLowerCase()} "${name}" ${Math.round(width)} x ${Math.round(height)}`];
    })
"""

# A drawing may give way to a better one; words and links may not.
WORDS = """
() => {
    const said = [...document.querySelectorAll("a[href]")].filter(link => !link.closest("svg"))
        .map(link => `link to ${link.getAttribute("href")}`);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const words = texts.currentNode.data.trim().replace(/\\s+/g, " ");
        if (words && !texts.currentNode.parentElement.closest("svg, script, noscript")) said.push(words);
    }
    return said;
}
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What is wrong with a page, by what was looked at; each a list of sentences."""

    name: str
    foreign: list[str]
    console: list[str]
    axe: list[str]
    sideways: list[str]
    small: list[str]
    lost: list[str]


def look_at(page: Page, picture: Path) -> list[str]:
    """Keeps a picture of what is on the screen now, and says what is wrong with it."""
    page.screenshot(path=picture, full_page=True)
    wrong = [] if page.locator("h1").count() == 1 else ["not one h1"]
    wrong += axe.findings(page)
    kept = page.viewport_size or DESKTOP
    for size in (kept, NARROW):
        page.set_viewport_size(size)
        if page.evaluate(SIDEWAYS):
            wrong.append(f"scrolls sideways at {size['width']} px: {page.evaluate(WIDEST)}")
    page.set_viewport_size(kept)
    return wrong


class Eyes:
    """Three windows for all pages of an instance; use it as a context manager by `eyes_on`."""

    def __init__(self, desktop: Page, phone: Page, plain: Page, folder: Path) -> None:
        self.desktop, self.phone, self.plain, self.folder = desktop, phone, plain, folder
        self._looks = 0
        self._names: dict[str, int] = {}

    def look(self, instance: str, address: str, status: int = 200) -> Look:
        """Loads the page for desktop and phone, each page in the next of our languages; without script if it has any.

        `status` is what it answers.
        """
        parts = urlsplit(address)
        own = f"{parts.scheme}://{parts.netloc}/"
        name = self._name(instance, address)
        looking = [INTERFACE_LANGUAGES[(self._looks + step) % len(INTERFACE_LANGUAGES)] for step in (0, 1)]
        self._looks += 1
        look = Look(name, [], [], [], [], [], [])

        def opened(page: Page, language: str) -> AbstractContextManager[Page]:
            return _opened(page, address, status, language, own, look)

        with opened(self.desktop, looking[0]) as page:
            said, scripted = page.evaluate(WORDS), page.locator("script, noscript").count()
            self._picture(page, name, "light", DESKTOP)
            look.axe.extend(f"light, {looking[0]}: {line}" for line in axe.findings(page))
            page.emulate_media(color_scheme="dark")
            self._picture(page, name, "dark", DESKTOP)
            page.emulate_media(color_scheme="light")
        with opened(self.phone, looking[1]) as page:
            self._picture(page, name, "dark", PHONE)
            look.axe.extend(f"dark, {looking[1]}: {line}" for line in axe.findings(page))
            page.emulate_media(color_scheme="light")
            self._picture(page, name, "light", PHONE)
            page.emulate_media(color_scheme="dark")
            look.small.extend(f"{looking[1]}: {line}" for line in page.evaluate(TARGETS, SMALLEST_TARGET))
            for size in (PHONE, NARROW, ENLARGED):
                page.set_viewport_size(size)
                if page.evaluate(SIDEWAYS):
                    look.sideways.append(f"{looking[1]}, {size['width']} px: {page.evaluate(WIDEST)}")
            page.set_viewport_size(PHONE)
        if scripted:
            with opened(self.plain, looking[0]) as page:
                look.lost.extend(sorted(set(page.evaluate(WORDS)) - set(said)))
        return look

    def _picture(self, page: Page, name: str, theme: str, size: ViewportSize) -> None:
        page.screenshot(path=self.folder / f"{name}-{theme}-{size['width']}.png", full_page=True)

    def _name(self, instance: str, address: str) -> str:
        parts = urlsplit(address)
        words = re.findall(r"[\w-]+", f"{pattern(parts.path)} {parts.query.partition('=')[0]}")
        name = "-".join([instance, *(words or ["first"])])
        self._names[name] = self._names.get(name, 0) + 1
        return name if self._names[name] == 1 else f"{name}-{self._names[name]}"


@contextmanager
def eyes_on(browser: Browser, folder: Path, cookies: Sequence[tuple[str, str, str]] = ()) -> Iterator[Eyes]:
    """`cookies` are (name, value, origin) of somebody who is signed in; `folder` is where the pictures go."""
    folder.mkdir(parents=True, exist_ok=True)
    contexts = [
        browser.new_context(viewport=DESKTOP, color_scheme="light"),
        browser.new_context(viewport=PHONE, color_scheme="dark", has_touch=True),
        browser.new_context(viewport=DESKTOP, java_script_enabled=False),
    ]
    try:
        for context in contexts:
            context.add_cookies(
                [{"name": name, "value": value, "url": origin} for name, value, origin in cookies]
            )
        desktop, phone, plain = (context.new_page() for context in contexts)
        yield Eyes(desktop, phone, plain, folder)
    finally:
        for context in contexts:
            context.close()


@contextmanager
def _opened(page: Page, address: str, status: int, language: str, own: str, look: Look) -> Iterator[Page]:
    """The page, loaded and at rest; what it asked for and complained of is noted from the first byte to its end."""

    def asked(request: Request) -> None:
        if not request.url.startswith(own):
            look.foreign.append(request.url)

    def complained(message: ConsoleMessage) -> None:
        # That an error page is an answer of 404 is no complaint of the page.
        itself = message.location.get("url") == address and "Failed to load resource" in message.text
        if message.type in ("error", "warning") and not itself:
            look.console.append(f"{language}: {message.text}")

    def failed(error: Error) -> None:
        look.console.append(f"{language}: {error.message}")

    page.context.set_extra_http_headers({"Accept-Language": language})
    page.on("request", asked)
    page.on("console", complained)
    page.on("pageerror", failed)
    try:
        answer = page.goto(address, wait_until="load")
        if answer is None or answer.status != status:
            look.console.append(f"{language}: answered {answer and answer.status} instead of {status}")
        if page.locator("script").count():
            # Only what script fetches comes after that.
            page.wait_for_load_state("networkidle")
        yield page
    finally:
        page.goto("about:blank")
        page.remove_listener("request", asked)
        page.remove_listener("console", complained)
        page.remove_listener("pageerror", failed)

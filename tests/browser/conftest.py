"""One browser and one small fediverse for everything in here."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.site import Site, open_site

PATIENCE = 10_000
"""Milliseconds; nothing here takes long unless it is broken."""

NewPage = Callable[..., Page]


# Playwright's loop counts as running as long as it lives, so that no asynchronous test could follow in the same
# session: it ends with this package.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = chromium.find()
    if program is None:
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        driven = chromium.launch(playwright, program)
        yield driven
        driven.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """`new_page(width=1280, dark=False, language="en", script=True)`: a page in a browser context of its own."""
    with ExitStack() as opened:

        def make(width: int = 1280, *, dark: bool = False, language: str = "en", script: bool = True) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
                locale=language,
                java_script_enabled=script,
            )
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE)
            return context.new_page()

        yield make

"""A hub and a server of initiatives on which people have accounts, for stories that change things."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import NewPage
from tests.browser.looking import look_at
from tests.browser.people import Person, add_app, make_first_account, sign_in
from tests.browser.site import Place, set_up_link
from tests.peers.instance import wait_until

PICTURES = Path(__file__).parents[3] / "test-output" / "screenshots" / "journeys"
SECONDS = 20
"""How long something may take to travel from one server to another."""

LooksRight = Callable[[Page, str], None]
SignedIn = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class Workshop:
    """`robin` owns the house of initiatives, `kim` the hub."""

    hub: Place
    house: Place
    robin: Person
    kim: Person

    def initiative(self, handle: str, *, listed: bool = False, **details: object) -> None:
        """One more in the house, with as little as it needs."""
        said = {"name": handle.capitalize(), "languages": ["en"], "place": "Leipzig, DE", **details}
        self.house.ask("initiative.add", handle=handle, **said)
        if listed:
            self.house.list_on(self.hub, handle)


@pytest.fixture(scope="package")
def workshop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    wanted = ((folder / "hub", 44, "hub", "The table"), (folder / "house", 45, "initiative", "The house"))
    with ExitStack() as running:
        with ThreadPoolExecutor() as pool:
            made = list(pool.map(lambda how: Place(*how), wanted))
        hub, house = (running.enter_context(place) for place in made)
        context = browser.new_context(locale="en")
        running.callback(context.close)
        page = context.new_page()
        robin = make_first_account(page, set_up_link(house), "Robin")
        kim = make_first_account(page, set_up_link(hub), "Kim")
        page.get_by_role("link", name="Add a second step").click()
        add_app(page, kim)
        yield Workshop(hub, house, robin, kim)


@pytest.fixture
def signed_in(new_page: NewPage) -> SignedIn:
    """`signed_in(place, person, "/desk", script=False)`: a page in a browser context of its own."""

    def make(place: Place, person: Person, path: str = "/desk", **how: object) -> Page:
        page = new_page(**how)
        sign_in(page, place.origin, person, path)
        return page

    return make


@pytest.fixture(scope="session", autouse=True)
def _no_old_pictures() -> None:
    shutil.rmtree(PICTURES, ignore_errors=True)


@pytest.fixture
def looks_right(request: pytest.FixtureRequest) -> Iterator[LooksRight]:
    """`looks_right(page, "codes")`: keeps a picture, and whatever is wrong with the page fails the story at its end."""
    story = request.node.module.__name__.rpartition("test_")[2].replace("_", "-")
    wrong: list[str] = []
    seen = 0

    def look(page: Page, name: str) -> None:
        nonlocal seen
        seen += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        wrong.extend(f"{name}: {line}" for line in look_at(page, PICTURES / f"{story}-{seen:02}-{name}.png"))

    yield look
    assert not wrong, "\n".join(wrong)


def comes_to_say(page: Page, words: str, place: Place) -> None:
    """The page is loaded anew until it says so: what other servers do takes its time."""

    def says() -> bool:
        page.reload()
        return words in page.locator("main").inner_text()

    wait_until(says, f"{page.url} did not come to say {words!r}", SECONDS, place.log)

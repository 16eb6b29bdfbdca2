"""What every page shares, and what only the pages of signed-in people have."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from starlette.requests import Request

from server.paths import static_dir, templates_dir
from server.web.identity import SignedIn
from server.web.render import DeskEntry, Pages, Site
from server.web.stylesheets import join_blocks, join_desk

CSS = static_dir() / "css"
ROBIN = SignedIn("a1", "Robin <b>", "s1", "token-1", (), fresh=True, must_add_second_step=False)
MENU = [
    DeskEntry("Directory", "/desk/hub", "", 0, is_here=True),
    DeskEntry("Applications", "/desk/hub/applications", "", 3, is_here=False),
    DeskEntry("Overview", "/desk/@letters", "letters", 0, is_here=False),
    DeskEntry("Overview", "/desk/@garden", "garden", 0, is_here=False),
    DeskEntry("Calls", "/desk/@letters/calls", "letters", 0, is_here=False),
    DeskEntry("Calls", "/desk/@garden/calls", "garden", 0, is_here=False),
]


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def having(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [held for name, held in self.all if name == tag and wanted.items() <= held.items()]


@pytest.fixture(scope="module")
def pages() -> Pages:
    site = Site("Common Table", "https://hub.example", "hub.example", ("hub",))
    navigation = [("How to follow", "/follow"), ("Initiatives", "/initiatives")]
    return Pages(site, templates_dir(), join_blocks(CSS), navigation, desk_stylesheet=join_desk(CSS))


def asking(path: str) -> Request:
    return Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []})


def public(pages: Pages, path: str = "/initiatives", language: str = "en") -> str:
    said = {"heading": "There is nothing here", "sentence": "Start again."}
    return pages.text("errors/error.html", language, request=asking(path), **said)


def desk(pages: Pages, path: str = "/desk/hub", menu: Sequence[DeskEntry] = MENU) -> str:
    return pages.text("layouts/desk.html", "en", request=asking(path), me=ROBIN, csrf="token-1", desk=menu)


def test_the_way_to_the_content_comes_first(pages: Pages) -> None:
    for text in (public(pages), desk(pages)):
        links = Tags(text).having("a")
        assert links[0]["href"] == "#main"
        assert Tags(text).having("main", id="main")


def test_the_menu_says_where_the_reader_is(pages: Pages) -> None:
    assert [link["href"] for link in Tags(public(pages)).having("a", **{"aria-current": "page"})] == [
        "/initiatives"
    ]
    assert Tags(public(pages, "/")).having("a", **{"aria-current": "page"}) == []


def test_editors_find_the_way_in_and_readers_a_promise(pages: Pages) -> None:
    text = public(pages)
    assert Tags(text).having("a", href="/sign-in")
    assert "No cookies" in text


def test_each_page_has_one_stylesheet_and_the_desk_one_more(pages: Pages) -> None:
    sheets = [link["href"] for link in Tags(public(pages)).having("link", rel="stylesheet")]
    assert sheets == [pages.stylesheet.path]
    sheets = [link["href"] for link in Tags(desk(pages)).having("link", rel="stylesheet")]
    assert sheets == [pages.stylesheet.path, pages.desk_stylesheet.path]


def test_the_desk_says_who_is_signed_in_and_lets_them_out_with_their_token(pages: Pages) -> None:
    text = desk(pages)
    assert "Robin &lt;b&gt;" in text
    form = text.partition('action="/sign-out"')[2].partition("</form>")[0]
    assert 'name="_csrf" value="token-1"' in form
    assert Tags(text).having("form", method="post", action="/sign-out")
    assert "No cookies" not in text


def menu_at(pages: Pages, path: str, menu: list[DeskEntry]) -> list[str]:
    """The handles and addresses in it, in their order."""
    page = desk(pages, path, menu).partition('class="desk-menu"')[2].partition("</nav>")[0]
    return re.findall(r"@(?:letters|garden)(?=</bdi>)|/desk/[^\"]+", page)


def test_the_desks_menu_unfolds_the_initiative_at_hand(pages: Pages) -> None:
    of_the_hub = ["/desk/hub", "/desk/hub/applications"]
    folded = ["/desk/@garden", "@garden", "/desk/@letters", "@letters"]
    unfolded = ["/desk/@garden", "@garden", "@letters", "/desk/@letters", "/desk/@letters/calls"]
    assert menu_at(pages, "/desk/hub", MENU) == of_the_hub + folded
    assert menu_at(pages, "/desk/@letters", MENU) == of_the_hub + unfolded
    assert menu_at(pages, "/desk/@letters/calls/new", MENU) == of_the_hub + unfolded
    alone = [entry for entry in MENU if entry.handle == "letters"]
    assert menu_at(pages, "/desk/account", alone) == ["@letters", "/desk/@letters", "/desk/@letters/calls"]
    assert '<span class="badge">3</span>' in desk(pages)


def test_the_desks_menu_says_where_one_is(pages: Pages) -> None:
    assert Tags(desk(pages)).having("a", href="/desk/hub", **{"aria-current": "page"})
    below = Tags(desk(pages, "/desk/hub/applications/a1", [replace(entry, is_here=False) for entry in MENU]))
    assert [link["href"] for link in below.having("a", **{"aria-current": "true"})] == [
        "/desk/hub/applications"
    ]


@pytest.mark.parametrize("language", ["en", "uk", "ru", "de"])
def test_every_language_is_offered_in_its_own_words(pages: Pages, language: str) -> None:
    tags = Tags(public(pages, "/x?", language))
    assert tags.having("html", lang=language)
    offered = {link["hreflang"] for link in tags.having("a") if "hreflang" in link}
    assert offered | {language} == {"en", "uk", "ru", "de"}


def test_no_layout_breaks_the_policy(pages: Pages) -> None:
    for text in (public(pages), desk(pages)):
        names = {name for _, held in Tags(text).all for name in held}
        assert not [name for name in names if name == "style" or name.startswith("on")]
        assert not Tags(text).having("script")


def test_paper_comes_last_in_the_stylesheet() -> None:
    body = join_blocks(CSS).body.decode()
    assert body.rindex("@media print") > max(
        body.index(".act{"), body.index(".follow{"), body.index(".top,main")
    )

"""Icons: one for every kind of call, each only an ornament beside a word."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, FileSystemLoader

from server.paths import templates_dir
from server.taxonomy.kinds import KINDS

TEMPLATES = templates_dir()
SOURCE = (TEMPLATES / "partials" / "_icons.html").read_text(encoding="utf-8")
NAMES = re.findall(r'^"([a-z]+)": "', SOURCE, re.MULTILINE)


def drawn(name: str) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    module = environment.get_template("partials/_icons.html").module
    return str(module.icon(name))  # type: ignore[attr-defined] # macros are attributes of a template's module


class Attributes(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {f"{tag}.{name}": value for name, value in attrs}


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_is_an_ornament_that_our_policy_allows(name: str) -> None:
    found = Attributes(drawn(name)).found
    assert found["svg.aria-hidden"] == "true"
    assert found["path.d"]
    assert not [attribute for attribute in found if ".style" in attribute or ".on" in attribute]


def test_every_kind_of_call_has_one_and_so_has_every_other_fact() -> None:
    assert set(NAMES) >= {*KINDS, "place", "clock", "date", "shield", "language"}


def test_a_name_without_a_drawing_draws_nothing() -> None:
    assert drawn("nothing").strip() == ""


def test_templates_name_only_what_is_drawn() -> None:
    for file in TEMPLATES.rglob("*.html"):
        named = re.findall(r"""\bicon\(["']([a-z]+)["']\)""", file.read_text(encoding="utf-8"))
        assert set(named) <= set(NAMES), file.name

"""What the tests of the desk share: a server with an initiative, and its pages read as a browser would."""

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser

import httpx2

from tests.fediverse import Fediverse, Node

DESK = "/desk/@garden"
CALL = {
    "language": "en",
    "title": "Help us plant",
    "text": "Two hours, tools are there.",
    "kind": "attend",
    "size": "hour",
}
PROFILE = {"act": "save", "name": "Garden", "language": "en", "place_choice": "undisclosed"}


async def a_garden(fediverse: Fediverse, host: str = "garden.example") -> Node:
    node = await fediverse.add(host, roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden", place="undisclosed")
    return node


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, list[str]] = {}
        self.area: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("name", "_")[0] != "_":
            ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if ticked and given.get("type") != "file":
                self.fields.setdefault(given["name"], []).append(given.get("value", ""))
        elif tag == "textarea":
            self.area = given["name"]
            self.fields[self.area] = [""]
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and self.select and "selected" in given:
            self.fields[self.select] = [given["value"]]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            assert self.area is not None
            # As browsers do: the first line break after the tag is no part of the text.
            self.fields[self.area] = [self.fields[self.area][0].removeprefix("\n")]
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.fields[self.area][0] += data


def fields_on(page: httpx2.Response) -> dict[str, list[str]]:
    """What the page's forms would send, but for files and buttons."""
    reader = _Reader()
    reader.feed(page.text)
    reader.close()
    return reader.fields


def errors_on(page: httpx2.Response) -> dict[str, str]:
    """The sentence beside each field."""
    found = re.findall(r'<p class="error" id="([a-z0-9_]+)-error">(.*?)</p>', page.text, re.DOTALL)
    return {name: unescape(sentence) for name, sentence in found}


def sendable(page: httpx2.Response, **typed: str | list[str]) -> Mapping[str, str | list[str]]:
    """The page's form as it stands, with what is typed over it."""
    return {**fields_on(page), **typed}

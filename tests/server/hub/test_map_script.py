"""What the map costs a browser, and what it may not do there."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from functools import partial
from html import unescape
from pathlib import Path

import httpx2
import pytest

from server.paths import static_dir
from server.taxonomy.languages import INTERFACE_LANGUAGES
from tests.fediverse import Fediverse, Node
from tests.server.hub.crowd import fill, labels

pytestmark = pytest.mark.anyio

LIMIT = 90 * 1024
PAGE_LIMIT = 14_336
VENDOR = static_dir() / "vendor"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Node]:
    async with Fediverse(tmp_path) as fediverse:
        hub = await fediverse.add("hub.example", roles=["hub"])
        put = partial(fill, now=fediverse.clock.now(), initiatives=2000, asked=3000, where=labels(899))
        await hub.services.database.write(put)
        yield hub


def needs(page: str) -> list[str]:
    """Every address the script on the first page leads to, its own first."""
    config = json.loads(unescape(re.findall(r"data-map='([^']*)'", page)[0]))
    scripts = re.findall(r'<script type="module" src="([^"]+)"', page)
    return [*scripts, *config["scripts"], *config["styles"], config["outline"], config["points"]]


async def test_the_first_view_of_two_thousand_initiatives_weighs_little(hub: Node) -> None:
    page = await hub.get("/", **{"accept-language": "uk"})
    weights = {}
    for address in needs(page.text):
        answer = await hub.get(address, **{"accept-encoding": "gzip"})
        assert answer.status_code == 200, address
        assert answer.headers["content-encoding"] == "gzip", address
        weights[address] = int(answer.headers["content-length"])
    assert len(weights) == 7
    places = (await hub.get(needs(page.text)[-1])).json()["places"]
    assert len(places) > 850
    assert sum(weights.values()) <= LIMIT, weights


async def test_the_page_itself_keeps_its_weight_when_it_is_full(hub: Node) -> None:
    for language in INTERFACE_LANGUAGES:
        page = await hub.get("/", **{"accept-language": language, "accept-encoding": "gzip"})
        css = await hub.get(
            re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)[0], **{"accept-encoding": "gzip"}
        )
        on_the_wire = sum(
            int(answer.headers["content-length"])
            + len(b"".join(n + v + b": \r\n" for n, v in answer.headers.raw))
            for answer in (page, css)
        )
        assert on_the_wire <= PAGE_LIMIT, language


async def test_all_but_the_points_is_asked_for_once_a_year(hub: Node) -> None:
    for address in needs((await hub.get("/")).text)[:-1]:
        answer: httpx2.Response = await hub.get(address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", address
        assert "content-security-policy" in answer.headers


def test_the_work_of_others_is_as_they_published_it() -> None:
    table = (VENDOR / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"\| `([^`]+)` \|[^|]*\|[^|]*\| `([0-9a-f]{64})` \|", table))
    there = {
        file.relative_to(VENDOR).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.rglob("*")
        if file.is_file() and file.name not in ("README.md", "LICENSE")
    }
    assert told == there
    assert {path.parent for path in VENDOR.rglob("*.js")} == {path.parent for path in VENDOR.rglob("LICENSE")}


def test_the_script_makes_no_markup_from_text_and_says_nothing_of_its_own() -> None:
    """Words of initiatives are text and stay text; words of ours come translated with the page."""
    code = re.sub(r"//[^\n]*", "", (static_dir() / "js" / "map.js").read_text(encoding="utf-8"))
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "style=",
        "http",
    ):
        assert forbidden not in code
    sentences = [text for text in re.findall(r"[\"`]([^\"`\n]*)[\"`]", code) if re.match("[A-Z][a-z]", text)]
    assert set(sentences) == {"Enter", "Escape"}

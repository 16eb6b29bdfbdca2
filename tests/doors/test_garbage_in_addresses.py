"""Paths and queries that no page of ours links to: a page, a 400 or a 404, and never a file or a 5xx."""

import itertools
import re
from urllib.parse import quote

import pytest

from tests.doors.conftest import Served
from tests.doors.stranger import ask

# But for ours, which is a file of ours and nothing else.
A_SCRIPT = re.compile(rb'<script(?! type="module" src="/static/js/[\w.]+"></script>)')
PAGES = (
    "/",
    "/initiatives",
    "/calls.json",
    "/directory.json",
    "/map.geojson",
    "/feed.atom",
    "/follow",
    "/@garden",
    "/actors/hub/outbox",
    "/actors/hub/following",
    "/actors/garden/outbox",
    "/.well-known/webfinger",
)
NAMES = (
    "page",
    "after",
    "theme",
    "kind",
    "size",
    "language",
    "lang",
    "place",
    "initiative",
    "max_id",
    "resource",
)
GARBAGE = (
    "",
    "%",
    "%00",
    "%ff%fe",
    "%C3%28",
    "%0d%0aX-Y:z",
    "-1",
    "9" * 40,
    "1e999",
    "NaN",
    quote("' OR 1=1--"),
    quote("<script>alert(1)</script>"),
    "..%2f..",
    quote("١-aaaaaaaaaaaaaaaa"),
    "999999999999999-aaaaaaaaaaaaaaaa",
    "0-aaaaaaaaaaaaaaaa",
    "a" * 8000,
    quote("Berlin, DE"),
    "x-private",
)


@pytest.mark.parametrize("page", PAGES)
def test_no_query_breaks_a_page(served: Served, page: str) -> None:
    for name, garbage in itertools.product(NAMES, GARBAGE):
        for query in (f"{name}={garbage}", f"page=true&{name}={garbage}&{name}={garbage}"):
            answer = ask("GET", f"{served.origin}{page}?{query}")
            assert answer.status in (200, 400, 404), query
            assert not A_SCRIPT.search(answer.body) or "json" in answer.headers["content-type"], query
            assert "x-y" not in answer.headers, query


def test_programs_are_told_of_a_filter_that_is_none(served: Served) -> None:
    """People get the list without it; to a program an ignored filter would be a wrong answer."""
    for page in ("/calls.json", "/directory.json"):
        for query, word in {
            "theme=x": b"prisoners",
            "kind=x": b"translate",
            "size=x": b"minutes",
            "language=eng lish": b"uk",
            "after=x": b"next",
        }.items():
            answer = ask("GET", f"{served.origin}{page}?{query.replace(' ', '%20')}")
            assert answer.status == 400
            assert word in answer.body
    assert ask("GET", f"{served.origin}/?theme=x&kind=x&size=x&after=x").status == 200


NOWHERE = [
    "/media/../../antipole.sqlite3",
    "/media/%2e%2e/antipole.toml",
    "/media/..%2f..%2fantipole.toml",
    "/media/%252e%252e%252fantipole.toml",
    "/media/..\\..\\antipole.toml",
    "/media/%00",
    "/media/" + "0" * 32 + ".png%00",
    "/media//etc/passwd",
    "/media/",
    "/static/../settings.py",
    "/static/..%2fsettings.py",
    "/static/css/../tokens.css",
    "/static/css/tokens.css",
    "/static//etc/passwd",
    "/static/%ff",
    "/static/",
    "/control.sock",
    "/stats",
    "/calls",
    "/actors/%00",
    "/actors/%ff",
    "/actors/" + "a" * 5000,
    "/actors/garden%00",
    "/actors/%D0%B3arden",
    "/calls/%00",
    "/calls/%ff",
    "/@%00",
    "/@garden%00",
    "/activities/%ff",
    "/initiatives/%00",
    "/directory/calls/%ff",
    "/%",
    "/%zz",
    "/%u1234",
    "//evil.example/",
]


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("accept", ["text/html", "application/activity+json"])
def test_nothing_is_where_nothing_should_be(served: Served, path: str, accept: str) -> None:
    """WEB-05."""
    answer = ask("GET", served.origin + path, {"accept": accept})
    assert answer.status == 404
    assert b"SQLite" not in answer.body
    assert b"origin =" not in answer.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_doors_for_reading_do_nothing_else(served: Served, method: str) -> None:
    before = served.rows()
    for page in PAGES:
        answer = ask(method, served.origin + page, {"x-http-method-override": "GET"})
        assert answer.status == 405, page
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert served.rows() == before


@pytest.mark.parametrize("page", PAGES)
def test_head_is_get_without_a_body(served: Served, page: str) -> None:
    answer, whole = (ask(method, served.origin + page) for method in ("HEAD", "GET"))
    assert (answer.status, answer.body) == (whole.status, b"")
    assert answer.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize("name", ["accept", "accept-language", "if-none-match", "range", "cookie", "referer"])
def test_no_header_breaks_a_page(served: Served, name: str) -> None:
    for value in (
        "",
        "\xff",
        "x" * 9000,
        ";q=nan,*;q=-1",
        ",".join("ab" * 3000),
        "bytes=" + "0-," * 5000 + "0-",
    ):
        for page in (*PAGES[:8], "/static/icons/hub.png"):
            answer = ask("GET", served.origin + page, {name: value})
            assert answer.status in (200, 206, 302, 303, 400, 416), (page, value[:20])

"""Every page of an instance by its links, asked for with plain sockets: what exactly is on the wire, byte for byte."""

import gzip
import http.client
import io
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

MOST = 2_000
"""Pages; an instance of the tests that has more has an endless chain of links."""

AN_ID = re.compile(r"(?=.*\d)[\w-]{6,}|[a-z2-7]{16,}")
A_HANDLE = re.compile(r"@[^/]+")
OWN_PAGE = re.compile(r"(/hub/pages)/.+")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`wire` is how many bytes the whole answer took, its headers included."""

    address: str
    status: int
    headers: dict[str, str]
    body: bytes
    wire: int

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


@dataclass(frozen=True, slots=True)
class Html:
    """What a page says of itself."""

    language: str
    title: str
    headings: int
    links: tuple[str, ...]
    parts: tuple[str, ...]
    stylesheets: tuple[str, ...]
    shape: frozenset[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Walk:
    """All that was found, in the order in which a reader meets it; `within`: the paths whose pages are asked."""

    origin: str
    within: str = "/"
    answers: list[Answer] = field(default_factory=list)
    linked_from: dict[str, str] = field(default_factory=dict)
    html: dict[str, Html] = field(default_factory=dict)

    @property
    def pages(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.is_page]

    def kinds(self, found: dict[Any, Answer] | None = None) -> list[Answer]:
        """One page of each kind: the first of those with like addresses and, where no query chooses what is in a list,
        with the same elements. Those in `found` are left out, and it grows by the others."""
        found = {} if found is None else found
        before = len(found)
        for page in self.pages:
            path, names = _split(page.address)
            if not _chosen_language(page.address):
                shape = None if names else self.html[page.address].shape
                found.setdefault((pattern(path), names, shape), page)
        return list(found.values())[before:]


def walk(origin: str, extra: Iterable[str] = (), cookies: str = "", within: str = "/") -> Walk:
    """Follows every link of the same origin from the first page on; `extra` are paths that no link leads to.

    `cookies` are sent along; with `within` only links to paths that begin so are followed, from the page there on.

    `?lang=` is followed on the first page of each path only: every page has it, and every link hands it on.
    """
    found = Walk(origin, within)
    waiting = [f"{origin}{within}", *(urljoin(origin, path) for path in extra)]
    found.linked_from.update((address, "nowhere") for address in waiting)
    in_languages: set[str] = set()
    while waiting:
        assert len(found.answers) < MOST, f"more than {MOST} addresses, the last {waiting[0]}"
        address = waiting.pop(0)
        answer = fetch(address, cookies)
        found.answers.append(answer)
        links: Sequence[str] = ()
        if answer.is_page:
            html = found.html[address] = read(answer.body)
            if _chosen_language(address):
                continue
            path = pattern(_split(address)[0])
            again = path in in_languages
            in_languages.add(path)
            links = [
                link
                for link in (*html.links, *html.parts, *html.stylesheets)
                if not (again and _chosen_language(link))
            ]
        elif "location" in answer.headers:
            links = [answer.headers["location"]]
        for link in links:
            there = urljoin(address, link).partition("#")[0]
            if there.startswith(f"{origin}{within}") and there not in found.linked_from:
                found.linked_from[there] = address
                waiting.append(there)
    return found


def fetch(address: str, cookies: str = "", language: str = "en") -> Answer:
    """A GET as a browser sends it; redirects are not followed, gzip is taken off the body."""
    parts = urlsplit(address)
    target = quote(parts.path, safe="/%@:+,;=!$&'()*~") or "/"
    target += f"?{parts.query}" if parts.query else ""
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding: gzip",
        f"Accept-Language: {language}",
        "Connection: close",
        *([f"Cookie: {cookies}"] if cookies else []),
    ]
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        raw = b"".join(iter(lambda: connection.recv(65536), b""))
    # http.client reads any object that makes a file of itself.
    response = http.client.HTTPResponse(cast(socket.socket, _Recorded(raw)))
    with response:
        response.begin()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(address, response.status, headers, body, len(raw))


def pattern(path: str) -> str:
    """The path with its ids left out: `/calls/8f2e…` and `/calls/03ab…` are pages of one sort.

    On the desks the initiative is left out as well, and which of the hub's own pages is written in which language.
    """
    if path.startswith("/desk/"):
        path = OWN_PAGE.sub(r"\1/…", A_HANDLE.sub("@…", path))
    return "/".join("…" if AN_ID.fullmatch(part) else part for part in path.split("/"))


def with_language(address: str, language: str) -> str:
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "lang"]
    return parts._replace(query=urlencode([*query, ("lang", language)])).geturl()


def read(body: bytes) -> Html:
    reader = _Reader()
    reader.feed(body.decode())
    reader.close()
    return Html(
        language=reader.language,
        title=" ".join("".join(reader.title).split()),
        headings=reader.headings,
        links=tuple(reader.links),
        parts=tuple(reader.parts),
        stylesheets=tuple(reader.stylesheets),
        shape=frozenset(reader.shape),
    )


class _Recorded:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self.raw)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.title: list[str] = []
        self.headings = 0
        self.links: list[str] = []
        self.parts: list[str] = []
        self.stylesheets: list[str] = []
        self.shape: set[tuple[str, str, str]] = set()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.shape.add((tag, said.get("class", ""), said.get("lang", "") if "main" in self._open else ""))
        if tag == "html":
            self.language = said.get("lang", "")
        elif tag == "h1":
            self.headings += 1
        elif tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "form" and said.get("method", "get").lower() == "get" and "action" in said:
            self.links.append(said["action"])
        elif tag == "link" and said.get("rel") == "stylesheet":
            self.stylesheets.append(said["href"])
        elif tag == "link" and "href" in said:
            self.parts.append(said["href"])
        elif tag in ("img", "script") and "src" in said:
            self.parts.append(said["src"])
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open[-2:] == ["head", "title"]:
            self.title.append(data)


def _split(address: str) -> tuple[str, frozenset[str]]:
    """The path, and the names that the query gives values to, without the language."""
    parts = urlsplit(address)
    return parts.path, frozenset(name for name, _ in parse_qsl(parts.query)) - {"lang"}


def _chosen_language(address: str) -> bool:
    return any(name == "lang" for name, _ in parse_qsl(urlsplit(address).query))

"""Whether a page points back at an account with rel="me", as Mastodon looks before it ticks a link green.

The page is a stranger's, so its tags are read here in one pass: Python's HTMLParser begins anew at each "<" and takes
ten minutes for 256 KB of them (RES-15).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Final
from urllib.parse import urlsplit

MAX_LINKS: Final = 2_000
"""Links looked at on one page."""

MAX_ADDRESS: Final = 2_048
_NAME: Final = re.compile(r"[A-Za-z][^\s/>]*")
_GAP: Final = re.compile(r"[\s/]*")
_SPACE: Final = re.compile(r"\s*")
_ATTRIBUTE: Final = re.compile(r"[^\s/>][^\s/>=]*")
_BARE: Final = re.compile(r"[^\s>]*")
_TEXT_ONLY: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "template", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
"""What stands in these is text, or not shown."""


def points_back(page: bytes, addresses: Iterable[str]) -> bool:
    """Whether the HTML `page` links to one of `addresses` with rel="me". Reads any bytes without an error.

    What stands in comments, scripts or templates is no link. A relative link is none either: an account of another
    host cannot be meant by it.
    """
    wanted = {address for each in addresses if (address := _plain(each))}
    return any(_plain(href) in wanted for href in _links(page.decode("utf-8", errors="replace")))


def _links(page: str) -> Iterator[str]:
    """Addresses of the links with rel="me"."""
    seen = 0
    for name, attributes in _tags(page):
        if name not in ("a", "link"):
            continue
        seen += 1
        if seen > MAX_LINKS:
            return
        href = attributes.get("href", "")
        if href and len(href) <= MAX_ADDRESS and "me" in attributes.get("rel", "").lower().split():
            yield unescape(href)


def _tags(page: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Opening tags with their attributes, references in them unread. Each character is looked at a few times at most:
    what is not closed goes on to the end of the page, as it does in browsers, and then there is nothing more."""
    at = page.find("<")
    while at >= 0:
        start = _NAME.match(page, at + 1)
        if start is not None:
            name = start[0].lower()
            attributes, end = _attributes(page, start.end())
            if end < 0:
                return
            yield name, attributes
            if name in _TEXT_ONLY:
                closing = _TEXT_ONLY[name].search(page, end)
                end = closing.start() if closing is not None else len(page)
        elif page.startswith("<!--", at):
            # "<!-->" is a whole comment.
            end = page.find("-->", at + 2)
        elif page.startswith(("<!", "<?", "</"), at):
            end = page.find(">", at)
        else:
            end = at + 1
        at = page.find("<", end) if end >= 0 else -1


def _attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    """Of an attribute given twice browsers believe the first. The end is -1 for a tag that is not closed."""
    found: dict[str, str] = {}
    while True:
        at = _end(_GAP, page, at)
        if at >= len(page):
            return found, -1
        if page[at] == ">":
            return found, at + 1
        end = _end(_ATTRIBUTE, page, at)
        name, value = page[at:end].lower(), ""
        at = _end(_SPACE, page, end)
        if page.startswith("=", at):
            at = _end(_SPACE, page, at + 1)
            quote = page[at : at + 1]
            if quote in ('"', "'"):
                end = page.find(quote, at + 1)
                if end < 0:
                    return found, -1
                value, at = page[at + 1 : end], end + 1
            else:
                end = _end(_BARE, page, at)
                value, at = page[at:end], end
        found.setdefault(name, value)


def _end(pattern: re.Pattern[str], page: str, at: int) -> int:
    match = pattern.match(page, at)
    return match.end() if match is not None else at


def _plain(address: str) -> str:
    """The address as it is compared: host in lower case, without fragment and closing slash; "" for no web address."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("https", "http") or not parts.netloc:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"

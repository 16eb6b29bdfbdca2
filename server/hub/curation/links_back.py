"""Whether a page points back at an account with rel="me", as Mastodon looks before it ticks a link green."""

from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import urlsplit

MAX_LINKS = 2_000
"""Links looked at on one page."""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("a", "link") or self.seen >= MAX_LINKS:
            return
        self.seen += 1
        named: dict[str, str | None] = {}
        for name, value in attrs:
            # Of an attribute given twice browsers believe the first.
            named.setdefault(name, value)
        href = named.get("href")
        if href and "me" in (named.get("rel") or "").lower().split():
            self.found.append(href)


def points_back(page: bytes, addresses: Iterable[str]) -> bool:
    """Whether the HTML `page` links to one of `addresses` with rel="me". Reads any bytes without an error.

    What stands in comments, scripts or templates is no link. A relative link is none either: an account of another
    host cannot be meant by it.
    """
    links = _Links()
    links.feed(page.decode("utf-8", errors="replace"))
    links.close()
    wanted = {address for each in addresses if (address := _plain(each))}
    return any(_plain(href) in wanted for href in links.found)


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

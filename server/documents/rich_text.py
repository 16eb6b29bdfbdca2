"""Markdown or other people's HTML in, safe HTML out (PROTOCOL 2.4: one allow-list both ways)."""

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import nh3

from server.documents.markdown import render
from server.taxonomy.languages import is_language_tag

MAX_DEPTH: Final = 16
MAX_TAGS: Final = 4_000
"""The parser needs quadratic time for nested lists: 60 000 open tags in 240 KB take it five seconds."""

MAX_ENTITIES: Final = 20_000
"""Each ampersand costs the parser a look at all that follows. A text of nothing but Cyrillic entities has fewer."""

TAGS: Final = frozenset(
    [
        "p",
        "br",
        "span",
        "a",
        "strong",
        "em",
        "b",
        "i",
        "u",
        "del",
        "pre",
        "code",
        "ul",
        "ol",
        "li",
        "blockquote",
    ]
)
_ATTRIBUTES: Final = {
    "a": {"href", "class", "lang"},
    "span": {"class", "lang"},
    "p": {"lang"},
    "blockquote": {"lang"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_CLASSES: Final = {
    "a": {"mention", "hashtag", "u-url"},
    "span": {"invisible", "ellipsis", "mention", "hashtag"},
}
FOREIGN_REL: Final = "nofollow noopener noreferrer ugc"
_EXECUTABLES: Final = (".apk", ".bat", ".cmd", ".dmg", ".exe", ".jar", ".msi", ".ps1", ".scr", ".zip")
_LOOKS_LIKE_ADDRESS: Final = re.compile(r"://|\w\.\w{2,}")
# U+202A..U+202E reorder what follows them ("moc.live" reads "evil.com"); HTML has no need of them.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]")


def is_web_link(url: str) -> bool:
    """Whether `url` is an absolute http(s) address that every parser reads alike (`https:evil` is not)."""
    if len(url) > 2048 or not url.isprintable() or any(c in url for c in ' "<>\\^`{|}'):
        return False
    if not url.startswith(("https://", "http://")):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc


def _kept_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        if not is_web_link(value):
            return None
        # A program offered in a foreign text may be a look-alike of ours; it stays readable but is no link.
        return None if urlsplit(value).path.lower().endswith(_EXECUTABLES) else value
    if name == "lang":
        return value if is_language_tag(value) else None
    if name in ("start", "value"):
        return value if re.fullmatch(r"-?[0-9]{1,6}", value) else None
    return "" if name == "reversed" else value


class _Rebuilder(HTMLParser):
    """Writes the sanitiser's balanced output again: bounded depth, no bare <a>, no misleading link text.

    `name_hosts`: behind every link stands the host it leads to, unless its text names it.
    """

    def __init__(self, *, name_hosts: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.name_hosts = name_hosts
        self.out: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.link_host = ""
        self.link_text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.out.append("<br>")
            return
        href = dict(attrs).get("href")
        kept = len(self.open) < MAX_DEPTH and (tag != "a" or href is not None)
        self.open.append((tag, kept))
        if not kept:
            return
        if tag == "a":
            self.link_host, self.link_text = _shown_host(href or ""), []
        written = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs)
        self.out.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open:
            return
        _, kept = self.open.pop()
        if not kept:
            return
        if tag == "a":
            text = "".join(self.link_text).lower()
            # Text `good.org` on a link to `evil.example`: say where it leads (CON-13).
            if (self.name_hosts or _LOOKS_LIKE_ADDRESS.search(text)) and not _names(text, self.link_host):
                self.out.append(f" ({escape(self.link_host)})")
            self.link_host = ""
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        text = _UNSEEN.sub("", data)
        if self.link_host:
            self.link_text.append(text)
        self.out.append(escape(text, quote=False))


def _shown_host(url: str) -> str:
    """In the letters that the network uses: `аррӏе.com` in Cyrillic is not `apple.com` (CON-09)."""
    host = urlsplit(url).hostname or ""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ascii(host)


def _names(text: str, host: str) -> bool:
    """Whether exactly this host stands in the text: `evil.example` is not named by `evil.example.good.org`."""
    return re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", text) is not None


def _once(html: str, name_hosts: bool) -> str:
    balanced = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) - {"class"} for tag, names in _ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in _CLASSES.items()},
        attribute_filter=_kept_attribute,
        link_rel=FOREIGN_REL,
        url_schemes={"http", "https"},
        url_relative="deny",
    )
    rebuilder = _Rebuilder(name_hosts=name_hosts)
    rebuilder.feed(balanced)
    rebuilder.close()
    return "".join(rebuilder.out)


def clean(html: str, *, name_hosts: bool = False) -> str:
    """HTML with the allow-list of PROTOCOL 2.4 only, at most 16 levels deep; `clean(clean(x)) == clean(x)`.

    What the parser would read differently a second time (the root of mutation XSS) is shown as text. `name_hosts`:
    every link says where it leads (CON-13), for words that nobody here has written.
    """
    if html.count("<") > MAX_TAGS or html.count("&") > MAX_ENTITIES:
        return f"<p>{escape(_bare_text(html), quote=False)}</p>"
    for _ in range(4):
        cleaned = _once(html, name_hosts)
        if cleaned == html:
            return cleaned
        html = cleaned
    return f"<p>{escape(_bare_text(html), quote=False)}</p>"


def _bare_text(html: str) -> str:
    return _UNSEEN.sub("", re.sub(r"[<>]", "", re.sub(r"<[^<>]*>", " ", html)))


class _Reader(HTMLParser):
    """The text of cleaned HTML: blocks on lines of their own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.verbatim += tag == "pre"
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        self.verbatim -= tag == "pre"
        if tag != "li":
            self._separate(tag)

    def _separate(self, tag: str) -> None:
        if tag in ("br", "li"):
            self.out.append("\n")
        elif tag in ("p", "pre", "blockquote", "ul", "ol"):
            self.out.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.out.append(data if self.verbatim else re.sub(r"[ \t\r\n]+", " ", data))


def plain_text(html: str) -> str:
    """The words of a piece of HTML, paragraphs separated by one empty line."""
    reader = _Reader()
    reader.feed(clean(html))
    reader.close()
    # Only from where spaces begin: from each of them it would take quadratic time (RES-15).
    joined = re.sub(r"(?<! ) *\n *", "\n", "".join(reader.out))
    return re.sub(r"\n{3,}", "\n\n", joined).strip()


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)


def link_addresses(html: str) -> list[str]:
    """Where the links of a piece of HTML lead that `clean` lets stand."""
    reader = _Addresses()
    reader.feed(clean(html))
    reader.close()
    return reader.found


def paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def link(url: str, *, rel: str) -> str:
    """A link whose text is its whole address, so that Mastodon ticks it and nobody is misled.

    The scheme sits in the one span that Mastodon hides and still accepts for the green tick (PROTOCOL 5.4).
    """
    scheme, separator, rest = url.partition("://")
    return (
        f'<a href="{escape(url)}" rel="{rel}"><span class="invisible">{escape(scheme + separator)}</span>'
        f"{escape(rest, quote=False)}</a>"
    )


@lru_cache(maxsize=256)
def markdown_to_html(text: str) -> str:
    """What an initiative wrote (see `markdown`), cleaned. Kept in memory: ten thousand brackets take a tenth of a
    second, and whoever asks for a page or a feed would have us render them again (RES-15)."""
    return clean(render(text)).strip()


def xml_text(text: str) -> str:
    """Text for a feed: one character outside XML 1.0 (2.2), even escaped, and a reader refuses the whole feed."""
    return _NOT_XML.sub("", text)

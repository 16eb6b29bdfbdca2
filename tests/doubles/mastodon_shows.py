"""What a reader on Mastodon sees of a document: its own rules for texts, re-implemented (PROTOCOL 5.1, FEATURES 3).

Shares no code with the application, which has its own idea of the same for the preview at the desk.

- `Note` and `Question` are shown as they are: `content`, behind `summary` as a warning; `name` is not looked at.
- `Image`, `Audio`, `Video`, `Article`, `Page` and `Event` are converted: `name` as a heading, `summary`, a link; their
  `content` is not looked at, and no edit of them is taken.
- Anything else is dropped.
"""

from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, Final

NATIVE: Final = frozenset({"Note", "Question"})
CONVERTED: Final = frozenset({"Image", "Audio", "Video", "Article", "Page", "Event"})
BLOCKS: Final = frozenset(["p", "br", "ul", "ol", "li", "blockquote", "pre"])
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is what stands on the screen, a line for each block; `links` lead out; `warning` folds the text away."""

    text: str
    links: tuple[str, ...]
    warning: str
    language: str
    hashtags: tuple[str, ...]
    public: bool


def shown(document: dict[str, Any]) -> Shown | None:
    """None for what Mastodon drops; a list of types, which it would take, is left out: nobody here sends one."""
    kind = document.get("type")
    if not isinstance(kind, str):
        return None
    if kind in NATIVE:
        html, warning = _in_language(document, "content"), document.get("summary") or ""
    elif kind in CONVERTED:
        address = document.get("url") or document["id"]
        heading = f"<h2>{document['name']}</h2>" if document.get("name") else ""
        html = f'{heading}{_in_language(document, "summary")}<p><a href="{address}">{address}</a></p>'
        warning = ""
    else:
        return None
    screen = _Screen()
    screen.feed(html)
    screen.close()
    return Shown(
        text="\n".join(line for line in (part.strip() for part in "".join(screen.text).split("\n")) if line),
        links=tuple(screen.links),
        warning=warning,
        language=next(iter(document.get("contentMap") or document.get("summaryMap") or {}), ""),
        hashtags=tuple(tag["name"] for tag in document.get("tag", []) if tag.get("type") == "Hashtag"),
        public=bool(PUBLIC & set(document.get("to", []))),
    )


def takes_edit(held: dict[str, Any], edited: dict[str, Any]) -> bool:
    """Whether an Update changes what readers see: of a native type only, and only a later one."""
    if edited.get("type") not in NATIVE:
        return False
    before, after = (held.get("updated") or held["published"], edited.get("updated"))
    return after is not None and datetime.fromisoformat(after) > datetime.fromisoformat(before)


def _in_language(document: dict[str, Any], key: str) -> str:
    said = document.get(key) or next(iter((document.get(f"{key}Map") or {}).values()), "")
    return str(said)


class _Screen(HTMLParser):
    """Keeps the elements that Mastodon keeps; a heading becomes a bold paragraph; what is `invisible` is not seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.links: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "style") or "invisible" in (given.get("class") or "").split() or self._silent:
            if tag not in ("br", "img"):
                self._silent.append(tag)
            return
        if tag in BLOCKS or tag in HEADINGS:
            self.text.append("\n")
        href = given.get("href") or ""
        if tag == "a" and href.startswith(("https://", "http://")):
            self.links.append(href)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if self._silent[-1] == tag:
                self._silent.pop()
            return
        if tag in BLOCKS or tag in HEADINGS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(" ".join(data.replace("\n", " ").split(" ")))

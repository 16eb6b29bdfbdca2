"""A reply to a call, and what of it is shown. Nobody but editors reads any of it before one of them says so."""

import hashlib
import unicodedata
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from typing import Final, Literal
from urllib.parse import urlsplit

from federation.actors import RemoteActor
from federation.objects import UNKNOWN_LANGUAGE, RemoteObject
from federation.origins import authority_of
from server.documents.rich_text import clean, is_web_link, paragraph, plain_text
from server.taxonomy.languages import parse_language

ReplyState = Literal["waiting", "shown"]
ReactionKind = Literal["like", "boost", "join"]

MAX_SHOWN: Final = 5_000
"""Characters of one reply as they are read."""
MAX_READ: Final = 30_000
"""Characters of its HTML that are looked at: cleaning takes time, and a transaction waits for it."""
MAX_WEIGHT: Final = 6_000
"""Of one reply in bytes on the wire: it fits on a public page, whatever it is made of."""
MAX_NAME: Final = 100

MAX_WAITING: Final = 200
MAX_WAITING_OF_ORIGIN: Final = 100
"""Of one call: one server, however large, leaves half of the room to all others."""
MAX_OF_AUTHOR: Final = 20
OF_AUTHOR_WITHIN: Final = timedelta(days=1)

WAITING_KEPT: Final = timedelta(days=30)
HIDDEN_KEPT: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote it, as their own server says. `handle` is "" while only their key is remembered here."""

    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class Reply:
    """`content` is HTML that was cleaned on receipt; `url` its page at home, of the reply's own origin."""

    id: str
    call_uri: str
    actor_id: str
    handle: str
    name: str
    url: str | None
    language: str
    content: str
    published: datetime
    updated: datetime
    state: ReplyState

    @property
    def by(self) -> str:
        """How the author is named in public: the handle, never the name, which anybody may choose to be ours."""
        return self.handle or f"@{authority_of(self.actor_id)}"

    @property
    def version(self) -> str:
        """What an editor has read: other words have another one."""
        return hashlib.sha256(f"{self.language}\n{self.content}".encode()).hexdigest()[:16]

    @property
    def html(self) -> str:
        """Cleaned again: what stands in the database came from a stranger, whatever was done to it before."""
        return _cleaned(self.content)

    @property
    def link(self) -> str | None:
        """Where the original is read; only an address that every browser reads as we do."""
        address = self.url or self.id
        return address if is_web_link(address) else None


@dataclass(frozen=True, slots=True)
class Tally:
    """How a call fares, for its desk alone."""

    waiting: int
    shown: int
    likes: int
    boosts: int
    joins: int
    is_open: bool


@lru_cache(maxsize=256)
def _cleaned(content: str) -> str:
    """Kept in memory: thousands of tags take a moment, and whoever asks for a page would take it again (RES-15)."""
    return clean(content, name_hosts=True)


def author_of(actor: RemoteActor) -> Author:
    """Of an actor as it was verified. Of people whose key was known nothing else is remembered."""
    if not actor.preferred_username:
        return Author(actor.id, "", "")
    return Author(actor.id, actor.handle, tidy_name(actor.name))


def tidy_name(name: str) -> str:
    """Without characters that cannot be seen, but for the joiners that some scripts need."""
    kept = (c for c in name if c in "\u200c\u200d" or not unicodedata.category(c).startswith("C"))
    return " ".join("".join(kept).split())[:MAX_NAME]


def digest_of(reply_id: str) -> str:
    """All that is left of a hidden reply."""
    return hashlib.sha256(reply_id.encode()).hexdigest()


def language_of(post: RemoteObject) -> str:
    try:
        return parse_language(post.language)
    except ValueError:
        return UNKNOWN_LANGUAGE


def moments(post: RemoteObject, now: datetime) -> tuple[datetime, datetime]:
    """(published, updated), neither in the future: nobody stands first by a date of next year."""
    published = min((post.published or now).astimezone(UTC), now)
    return published, max(published, min((post.updated or published).astimezone(UTC), now))


def readable(post: RemoteObject) -> str:
    """Everything a reader needs of it as clean HTML of at most `MAX_SHOWN` characters; "" when there is nothing."""
    parts = [f"<p><strong>{escape(post.name)}</strong></p>" if post.name else ""]
    if warning := plain_text(post.summary[:MAX_READ]):
        parts.append(f"<p><em>{escape(warning)}</em></p>")
    when = f"{post.starts:%Y-%m-%d %H:%M}" if post.starts is not None else ""
    if facts := " · ".join(filter(None, (when, post.place))):
        parts.append(paragraph(facts))
    parts.append(post.content[:MAX_READ])
    if post.options:
        parts.append(f"<ul>{''.join(f'<li>{escape(option)}</li>' for option in post.options)}</ul>")
    for attached in post.attachments:
        parts.append(_link(attached.url, attached.description or urlsplit(attached.url).netloc))
    parts += [_link(quoted, quoted, "RE: ") for quoted in post.quotes if quoted not in post.content]
    return _fitting(clean("".join(parts), name_hosts=True).strip())


def _link(url: str, words: str, before: str = "") -> str:
    return f'<p>{before}<a href="{escape(url)}">{escape(words)}</a></p>'


def _fitting(html: str) -> str:
    words = plain_text(html)
    if not words:
        return ""
    if len(words) <= MAX_SHOWN and weight(html) <= MAX_WEIGHT:
        return html
    length = min(len(words), MAX_SHOWN)
    while weight(cut := _beginning(words, length)) > MAX_WEIGHT:
        length = length * 3 // 4
    return cut


def _beginning(words: str, length: int) -> str:
    lines = escape(words[: length - 2].rstrip(), quote=False).replace("\n", "<br>")
    return clean(f"<p>{lines} …</p>")


def weight(html: str) -> int:
    """About what it takes on the wire, with the lines around it."""
    return len(zlib.compress(html.encode())) + 150

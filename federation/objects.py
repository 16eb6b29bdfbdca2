"""What people write elsewhere: one tolerant reader of the posts, pages, events and videos of other software.

Whether a document is authentic was decided before; here it is only understood. Everything in a `RemoteObject` is
still somebody else's: `content` and `summary` are uncleaned HTML, and whoever shows them cleans them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from federation.documents import (
    MAX_ATTACHMENTS,
    Json,
    JsonObject,
    audience,
    id_of,
    many,
    text_of,
    time_of,
    type_of,
)
from federation.errors import Malformed
from federation.origins import same_origin
from federation.vocabulary import AS_CONTEXT, PUBLIC

OBJECT_TYPES: Final = frozenset(
    {"Note", "Article", "Event", "Question", "Page", "Video", "Image", "Audio", "Document"}
)
MAX_TEXT: Final = 100_000
MAX_SUMMARY: Final = 20_000
MAX_NAME: Final = 500
MAX_OPTIONS: Final = 64
MAX_QUOTES: Final = 8
MAX_REPLIED: Final = 16
UNKNOWN_LANGUAGE: Final = "und"

_PLAIN_TYPES: Final = ("text/plain", "text/markdown", "text/x.misskeymarkdown", "text/bbcode")
_QUOTE_MEMBERS: Final = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")
# What FEP-e232 asks for in `rel` of a Link that is a quote; any other Link only mentions an object.
_QUOTE_REL: Final = "https://misskey-hub.net/ns#_misskey_quote"
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, a sound, a file or a link; `url` may be of any origin."""

    url: str
    description: str


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """A post of any kind. `owner` is None when it does not say whose it is; `url` is a page of the origin of `id`.

    `name` is text on one line; `summary` and `content` are HTML as it came. `language` is shaped like a BCP 47 tag, or
    "und". `audience` has Public under its full address. `starts` and `place` are an Event's, `options` a Question's.
    """

    id: str
    type: str
    owner: str | None
    name: str
    summary: str
    content: str
    language: str
    url: str | None
    in_reply_to: tuple[str, ...]
    quotes: tuple[str, ...]
    audience: frozenset[str]
    published: datetime | None
    updated: datetime | None
    starts: datetime | None
    place: str
    options: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    sensitive: bool

    @property
    def is_public(self) -> bool:
        """Public or unlisted."""
        return PUBLIC in self.audience


def read_object(document: JsonObject) -> RemoteObject:
    """Reads an object of one of `OBJECT_TYPES`. Raises `Malformed` and nothing else: "no-id", "not-a-post",
    "many-owners" (PeerTube's videos belong to a person and a channel), "bad-owner", and "too-many-" lists.
    """
    object_id = id_of(document.get("id"))
    if object_id is None:
        raise Malformed("no-id")
    kind = kind_of(document)
    if kind not in OBJECT_TYPES:
        raise Malformed("not-a-post")
    return RemoteObject(
        id=object_id,
        type=kind,
        owner=_owner(document),
        name=_line(text_of(document, "name", MAX_NAME) or _first_of_map(document, "nameMap", MAX_NAME)),
        summary=text_of(document, "summary", MAX_SUMMARY)
        or _first_of_map(document, "summaryMap", MAX_SUMMARY),
        content=_content(document),
        language=_language(document),
        url=_page(document, object_id),
        in_reply_to=replied_to(document),
        quotes=_quotes(document),
        audience=frozenset(audience(document)),
        published=time_of(document, "published"),
        updated=time_of(document, "updated"),
        starts=time_of(document, "startTime"),
        place=_place(document),
        options=_options(document),
        attachments=_attachments(document),
        sensitive=document.get("sensitive") is True,
    )


def kind_of(document: JsonObject) -> str:
    """The type without the prefix that some JSON-LD libraries leave on it."""
    return type_of(document).removeprefix("as:").removeprefix(AS_CONTEXT + "#")


def replied_to(document: JsonObject) -> tuple[str, ...]:
    """Whatever it answers: `inReplyTo` as string, object, Link or a list of those. Raises `Malformed`."""
    return _distinct(map(id_of, many(document, "inReplyTo", limit=MAX_REPLIED)))


def _owner(document: JsonObject) -> str | None:
    """One owner or none; the same one twice is one."""
    found = {id_of(value) for value in many(document, "attributedTo")}
    if len(found) > 1:
        raise Malformed("many-owners")
    owner = next(iter(found), None)
    if found and owner is None:
        # NodeBB took `attributedTo: 1` for its own first user.
        raise Malformed("bad-owner")
    return owner


def _content(document: JsonObject) -> str:
    """`content`, or the first text of `contentMap`; failing both the source that it was made of."""
    text = text_of(document, "content", MAX_TEXT) or _first_of_map(document, "contentMap", MAX_TEXT)
    if text:
        # PeerTube's descriptions are Markdown and say so.
        return _as_html(text) if document.get("mediaType") in _PLAIN_TYPES else text
    source = document.get("source")
    # Pleroma's is a string, everybody else's an object.
    holder, key = (source, "content") if isinstance(source, dict) else (document, "source")
    return _as_html(text_of(holder, key, MAX_TEXT) or text_of(document, "_misskey_content", MAX_TEXT) or "")


def _as_html(text: str) -> str:
    """Plain text as HTML: it is not rendered, only made readable."""
    paragraphs = re.split(r"\n\s*\n", text.strip()) if text.strip() else []
    return "".join(f"<p>{escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _first_of_map(document: JsonObject, key: str, limit: int) -> str:
    texts = document.get(key)
    if not isinstance(texts, dict) or not texts:
        return ""
    return text_of(texts, next(iter(texts)), limit) or ""


def _language(document: JsonObject) -> str:
    """The key whose text is `content`, else the first one, as Mastodon reads it; Lemmy, PeerTube and Mobilizon have
    members of their own."""
    texts = document.get("contentMap")
    if isinstance(texts, dict) and texts:
        content = document.get("content")
        named: object = next((key for key, text in texts.items() if text == content), next(iter(texts)))
    elif isinstance(document.get("language"), dict):
        named = document["language"].get("identifier")
    else:
        named = document.get("inLanguage", document.get("language"))
    if isinstance(named, str) and len(named) <= 35 and _LANGUAGE.fullmatch(named):
        return named
    return UNKNOWN_LANGUAGE


def _page(document: JsonObject, object_id: str) -> str | None:
    """The address for people: a Link that says text/html before one that says nothing; never one of another origin,
    which would lead readers wherever a stranger likes under the name of an honest server (CVE-2024-52591).
    """
    values = many(document, "url")
    said = [value for value in values if isinstance(value, dict) and value.get("mediaType") == "text/html"]
    silent = [value for value in values if not isinstance(value, dict) or "mediaType" not in value]
    for url in map(id_of, [*said, *silent]):
        if url is not None and same_origin(url, object_id):
            return url
    return None


def _quotes(document: JsonObject) -> tuple[str, ...]:
    """FEP-044f, Fedibird, Pleroma and Misskey each have a member, FEP-e232 a Link among the tags."""
    named = [id_of(value) for key in _QUOTE_MEMBERS for value in many(document, key)]
    links = [id_of(tag) for tag in many(document, "tag") if isinstance(tag, dict) and _is_quote(tag)]
    return _distinct([*named, *links])[:MAX_QUOTES]


def _is_quote(tag: JsonObject) -> bool:
    return kind_of(tag) == "Link" and _QUOTE_REL in many(tag, "rel")


def _place(document: JsonObject) -> str:
    """The name of the first place. Gancio lists several, Mobilizon's has an address as well, which stays unread."""
    for value in many(document, "location"):
        name = text_of(value, "name", MAX_NAME) if isinstance(value, dict) else None
        if name:
            return _line(name)
    return ""


def _options(document: JsonObject) -> tuple[str, ...]:
    choices = many(document, "oneOf", limit=MAX_OPTIONS) or many(document, "anyOf", limit=MAX_OPTIONS)
    names = [text_of(choice, "name", MAX_NAME) for choice in choices if isinstance(choice, dict)]
    return tuple(_line(name) for name in names if name)


def _attachments(document: JsonObject) -> tuple[Attachment, ...]:
    found = []
    for value in many(document, "attachment", limit=MAX_ATTACHMENTS):
        if isinstance(value, dict) and (url := _address(value)) is not None:
            # Alternative text is in `name`; WordPress and Akkoma have it in `summary`.
            words = text_of(value, "name", MAX_NAME) or text_of(value, "summary", MAX_NAME)
            found.append(Attachment(url, _line(words)))
    return tuple(found)


def _address(value: JsonObject) -> str | None:
    """Of a file: `url` as string, Link or list of Links; a Link itself has `href`."""
    urls = [url for url in map(id_of, many(value, "url")) if url is not None]
    href: Json = value.get("href")
    return urls[0] if urls else id_of(href)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None))

"""Atom (RFC 4287) of calls: the same on an initiative's server and on a hub."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from server.clock import iso
from server.documents.call import Call, call_html
from server.documents.rich_text import xml_text
from server.web.negotiation import page_language
from server.web.render import Pages
from server.web.responses import with_validator

PAGE = 50
ATOM = "application/atom+xml"
_NEVER = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """`uri` is the call's own address, the same in every feed; `html` is escaped once more by the template."""

    uri: str
    title: str
    language: str
    html: str
    page: str
    author: str
    published: str
    updated: str


def feed_entry(call: Call, *, author: str, page: str) -> FeedEntry:
    """The call as other software shows it, in its own language; `page` is where it is read here."""
    return FeedEntry(
        uri=call.uri,
        title=xml_text(call.title),
        language=call.language,
        html=xml_text(call_html(call)),
        page=page,
        author=xml_text(author),
        published=iso(call.published),
        updated=iso(call.updated),
    )


def atom(
    request: Request,
    pages: Pages,
    *,
    title: str | None,
    address: str,
    page: str,
    entries: Sequence[FeedEntry],
) -> Response:
    """The feed at `address`; `page` shows the same to a person. Without a title it is the site's calls to action."""
    text = pages.text(
        "partials/feed.atom",
        page_language(request),
        request=request,
        title=None if title is None else xml_text(title),
        address=address,
        page=page,
        entries=entries,
        updated=max((entry.updated for entry in entries), default=_NEVER),
    )
    headers = {"cache-control": "public, no-cache", "vary": "Accept-Language"}
    return with_validator(request, Response(text.encode(), 200, headers, media_type=ATOM))

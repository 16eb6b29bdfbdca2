"""directory.json, calls.json and the Atom feed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.clock import iso
from server.documents.call import call_html
from server.documents.cards import Card
from server.documents.items import call_item, listing_item
from server.documents.rich_text import xml_text
from server.hub.calls import cards
from server.hub.calls import store as calls
from server.hub.calls.model import KeptCall
from server.hub.listings import store as listings
from server.hub.listings.model import Listing
from server.hub.listings.pages import profile_of
from server.hub.map.pages import query_of
from server.hub.reading import (
    NotUnderstood,
    calls_wanted,
    listings_wanted,
    position,
    position_text,
    require_understood,
)
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.places import ATTRIBUTION
from server.web.errors import TEXTS
from server.web.negotiation import page_language
from server.web.render import PageError, local_url
from server.web.responses import json_response, with_validator

PAGE = 50
ATOM = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """`uri` is the call's own address, the same in every hub's feed; `html` is escaped once more by the template."""

    uri: str
    title: str
    language: str
    html: str
    page: str
    author: str
    published: str
    updated: str


async def directory_json(request: Request) -> Response:
    """`{"items", "total", "next"}` of listed initiatives, last changed first; filters `theme`, `language`."""
    services = services_of(request)
    if (mistake := _mistake(request)) is not None:
        return mistake
    wanted, after = listings_wanted(request), position(request)
    found, total = await services.database.read(
        lambda tx: (listings.page(tx, wanted, after, PAGE + 1), listings.count(tx, wanted))
    )
    origin = services.here.settings.origin
    more = position_text(listings.position_of(found[PAGE - 1])) if len(found) > PAGE else None
    query = {"theme": wanted.theme, "language": wanted.language}
    return json_response(
        request,
        {
            "items": [_listed(listing, origin) for listing in found[:PAGE]],
            "total": total,
            "next": _next(origin, "/directory.json", query, more),
            "attribution": ATTRIBUTION,
        },
    )


async def calls_json(request: Request) -> Response:
    """`{"items", "total", "next"}` of open and closed calls, last changed first; filters `theme`, `kind`, `language`,
    `size`."""
    services = services_of(request)
    if (mistake := _mistake(request)) is not None:
        return mistake
    wanted, after = calls_wanted(request), position(request)
    found, total = await services.database.read(
        lambda tx: (calls.page(tx, wanted, after, PAGE + 1), calls.count(tx, wanted))
    )
    origin = services.here.settings.origin
    more = position_text(calls.position_of(found[PAGE - 1])) if len(found) > PAGE else None
    items = [
        {**call_item(cards.read_kept(kept)), "page": origin + cards.call_path(kept.call_id)}
        for kept in found[:PAGE]
    ]
    return json_response(
        request,
        {"items": items, "total": total, "next": _next(origin, "/calls.json", query_of(wanted), more)},
    )


async def feed_atom(request: Request) -> Response:
    """Atom (RFC 4287) of what changed last, ends included: who reads feeds instead of following learns of them here.

    Filters as calls.json, and `initiative` by its short id.
    """
    services, language = services_of(request), page_language(request)
    listing_id = request.query_params.get("initiative", "")
    wanted = calls_wanted(request)
    now = services.here.clock.now()
    origin = services.here.settings.origin

    def read(tx: Transaction) -> tuple[Listing | None, list[FeedEntry]]:
        listing = listings.by_listing_id(tx, listing_id) if listing_id else None
        if listing_id and (listing is None or not listing.is_listed):
            raise PageError(404, *TEXTS[404])
        narrowed = replace(wanted, actor_id=listing.actor_id) if listing else wanted
        kept = calls.page(tx, narrowed, None, PAGE)
        shown = zip(kept, cards.cards(tx, kept, language, now), strict=True)
        return listing, [_entry(call, card, origin) for call, card in shown]

    listing, entries = await services.database.read(read)
    query = {**query_of(wanted), "initiative": listing.listing_id if listing is not None else None}
    address = origin + local_url(None, "/feed.atom", query)
    text = services.pages.text(
        "hub/feed.atom",
        language,
        request=request,
        address=address,
        origin=origin,
        of=xml_text(listing.name) if listing is not None else None,
        entries=entries,
        updated=entries[0].updated if entries else "1970-01-01T00:00:00.000Z",
    )
    headers = {"cache-control": "public, no-cache", "vary": "Accept-Language"}
    return with_validator(request, Response(text.encode(), 200, headers, media_type=ATOM))


def _entry(kept: KeptCall, card: Card, origin: str) -> FeedEntry:
    call = cards.read_kept(kept)
    return FeedEntry(
        uri=call.uri,
        title=xml_text(call.title),
        language=call.language,
        html=xml_text(call_html(call)),
        page=origin + card.path,
        author=xml_text(card.initiative),
        published=iso(call.published),
        updated=iso(call.updated),
    )


def _listed(listing: Listing, origin: str) -> dict[str, Any]:
    item = listing_item(profile_of(listing), handle=listing.handle)
    return {**item, "page": origin + cards.listing_path(listing.listing_id)}


def _next(origin: str, path: str, query: Mapping[str, str | int | None], after: str | None) -> str | None:
    if after is None:
        return None
    return origin + local_url(None, path, {**query, "after": after})


def _mistake(request: Request) -> Response | None:
    try:
        require_understood(request)
    except NotUnderstood as error:
        return json_response(request, {"error": str(error)}, status=400)
    return None

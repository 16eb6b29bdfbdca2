"""directory.json, calls.json and the Atom feed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.documents.feeds import PAGE, FeedEntry, atom, feed_entry
from server.documents.items import call_item, listing_item
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
from server.web.render import local_url
from server.web.responses import json_response
from server.web.texts import TEXTS, PageError


async def directory_json(request: Request) -> Response:
    """`{"items", "total", "next"}` of listed initiatives, last changed first; filters `theme`, `language`."""
    services = services_of(request)
    if (mistake := _mistake(request)) is not None:
        return mistake
    wanted, after = listings_wanted(request), position(request)
    whole = listings.remembered_whole(services.remembered, wanted)
    found, (total, _) = await services.database.read(
        lambda tx: (listings.page(tx, wanted, after, PAGE + 1), whole.answer(tx))
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
    counted = calls.remembered_count(services.remembered, wanted)
    found, total = await services.database.read(
        lambda tx: (calls.page(tx, wanted, after, PAGE + 1, by_time=True), counted.answer(tx))
    )
    origin = services.here.settings.origin
    more = position_text(calls.position_of(found[PAGE - 1], by_time=True)) if len(found) > PAGE else None
    items = [
        {**call_item(cards.read_kept(kept)), "page": origin + cards.call_path(kept.call_id)}
        for kept in found[:PAGE]
    ]
    return json_response(
        request,
        {"items": items, "total": total, "next": _next(origin, "/calls.json", query_of(wanted), more)},
    )


async def feed_atom(request: Request) -> Response:
    """What changed last, ends included: who reads feeds instead of following learns of them here.

    Filters as calls.json, and `initiative` by its short id.
    """
    services = services_of(request)
    listing_id = request.query_params.get("initiative", "")
    wanted = calls_wanted(request)
    origin, site = services.here.settings.origin, services.here.settings.name

    def read(tx: Transaction) -> tuple[Listing | None, list[FeedEntry]]:
        listing = listings.by_listing_id(tx, listing_id) if listing_id else None
        if listing_id and (listing is None or not listing.is_listed):
            raise PageError(404, *TEXTS[404])
        narrowed = replace(wanted, actor_id=listing.actor_id) if listing else wanted
        kept = calls.page(tx, narrowed, None, PAGE, by_time=True)
        names = {actor_id: _name_of(tx, actor_id) for actor_id in {call.actor_id for call in kept}}
        return listing, [_entry(call, names[call.actor_id], origin) for call in kept]

    listing, entries = await services.database.read(read)
    query = {**query_of(wanted), "initiative": listing.listing_id if listing is not None else None}
    title = None if listing is None else f"{site}: {listing.name}"
    address = origin + local_url(None, "/feed.atom", query)
    return atom(request, services.pages, title=title, address=address, page=f"{origin}/", entries=entries)


def _entry(kept: KeptCall, author: str, origin: str) -> FeedEntry:
    return feed_entry(cards.read_kept(kept), author=author, page=origin + cards.call_path(kept.call_id))


def _name_of(tx: Transaction, actor_id: str) -> str:
    listing = listings.by_actor(tx, actor_id)
    return listing.name if listing is not None else ""


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

"""The first page and map.geojson."""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.documents.cards import Card
from server.hub.calls import cards
from server.hub.calls import store as calls
from server.hub.calls.cards import listing_path
from server.hub.calls.model import PAGE, CallFilter, KeptCall
from server.hub.listings import store as listings
from server.hub.listings.store import PlacedListing
from server.hub.map.documents import GEOJSON, feature_collection
from server.hub.map.model import Spot, draw, spots
from server.hub.reading import calls_wanted, position, position_text
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.kinds import KINDS, kind_label
from server.taxonomy.languages import language_name
from server.taxonomy.places import ATTRIBUTION, by_label, local_name
from server.taxonomy.sizes import QUICK_SIZES, SIZES, having_label, size_label
from server.taxonomy.themes import THEMES, theme_label
from server.web.negotiation import page_language, wants_activity_json
from server.web.render import local_url
from server.web.responses import json_response

HERE_SHOWN = 10
"""Initiatives named for a chosen place; the list of all is a page of its own."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one look at the database gives the first page."""

    calls: list[KeptCall]
    cards: list[Card]
    total: int
    spots: list[Spot]
    languages: list[str]


async def first_page(request: Request) -> Response:
    """A server that asks for the site's document means the hub itself."""
    services, language = services_of(request), page_language(request)
    if wants_activity_json(request):
        hub = services.here.uris.actor(services.here.settings.hub_handle)
        return RedirectResponse(hub, 302, {"vary": "Accept"})
    wanted, after, now = calls_wanted(request), position(request), services.here.clock.now()
    open_calls = replace(wanted, state="open")

    def read(tx: Transaction) -> Found:
        page = calls.page(tx, open_calls, after, PAGE + 1)
        return Found(
            page,
            cards.cards(tx, page[:PAGE], language, now),
            calls.count(tx, open_calls),
            spots(listings.placed(tx), calls.placed(tx)),
            calls.languages_in_use(tx),
        )

    found = await services.database.read(read)
    query = query_of(wanted)
    more = position_text(calls.position_of(found.calls[PAGE - 1])) if len(found.calls) > PAGE else None
    return services.pages.render(
        request,
        "hub/map.html",
        summary=services.here.settings.hub_summary,
        drawing=draw(found.spots, language),
        cards=found.cards,
        total=found.total,
        query=query,
        place=_place_name(wanted.place, language),
        here_listed=[
            (listing.name, listing_path(listing.listing_id))
            for listing in initiatives_at(found.spots, wanted.place)[:HERE_SHOWN]
        ],
        themes=[(theme, theme_label(theme, language)) for theme in THEMES],
        kinds=[(kind, kind_label(kind, language)) for kind in KINDS],
        sizes=[(size, size_label(size, language)) for size in SIZES],
        quick=[(size, having_label(size, language)) for size in QUICK_SIZES],
        spoken=[(tag, language_name(tag, language)) for tag in found.languages if tag != "und"],
        next=local_url(request, "/", {**query, "after": more}) if more else None,
        previous=local_url(request, "/", query) if after else None,
        by_hand=request.query_params.get("lang"),
        attribution=ATTRIBUTION,
    )


async def map_geojson(request: Request) -> Response:
    services = services_of(request)
    listed, asked, undisclosed, unplaced = await services.database.read(
        lambda tx: (
            listings.placed(tx),
            calls.placed(tx),
            listings.count_undisclosed(tx),
            calls.count_unplaced(tx),
        )
    )
    collection = feature_collection(
        spots(listed, asked), undisclosed_initiatives=undisclosed, calls_without_place=unplaced
    )
    return json_response(request, collection, media_type=GEOJSON)


def query_of(wanted: CallFilter) -> dict[str, str | int | None]:
    return {
        "theme": wanted.theme,
        "kind": wanted.kind,
        "language": wanted.language,
        "size": wanted.size,
        "place": wanted.place,
    }


def initiatives_at(found: list[Spot], label: str | None) -> tuple[PlacedListing, ...]:
    return next((spot.initiatives for spot in found if spot.place.label == label), ())


def _place_name(label: str | None, language: str) -> str | None:
    place = by_label(label) if label is not None else None
    return None if place is None else local_name(place, language)

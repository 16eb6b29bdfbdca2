"""The first page, and the same for programs: map.geojson for everybody, points.json for the script on the page."""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.documents.cards import Card
from server.hub.calls import cards
from server.hub.calls import store as calls
from server.hub.calls.cards import listing_path
from server.hub.calls.model import PAGE, CallFilter, KeptCall
from server.hub.listings import store as listings
from server.hub.map import store
from server.hub.map.documents import GEOJSON, feature_collection, points
from server.hub.map.model import Tally, draw, spots, tallies
from server.hub.map.store import InitiativeHere
from server.hub.reading import calls_wanted, position, position_text
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.kinds import KINDS, kind_label
from server.taxonomy.languages import language_name, translations
from server.taxonomy.places import ATTRIBUTION, by_label, local_name
from server.taxonomy.sizes import QUICK_SIZES, SIZES, having_label, size_label
from server.taxonomy.themes import THEMES, theme_label
from server.web.negotiation import page_language, wants_activity_json
from server.web.render import local_url
from server.web.responses import json_response

HERE_SHOWN = 10
"""Initiatives named for a chosen place; the list of all is a page of its own."""

CALLS_IN_A_PANEL = 10
"""Calls the script shows for a chosen place, before it leads to the list."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one look at the database gives the first page."""

    calls: list[KeptCall]
    cards: list[Card]
    total: int
    tallies: list[Tally]
    here: list[InitiativeHere]
    languages: list[str]


async def first_page(request: Request) -> Response:
    """A server that asks for the site's document means the hub itself."""
    services, language = services_of(request), page_language(request)
    if wants_activity_json(request):
        hub = services.here.uris.actor(services.here.settings.hub_handle)
        return RedirectResponse(hub, 302, {"vary": "Accept"})
    wanted, after, now = calls_wanted(request), position(request), services.here.clock.now()
    open_calls = replace(wanted, state="open")
    counted = store.remembered_counts(services.remembered, wanted)

    def read(tx: Transaction) -> Found:
        page = calls.page(tx, open_calls, after, PAGE + 1)
        counts = counted.answer(tx)
        return Found(
            calls=page,
            cards=cards.cards(tx, page[:PAGE], language, now),
            # The number above the list and the map are of one count, so they cannot disagree.
            total=counts.calls.get(wanted.place, 0) if wanted.place else counts.all_calls(),
            tallies=tallies(counts.initiatives, counts.calls),
            here=store.initiatives_at(tx, wanted, wanted.place, HERE_SHOWN) if wanted.place else [],
            languages=calls.languages_in_use(tx),
        )

    found = await services.database.read(read)
    query = query_of(wanted)
    more = position_text(calls.position_of(found.calls[PAGE - 1])) if len(found.calls) > PAGE else None
    words = {name: word for name, word in query.items() if name != "place"}
    return services.pages.render(
        request,
        "hub/map.html",
        summary=services.here.settings.hub_summary,
        drawing=draw(found.tallies, language),
        points=local_url(request, "/points.json", {**words, "lang": language}),
        cards=found.cards,
        total=found.total,
        query=query,
        words=words,
        place=_place_name(wanted.place, language),
        here_listed=[(here.name, here.language, listing_path(here.listing_id)) for here in found.here],
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


async def map_points(request: Request) -> Response:
    """How much lies where, under the page's own filters; with `place`, what lies there, as the list would show it."""
    services, language = services_of(request), page_language(request)
    wanted = calls_wanted(request)
    if wanted.place is not None:
        return await _here(request, wanted, wanted.place, language)
    counts = await services.database.read(store.remembered_counts(services.remembered, wanted).answer)
    return json_response(request, points(tallies(counts.initiatives, counts.calls), language))


async def _here(request: Request, wanted: CallFilter, place: str, language: str) -> Response:
    services, now = services_of(request), services_of(request).here.clock.now()
    open_calls = replace(wanted, state="open")

    def read(tx: Transaction) -> tuple[list[InitiativeHere], list[Card]]:
        page = calls.page(tx, open_calls, None, CALLS_IN_A_PANEL)
        return store.initiatives_at(tx, wanted, place, HERE_SHOWN), cards.cards(tx, page, language, now)

    initiatives, asked = await services.database.read(read)
    name = _place_name(place, language)
    _ = translations(language).gettext
    content = {
        "name": name,
        "initiatives": [[here.name, listing_path(here.listing_id), here.language] for here in initiatives],
        "calls": [[card.title, card.path, card.language, card.facts] for card in asked],
        "list": _("Everything from %(place)s") % {"place": name},
    }
    return json_response(request, content)


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


def _place_name(label: str | None, language: str) -> str | None:
    place = by_label(label) if label is not None else None
    return None if place is None else local_name(place, language)

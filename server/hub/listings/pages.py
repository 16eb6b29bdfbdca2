"""The list of initiatives and the page of each."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from federation.documents import MAX_FETCH_BYTES, loads
from server.documents.cards import Card
from server.documents.profile import ReadProfile, read_profile
from server.documents.rich_text import plain_text
from server.documents.words import place_in_words
from server.hub.calls import cards
from server.hub.calls import store as calls
from server.hub.calls.cards import listing_path
from server.hub.calls.model import PAGE as CALLS_ON_A_PAGE
from server.hub.calls.model import CallFilter
from server.hub.listings import store
from server.hub.listings.model import PAGE, Listing
from server.hub.reading import listings_wanted, position, position_text
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.languages import language_name
from server.taxonomy.themes import THEMES, theme_label
from server.web.negotiation import page_language
from server.web.render import local_url
from server.web.texts import TEXTS, PageError

TEASER = 160
CLOSED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """An initiative in a list."""

    name: str
    language: str
    teaser: str
    place: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An initiative's page as it is read in one snapshot."""

    listing: Listing
    open: list[Card]
    closed: list[Card]


async def initiatives(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    wanted, after = listings_wanted(request), position(request)
    whole = store.remembered_whole(services.remembered, wanted)
    found, (total, languages) = await services.database.read(
        lambda tx: (store.page(tx, wanted, after, PAGE + 1), whole.answer(tx))
    )
    more = position_text(store.position_of(found[PAGE - 1])) if len(found) > PAGE else None
    query = {"theme": wanted.theme, "language": wanted.language}
    return services.pages.render(
        request,
        "hub/initiatives.html",
        entries=[entry(listing, language) for listing in found[:PAGE]],
        total=total,
        query=query,
        themes=[(theme, theme_label(theme, language)) for theme in THEMES],
        spoken=[(tag, language_name(tag, language)) for tag in languages],
        next=local_url(request, "/initiatives", {**query, "after": more}) if more else None,
        previous=local_url(request, "/initiatives", query) if after else None,
        by_hand=request.query_params.get("lang"),
    )


async def initiative(request: Request) -> Response:
    """404 unless it is listed; 410 only for an account that was deleted on purpose."""
    services, language = services_of(request), page_language(request)
    listing_id, now = request.path_params["listing_id"], services.here.clock.now()

    def read(tx: Transaction) -> Shown:
        listing = store.by_listing_id(tx, listing_id)
        if listing is None or not listing.is_listed:
            status = 410 if listing is not None and listing.state == "gone" else 404
            raise PageError(status, *TEXTS[status])
        current = CallFilter(actor_id=listing.actor_id, state="open")
        ended = CallFilter(actor_id=listing.actor_id, state="closed")
        return Shown(
            listing,
            cards.cards(tx, calls.page(tx, current, None, CALLS_ON_A_PAGE), language, now),
            cards.cards(tx, calls.page(tx, ended, None, CLOSED_SHOWN), language, now),
        )

    shown = await services.database.read(read)
    listing = shown.listing
    return services.pages.render(
        request,
        "hub/initiative.html",
        listing=listing,
        **profile_words(listing, language),
        open_calls=shown.open,
        closed_calls=shown.closed,
        handle=listing.handle,
        feed=local_url(None, "/feed.atom", {"initiative": listing.listing_id}),
    )


def entry(listing: Listing, language: str) -> Entry:
    text = " ".join(plain_text(profile_of(listing).summary_html).split())
    teaser = text if len(text) <= TEASER else f"{text[:TEASER].rpartition(' ')[0]} …"
    return Entry(
        name=listing.name,
        language=own_language(listing),
        teaser=teaser,
        place=place_in_words(listing.place, language) if listing.place else None,
        path=listing_path(listing.listing_id),
    )


def said_by(listing: Listing) -> ReadProfile:
    """The kept profile; it was read and verified when it was taken in. Only for a listing that is kept."""
    return read_profile(loads(listing.document or b"", max_bytes=MAX_FETCH_BYTES))


def profile_of(listing: Listing) -> ReadProfile:
    """As this hub shows it: with the themes and the place that its editors have set, where they have."""
    return replace(said_by(listing), themes=listing.themes, place=listing.place)


def profile_words(listing: Listing, language: str) -> dict[str, Any]:
    """What a page says of an initiative, in the reader's language: also where editors see it beforehand."""
    profile = profile_of(listing)
    return {
        "profile": profile,
        "summary_language": own_language(listing),
        "icon": f"/media/{listing.icon_file}" if listing.icon_file else None,
        "themes": [(theme, theme_label(theme, language)) for theme in profile.themes],
        "place": place_in_words(profile.place, language) if profile.place else None,
        "spoken": [(tag, language_name(tag, tag)) for tag in profile.languages],
        "links": [(link.name, link.url, cards.host_of(link.url)) for link in profile.links],
    }


def own_language(listing: Listing) -> str:
    """The language that an initiative's name and summary are most likely in; `und` says that we do not know."""
    return listing.languages[0] if listing.languages else "und"

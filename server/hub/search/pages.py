"""The page that searches. What is looked for comes in a body, so that no address, history or log ever holds it."""

import re
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from server.documents.cards import Card
from server.hub.calls import store as calls
from server.hub.calls.cards import card
from server.hub.calls.model import CallFilter
from server.hub.listings import store as listings
from server.hub.listings.pages import Entry, entry
from server.hub.map import store as map_store
from server.hub.search import store
from server.hub.search.model import LAST_PAGE, MAX_QUERY, PAGE, match_of
from server.hub.search.store import Hit
from server.services import services_of
from server.storage.database import Transaction
from server.storage.remembered import Remembering
from server.taxonomy.places import Place, local_name, named
from server.web.forms import Fields, form_of
from server.web.negotiation import page_language


@dataclass(frozen=True, slots=True)
class Result:
    """One of the two."""

    call: Card | None
    initiative: Entry | None


@dataclass(frozen=True, slots=True)
class Found:
    results: list[Result]
    total: int
    place: Place | None
    """A place of that name where there are calls."""


NOTHING = Found([], 0, None)


async def search(request: Request) -> Response:
    """GET shows the form, POST what fits. Whatever was typed, the answer is a page: results, or what to do next."""
    services, language = services_of(request), page_language(request)
    form = form_of(request, fields=("words", "page"))
    # Too long a text is cut, not complained of.
    words = Fields(form).text("words", MAX_QUERY)
    number = _page(form.value("page"))
    match = match_of(words) if form.sent else ""
    now = services.here.clock.now()
    counted = map_store.remembered_counts(services.remembered, CallFilter())

    def read(tx: Transaction) -> Found:
        hits = store.search(tx, match, PAGE, PAGE * (number - 1))
        results = [_result(tx, hit, language, now) for hit in hits]
        return Found(results, store.count(tx, match), _place_with_calls(tx, words, counted))

    found = await services.database.read(read) if match else NOTHING
    return services.pages.render(
        request,
        "hub/search.html",
        words=words,
        searched=form.sent,
        results=found.results,
        total=found.total,
        place=found.place,
        place_name=local_name(found.place, language) if found.place else "",
        previous=number - 1 if number > 1 else None,
        next=number + 1 if found.total > PAGE * number and number < LAST_PAGE else None,
    )


def _page(text: str) -> int:
    return min(max(int(text), 1), LAST_PAGE) if re.fullmatch("[0-9]{1,3}", text) else 1


def _result(tx: Transaction, hit: Hit, language: str, now: datetime) -> Result:
    listing = listings.by_actor(tx, hit.actor_id)
    assert listing is not None  # the query joined it, in this very snapshot
    if hit.call_uri is None:
        return Result(call=None, initiative=entry(listing, language))
    call = calls.by_uri(tx, hit.call_uri)
    assert call is not None  # hub_searchable refers to it
    return Result(call=card(call, listing, language, now), initiative=None)


def _place_with_calls(tx: Transaction, words: str, counted: Remembering[map_store.Counts]) -> Place | None:
    """Who types "Lviv" may want what is there, whether or not anybody wrote the name."""
    place = named(words)
    if place is None or place.label not in counted.answer(tx).calls:
        return None
    return place

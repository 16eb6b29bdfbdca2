"""The page of one call."""

from starlette.requests import Request
from starlette.responses import Response

from server.documents.cards import facts
from server.documents.rich_text import markdown_to_html
from server.hub.calls import cards, store
from server.hub.calls.model import KeptCall
from server.hub.listings import store as listings
from server.hub.listings.model import Listing
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.themes import theme_label
from server.web.negotiation import page_language
from server.web.texts import TEXTS, PageError


async def call(request: Request) -> Response:
    """410 for a call that its author deleted, 404 for one never heard of."""
    services = services_of(request)
    call_id = request.path_params["call_id"]
    language = page_language(request)

    def read(tx: Transaction) -> tuple[KeptCall, Listing]:
        kept = store.by_call_id(tx, call_id)
        listing = listings.by_actor(tx, kept.actor_id) if kept is not None else None
        if kept is None or listing is None:
            raise PageError(*_missing(store.is_erased(tx, call_id)))
        return kept, listing

    kept, listing = await services.database.read(read)
    shown = cards.read_kept(kept)
    return services.pages.render(
        request,
        "hub/call.html",
        call=shown,
        text=markdown_to_html(shown.text),
        facts=cards.with_label(facts(shown, language, services.here.clock.now().date()), kept, language),
        host=cards.host_of(shown.link) if shown.link is not None else None,
        listing=listing,
        listing_path=cards.listing_path(listing.listing_id),
        themes=[(theme, theme_label(theme, language)) for theme in shown.themes],
    )


def _missing(erased: bool) -> tuple[int, str, str]:
    status = 410 if erased else 404
    return (status, *TEXTS[status])

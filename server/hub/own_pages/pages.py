"""The pages themselves, for everybody."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from server.documents.rich_text import markdown_to_html
from server.hub.own_pages import store
from server.hub.own_pages.beginnings import beginning
from server.hub.own_pages.model import SHOWN_UNWRITTEN, TITLES, Written, best_language
from server.services import Services, services_of
from server.storage.database import Transaction
from server.web.negotiation import page_language
from server.web.texts import TEXTS, PageError


def page_of(name: str) -> Callable[[Request], Awaitable[Response]]:
    """The door of one page."""

    async def door(request: Request) -> Response:
        services, language = services_of(request), page_language(request)

        def read(tx: Transaction) -> tuple[Written | None, list[str]]:
            found = best_language(language, store.languages_of(tx, name))
            written = store.page(tx, name, found) if found is not None else None
            return written, [other for other in TITLES if is_shown(tx, other, language)]

        written, shown = await services.database.read(read)
        if name not in shown:
            raise PageError(404, *TEXTS[404])
        text = written.text if written is not None else beginning_here(services, name, language)
        return services.pages.render(
            request,
            "hub/own_page.html",
            title=TITLES[name],
            html=markdown_to_html(text),
            text_language=written.language if written is not None else language,
            others=[(f"/{other}", TITLES[other]) for other in shown if other != name],
        )

    return door


def is_shown(tx: Transaction, name: str, language: str) -> bool:
    """Whether there is something to read for a reader of this language."""
    return name in SHOWN_UNWRITTEN or best_language(language, store.languages_of(tx, name)) is not None


def beginning_here(services: Services, name: str, language: str) -> str:
    """The text to begin from, as it is true of this very hub."""
    settings = services.here.settings
    values = {
        "name": settings.name,
        "handle": f"@{settings.hub_handle}@{settings.handle_domain}",
        "origin": settings.origin,
        "authority": settings.authority,
    }
    return beginning(name, language, values, with_initiatives=settings.uses("initiative"))

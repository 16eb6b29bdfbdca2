"""404, 405, 410, 503 as pages of the house; servers that ask for documents get one JSON word instead."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.storage.database import StorageUnavailable
from server.web.negotiation import wants_activity_json
from server.web.render import PageError, Pages
from server.web.responses import error_json

Handler = Callable[[Request, Any], Awaitable[Response]]


def _(message: str) -> str:
    """Marks a msgid for extraction; it is translated when the page is rendered."""
    return message


TEXTS: Mapping[int, tuple[str, str]] = {
    400: (
        _("This request could not be read"),
        _("Something in the address or the form is not as it should be. Go back and try again."),
    ),
    404: (
        _("There is nothing here"),
        _("The address may be mistyped, or the page has moved. Start again from the first page."),
    ),
    405: (
        _("This page cannot be used that way"),
        _("Open it as a page instead of sending something to it."),
    ),
    410: (
        _("This was taken down"),
        _("Whoever published it has withdrawn it. Nothing of it is kept here."),
    ),
    500: (
        _("Something went wrong here"),
        _("It is our mistake, not yours. Try again in a few minutes."),
    ),
    503: (
        _("Not just now"),
        _("This server cannot do that at the moment. Nothing was lost; try again in a minute."),
    ),
}


def error_handlers(pages: Pages) -> Mapping[Any, Handler]:
    """For Starlette's `exception_handlers`."""

    def page(
        request: Request, status: int, title: str, sentence: str, headers: Mapping[str, str]
    ) -> Response:
        if wants_activity_json(request):
            return error_json(title_word(status), status)
        sent = {"cache-control": "no-store", **headers}
        return pages.render(request, "errors/error.html", status, sent, heading=title, sentence=sentence)

    async def for_page(request: Request, error: PageError) -> Response:
        return page(request, error.status, error.title, error.sentence, {})

    async def for_http(request: Request, error: HTTPException) -> Response:
        title, sentence = TEXTS.get(error.status_code, TEXTS[400])
        return page(request, error.status_code, title, sentence, error.headers or {})

    async def for_storage(request: Request, _error: StorageUnavailable) -> Response:
        return page(request, 503, *TEXTS[503], {"retry-after": "60"})

    async def for_bug(request: Request, _error: Exception) -> Response:
        return page(request, 500, *TEXTS[500], {})

    return {PageError: for_page, HTTPException: for_http, StorageUnavailable: for_storage, Exception: for_bug}


def title_word(status: int) -> str:
    return {404: "not-found", 405: "method-not-allowed", 410: "gone", 503: "unavailable"}.get(status, "error")

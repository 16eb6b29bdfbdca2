"""404, 405, 410, 503 as pages of the house; servers that ask for documents get one JSON word instead."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from server.storage.database import StorageUnavailable
from server.web.negotiation import wants_activity_json
from server.web.render import Pages
from server.web.responses import error_json
from server.web.texts import TEXTS, PageError

Handler = Callable[[Request, Any], Awaitable[Response]]


def error_handlers(pages: Pages) -> Mapping[Any, Handler]:
    """For Starlette's `exception_handlers`."""

    def page(
        request: Request, status: int, title: str, sentence: str, headers: Mapping[str, str]
    ) -> Response:
        if wants_activity_json(request):
            answer = error_json(title_word(status), status)
            answer.headers.update(headers)
            return answer
        sent = {"cache-control": "no-store", **headers}
        return pages.render(request, "errors/error.html", status, sent, heading=title, sentence=sentence)

    async def for_page(request: Request, error: PageError) -> Response:
        return page(request, error.status, error.title, error.sentence, {})

    async def for_http(request: Request, error: HTTPException) -> Response:
        title, sentence = TEXTS.get(error.status_code, TEXTS[400])
        return page(request, error.status_code, title, sentence, error.headers or {})

    async def for_storage(request: Request, _error: StorageUnavailable) -> Response:
        return page(request, 503, *TEXTS[503], {"retry-after": "60"})

    async def for_nobody(request: Request, _error: ClientDisconnect) -> Response:
        # Whoever hangs up in the middle of a form gets no answer; a traceback for each would fill the disk.
        return Response(status_code=400)

    async def for_bug(request: Request, _error: Exception) -> Response:
        return page(request, 500, *TEXTS[500], {})

    return {
        PageError: for_page,
        HTTPException: for_http,
        StorageUnavailable: for_storage,
        ClientDisconnect: for_nobody,
        Exception: for_bug,
    }


def title_word(status: int) -> str:
    return {404: "not-found", 405: "method-not-allowed", 410: "gone", 503: "unavailable"}.get(status, "error")

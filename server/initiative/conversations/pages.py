"""The addresses that a call names as its `replies` and its `context`. People are led to their pages."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from federation.documents import JsonObject
from server.documents.call import Call
from server.fediverse.wire import to_text
from server.initiative.calls import store
from server.initiative.calls.model import CALL_ID, KeptCall, Withdrawn
from server.initiative.conversations.documents import Query, context_document, replies_document
from server.services import services_of
from server.storage.database import Transaction
from server.web.negotiation import wants_activity_json
from server.web.responses import activity_json, error_json
from server.web.texts import TEXTS, PageError

MAX_AGE_SECONDS: Final = 60

Write = Callable[[Transaction, Call, Query], JsonObject | None]


def _door(write: Write, page_of_people: str) -> Callable[[Request], Awaitable[Response]]:
    async def door(request: Request) -> Response:
        services = services_of(request)
        call_id = str(request.path_params["call_id"])
        uri = services.here.uris.call(call_id)

        def read(tx: Transaction) -> JsonObject | Withdrawn | None:
            found = store.find(tx, uri) if CALL_ID.fullmatch(call_id) else None
            return write(tx, found.call, request.query_params) if isinstance(found, KeptCall) else found

        if not wants_activity_json(request):
            # The page there says whether the call is gone, in the reader's language.
            if not CALL_ID.fullmatch(call_id):
                raise PageError(404, *TEXTS[404])
            return RedirectResponse(
                uri + page_of_people, 303, {"vary": "Accept", "cache-control": "no-cache"}
            )
        document = await services.database.read(read)
        if document is None:
            return error_json("not-found", 404)
        if isinstance(document, Withdrawn):
            return error_json("gone", 410)
        return activity_json(request, to_text(document), max_age=MAX_AGE_SECONDS)

    return door


replies = _door(replies_document, "/all-replies")
context = _door(context_document, "")

"""An event's address: the signed Event for servers, for people the page of the call."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.initiative.calls import store
from server.initiative.calls.model import CALL_ID, KeptCall, Withdrawn
from server.services import services_of
from server.web.authorized import note_call
from server.web.negotiation import wants_activity_json
from server.web.responses import activity_json, error_json
from server.web.texts import TEXTS, PageError


async def event(request: Request) -> Response:
    """410 for what was taken off the calendars, 404 for what never was an event."""
    services = services_of(request)
    call_id = request.path_params["call_id"]
    uri = services.here.uris.call(call_id)
    found = (
        await services.database.read(lambda tx: store.find(tx, uri)) if CALL_ID.fullmatch(call_id) else None
    )
    document = found.event if found is not None else None
    if not wants_activity_json(request):
        return _page(uri, found, document)
    if found is None or document is None:
        return error_json("not-found", 404)
    note_call(request, uri)
    gone = isinstance(found, Withdrawn) or found.event_is_over
    return activity_json(request, document, status=410 if gone else 200)


def _page(uri: str, found: KeptCall | Withdrawn | None, document: str | None) -> Response:
    if document is None:
        raise PageError(404, *TEXTS[404])
    if isinstance(found, Withdrawn):
        raise PageError(410, *TEXTS[410])
    return RedirectResponse(uri, 303, {"vary": "Accept", "cache-control": "no-cache"})

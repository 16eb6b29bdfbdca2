"""POST to an inbox: the answers are those of DESIGN 4, and a refusal writes no row."""

from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from federation.errors import FederationError, TooBusy
from federation.inbox import Forwarded, Ignored, receive
from server.endpoints.bodies import InFlight
from server.endpoints.dispatch import Listeners, take_in, take_note
from server.endpoints.raw import raw_request
from server.feature import features_in
from server.fediverse import actors
from server.services import Services, services_of
from server.storage.database import StorageUnavailable, Transaction
from server.web.doors import MACHINES, Door
from server.web.responses import error_json

STORAGE_RETRY_SECONDS = 60


async def shared_inbox(request: Request) -> Response:
    """One address for everybody here; which actor an activity is for, its own words say."""
    return await _answer(request)


async def actor_inbox(request: Request) -> Response:
    """404 and 410 before the body is read: who writes to nobody need not be verified."""
    handle = request.path_params["handle"]
    try:
        actor = await services_of(request).database.read(partial(_by_handle, handle))
    except StorageUnavailable:
        return _storage_busy()
    if actor is None or actor.kind == "instance":
        return error_json("not-found", 404)
    if actor.deleted:
        return error_json("gone", 410)
    return await _answer(request)


def _by_handle(handle: str, tx: Transaction) -> actors.LocalActor | None:
    return actors.by_handle(tx, handle)


async def _answer(request: Request) -> Response:
    services = services_of(request)
    in_flight: InFlight = request.app.state.in_flight
    try:
        async with in_flight.body(request) as body, in_flight.verifying():
            await _take(request, body, services)
    except ClientDisconnect:
        # Nobody is there to answer; a traceback for it would let any stranger fill the disk.
        return Response(status_code=400)
    except TooBusy as busy:
        return error_json(busy.reason, busy.status, retry_after=busy.retry_after)
    except FederationError as error:
        return error_json(error.reason, error.status)
    except StorageUnavailable:
        return _storage_busy()
    return Response(status_code=202)


async def _take(request: Request, body: bytes, services: Services) -> None:
    result = await receive(
        raw_request(request, body),
        origin=services.here.settings.origin,
        client=services.here.client,
        actors=request.app.state.remembered,
        clock=services.here.clock,
        is_blocked=services.here.blocklist.refuses,
    )
    if isinstance(result, Ignored):
        return
    if isinstance(result, Forwarded):
        features = features_in(request)
        await services.database.write(lambda tx: take_note(tx, services, features, result))
        return
    listeners: Listeners = request.app.state.listeners
    await services.database.write(
        lambda tx: take_in(tx, services=services, listeners=listeners, activity=result)
    )


def _storage_busy() -> Response:
    return error_json("storage-unavailable", 503, retry_after=STORAGE_RETRY_SECONDS)


ROUTES: list[Door] = [
    Door("/inbox", shared_inbox, MACHINES, ("POST",)),
    Door("/actor/inbox", shared_inbox, MACHINES, ("POST",)),
    Door("/actors/{handle}/inbox", actor_inbox, MACHINES, ("POST",)),
]

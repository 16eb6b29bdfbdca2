"""Which local actor an address is about, and what is said when it is nobody's or no longer anybody's."""

from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.fediverse import actors
from server.fediverse.actors import LocalActor
from server.services import services_of
from server.storage.database import Transaction
from server.web.negotiation import wants_activity_json
from server.web.responses import activity_json, error_json


async def actor_of(request: Request) -> LocalActor | None:
    """The actor named by `handle` in the path; the instance actor has an address without one."""
    services = services_of(request)
    handle = request.path_params.get("handle")
    if handle is None:
        return await services.database.read(partial(_by_id, services.here.uris.instance_actor))
    actor = await services.database.read(partial(_by_handle, handle))
    # The instance actor has one address only: a second would be a second id for one key.
    return None if actor is None or actor.kind == "instance" else actor


def nobody(request: Request) -> Response:
    """404: Mastodon deletes accounts at a 410, so that is never said of what was not deleted on purpose."""
    if wants_activity_json(request):
        return error_json("not-found", 404)
    raise HTTPException(404)


def buried(request: Request, actor: LocalActor) -> Response:
    """410 with the Tombstone."""
    if wants_activity_json(request):
        return activity_json(request, actor.document, status=410)
    raise HTTPException(410)


def _by_handle(handle: str, tx: Transaction) -> LocalActor | None:
    return actors.by_handle(tx, handle)


def _by_id(actor_id: str, tx: Transaction) -> LocalActor | None:
    return actors.by_id(tx, actor_id)

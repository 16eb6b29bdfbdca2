"""GET of one of our activities by its id, as peers do to make sure of what they got from somebody else."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from federation.vocabulary import AS_CONTEXT
from server.fediverse import actors, outbox
from server.fediverse.outbox import Activity
from server.fediverse.wire import to_text
from server.services import services_of
from server.storage.database import Transaction
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door
from server.web.responses import activity_json, error_json


async def activity(request: Request) -> Response:
    """What is addressed to one actor alone is not shown: an Accept names a follower."""
    services = services_of(request)
    activity_id = services.here.uris.activity(request.path_params["name"])
    found, erased = await services.database.read(partial(_find, activity_id))
    if found is None or not found.is_public:
        return error_json("not-found", 404)
    if erased or found.document is None:
        tombstone = {"@context": AS_CONTEXT, "id": activity_id, "type": "Tombstone"}
        return activity_json(request, to_text(tombstone), status=410)
    return activity_json(request, found.document)


def _find(activity_id: str, tx: Transaction) -> tuple[Activity | None, bool]:
    """With it, whether its actor was deleted, and so everything it ever said."""
    found = outbox.find_activity(tx, activity_id)
    actor = actors.by_id(tx, found.actor_id) if found is not None else None
    return found, actor is not None and actor.deleted


ROUTES: list[Door] = [Door("/activities/{name}", authorized(activity), PUBLIC)]

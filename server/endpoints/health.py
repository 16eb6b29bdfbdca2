"""For whoever watches over the server: does the database answer, are the workers at work."""

from starlette.requests import Request
from starlette.responses import Response

from server.fediverse import actors
from server.services import services_of
from server.storage.database import StorageUnavailable
from server.web.doors import PUBLIC, Door
from server.web.responses import json_response


async def health(request: Request) -> Response:
    """200 when both are well, else 503. `workers` is null in a process that runs none."""
    services = services_of(request)
    try:
        database = await services.database.read(
            lambda tx: actors.by_id(tx, services.here.uris.instance_actor) is not None
        )
    except StorageUnavailable:
        database = False
    workers = request.app.state.workers_alive()
    well = database and workers is not False
    answer = json_response(request, {"database": database, "workers": workers}, status=200 if well else 503)
    # It is about this very moment.
    answer.headers["cache-control"] = "no-store"
    return answer


ROUTES: list[Door] = [Door("/health", health, PUBLIC)]

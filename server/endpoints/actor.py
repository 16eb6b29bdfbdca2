"""GET of an actor: its document for servers, the way to its page for people."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.endpoints.whose import actor_of, buried, nobody
from server.fediverse.actors import LocalActor
from server.fediverse.uris import Uris
from server.fediverse.wire import from_text
from server.services import services_of
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door
from server.web.negotiation import wants_activity_json
from server.web.responses import activity_json


async def actor(request: Request) -> Response:
    """The bytes as stored, so that the proof in them holds. Unsigned GETs are answered as well (PROTOCOL
    5.4).
    """
    found = await actor_of(request)
    if found is None:
        return nobody(request)
    if found.deleted:
        return buried(request, found)
    if wants_activity_json(request):
        return activity_json(request, found.document)
    page = page_of(found, services_of(request).here.uris)
    return RedirectResponse(page, status_code=303, headers={"vary": "Accept"})


def page_of(found: LocalActor, uris: Uris) -> str:
    """The address of the actor's page, as its own document says; the start page if it has none."""
    url = from_text(found.document).get("url")
    return url if isinstance(url, str) and uris.is_ours(url) and url != found.id else f"{uris.origin}/"


ROUTES: list[Door] = [
    # Open in secure mode too: whoever verifies us fetches this key first, and may be in secure mode itself.
    Door("/actor", actor, PUBLIC),
    Door("/actors/{handle}", authorized(actor), PUBLIC),
]

"""The actor that stands for a whole server, found from its origin alone (FEP-2677, FEP-d556)."""

from urllib.parse import quote

from federation.actors import RemoteActor, fetch_actor
from federation.client import FederationClient
from federation.documents import JsonObject, id_of, many
from federation.errors import FederationError, Unreachable
from federation.nodeinfo import APPLICATION_REL
from federation.origins import same_origin
from federation.vocabulary import JRD_JSON, is_activity_json

SERVICE_REL = "https://www.w3.org/ns/activitystreams#Service"

_ACCEPT = f"{JRD_JSON}, application/json"
_MAX_LINKS = 64


async def fetch_instance_actor(client: FederationClient, origin: str) -> RemoteActor:
    """By the link in NodeInfo, else by WebFinger of the origin. Raises `Unreachable("no-instance-actor")`.

    Only an actor of that very origin, and no person: a link to somebody else's would have us write there.
    """
    for ask, rel in (
        (f"{origin}/.well-known/nodeinfo", APPLICATION_REL),
        (f"{origin}/.well-known/webfinger?resource={quote(f'{origin}/', safe='')}", SERVICE_REL),
    ):
        try:
            actor_id = _linked(await client.fetch_json(ask, _ACCEPT), rel, origin)
            actor = None if actor_id is None else await fetch_actor(client, actor_id)
        except FederationError:
            continue
        if actor is not None and same_origin(actor.id, origin) and actor.type != "Person":
            return actor
    raise Unreachable("no-instance-actor", retry=False)


def _linked(document: JsonObject, rel: str, origin: str) -> str | None:
    for link in many(document, "links")[:_MAX_LINKS]:
        if not isinstance(link, dict) or link.get("rel") != rel:
            continue
        media_type = link.get("type")
        if isinstance(media_type, str) and not is_activity_json(media_type):
            continue
        href = id_of(link.get("href"))
        if href is not None and same_origin(href, origin):
            return href
    return None

"""WebFinger, host-meta and NodeInfo: how peers find an actor from a handle, and what an instance says of
itself.
"""

from typing import Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from starlette.requests import Request
from starlette.responses import Response

from federation import nodeinfo
from federation.documents import JsonObject
from federation.errors import Malformed
from federation.vocabulary import ACTIVITY_JSON, JRD_JSON
from federation.webfinger import PROFILE_PAGE_REL, Resource, jrd, parse_resource, self_link
from server.endpoints.actor import page_of
from server.fediverse import actors
from server.fediverse.actors import LocalActor
from server.fediverse.uris import Uris
from server.services import services_of
from server.settings import Settings
from server.storage.database import Transaction
from server.version import VERSION
from server.web.doors import PUBLIC, Door
from server.web.responses import error_json, json_response

SERVICE_REL = "https://www.w3.org/ns/activitystreams#Service"
MAX_AGE_SECONDS = 300


async def webfinger(request: Request) -> Response:
    """RFC 7033. `rel` filters may be ignored (4.3), and are; 410 only for a handle that was deleted on
    purpose.
    """
    services = services_of(request)
    here = services.here
    asked = request.query_params.getlist("resource")
    try:
        if len(asked) != 1:
            raise Malformed("one-resource")
        resource = parse_resource(asked[0])
    except Malformed as error:
        return _readable_everywhere(error_json(error.reason, error.status))
    if _is_origin(resource, here.uris):
        # FEP-d556: the actor of a whole server.
        link = {"rel": SERVICE_REL, "type": ACTIVITY_JSON, "href": here.uris.instance_actor}
        return _jrd(request, jrd(f"{here.uris.origin}/", [], [link]))
    found = await services.database.read(lambda tx: _find(tx, here.uris, here.settings, resource))
    if found is None:
        return _readable_everywhere(error_json("not-found", 404))
    if found.deleted:
        return _readable_everywhere(error_json("gone", 410))
    page = page_of(found, here.uris)
    links = [self_link(found.id), {"rel": PROFILE_PAGE_REL, "type": "text/html", "href": page}]
    # On whichever domain it was asked: the subject names the one domain that handles have (PROTOCOL 3.1).
    subject = f"acct:{found.handle}@{here.settings.handle_domain}"
    return _jrd(request, jrd(subject, [found.id, page], links))


def _is_origin(resource: Resource, uris: Uris) -> bool:
    return resource.scheme in ("https", "http") and resource.uri.rstrip("/").lower() == uris.origin


def _find(tx: Transaction, uris: Uris, settings: Settings, resource: Resource) -> LocalActor | None:
    """By account, by id, or by the address of a page that is the actor's own."""
    if resource.user is not None:
        if resource.authority not in settings.handle_domains:
            return None
        # As Mastodon does it: the account named after the host is the server's own.
        if resource.user.lower() in settings.handle_domains:
            return actors.by_id(tx, uris.instance_actor)
        return actors.by_handle(tx, resource.user)
    by_id = actors.by_id(tx, resource.uri)
    if by_id is not None:
        return by_id
    if not uris.is_ours(resource.uri):
        return None
    path = urlsplit(resource.uri).path
    if path.startswith("/@"):
        named = actors.by_handle(tx, path.removeprefix("/@"))
        return None if named is None or named.kind == "instance" else named
    pages = ((hub, page_of(hub, uris)) for hub in actors.all_local(tx, "hub"))
    return next((hub for hub, page in pages if page == resource.uri), None)


async def host_meta(request: Request) -> Response:
    """RFC 6415: Mastodon asks here for the way to WebFinger when the usual one answered 404."""
    template = f"{services_of(request).here.uris.origin}/.well-known/webfinger?resource={{uri}}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" type="{JRD_JSON}" template={quoteattr(template)}/></XRD>\n'
    )
    headers = {"cache-control": f"public, max-age={MAX_AGE_SECONDS}", "access-control-allow-origin": "*"}
    return Response(body, headers=headers, media_type="application/xrd+xml")


async def nodeinfo_links(request: Request) -> Response:
    """With the instance actor among the links (FEP-2677)."""
    uris = services_of(request).here.uris
    return json_response(
        request, nodeinfo.well_known(uris.origin, uris.instance_actor), max_age=MAX_AGE_SECONDS
    )


async def nodeinfo_2_0(request: Request) -> Response:
    return _nodeinfo(request, "2.0")


async def nodeinfo_2_1(request: Request) -> Response:
    return _nodeinfo(request, "2.1")


def _nodeinfo(request: Request, version: Literal["2.0", "2.1"]) -> Response:
    """No number that would be a guess, and none about people (FEP-0151)."""
    settings = services_of(request).here.settings
    document = nodeinfo.document(
        version,
        software_name="antipole",
        software_version=VERSION,
        metadata={"nodeName": settings.name, "roles": list(settings.roles), "federation": {"enabled": True}},
    )
    return json_response(
        request, document, media_type=nodeinfo.content_type(version), max_age=MAX_AGE_SECONDS
    )


def _jrd(request: Request, document: JsonObject) -> Response:
    return json_response(request, document, media_type=JRD_JSON, max_age=MAX_AGE_SECONDS)


def _readable_everywhere(response: Response) -> Response:
    """RFC 7033 section 5: browsers of other sites may read WebFinger, refusals too."""
    response.headers["access-control-allow-origin"] = "*"
    return response


ROUTES: list[Door] = [
    Door("/.well-known/webfinger", webfinger, PUBLIC),
    Door("/.well-known/host-meta", host_meta, PUBLIC),
    Door("/.well-known/nodeinfo", nodeinfo_links, PUBLIC),
    Door("/nodeinfo/2.0", nodeinfo_2_0, PUBLIC),
    Door("/nodeinfo/2.1", nodeinfo_2_1, PUBLIC),
]

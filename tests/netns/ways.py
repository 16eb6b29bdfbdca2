"""Every way in which a stranger's word becomes a request of ours: each takes the address that the stranger chose."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

from federation.actors import fetch_actor, fetch_key
from federation.client import FederationClient
from federation.collections import read_outbox
from federation.host_meta import HOST_META_TYPES
from federation.http_signatures.scheme import RawRequest, sign_request
from federation.inbox import receive
from federation.instance_actors import SERVICE_REL, fetch_instance_actor
from federation.keys import SigningKey
from federation.nodeinfo import APPLICATION_REL, fetch_software
from federation.readers import authenticate
from federation.webfinger import fetch_links, resolve_handle
from tests.federation.small_world import Memory, OurKeys, rsa_key
from tests.netns.servers import WebServer

GOOD = "https://good.example"
HOME = "https://home.example"
ACTIVITY = {"content-type": "application/activity+json"}
JRD = {"content-type": "application/jrd+json"}
PICTURES = frozenset({"image/png", "application/activity+json"})

Way = Callable[[FederationClient, WebServer, str], Awaitable[object]]


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


def serve(server: WebServer, path: str, document: object, headers: dict[str, str]) -> None:
    server.documents[path] = (200, headers, json.dumps(document).encode())


def redirect(server: WebServer, to: str) -> str:
    server.documents["/away"] = (302, {"location": _header(to)}, b"")
    return f"{GOOD}/away"


def _header(text: str) -> str:
    """What can stand in a header at all; the rest goes as UTF-8, as a server would send it."""
    return text.encode().decode("latin-1").replace("\r", "").replace("\n", "")


def authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


async def document(client: FederationClient, server: WebServer, to: str) -> object:
    return await client.fetch_document(to)


async def actor(client: FederationClient, server: WebServer, to: str) -> object:
    return await fetch_actor(client, to)


async def key(client: FederationClient, server: WebServer, to: str) -> object:
    return await fetch_key(client, to)


async def picture(client: FederationClient, server: WebServer, to: str) -> object:
    return await client.fetch_bytes(to, PICTURES, 100_000)


async def delivery(client: FederationClient, server: WebServer, to: str) -> object:
    return await client.post(to, b"{}", await OurKeys().instance_key())


async def redirect_of_a_document(client: FederationClient, server: WebServer, to: str) -> object:
    return await client.fetch_document(redirect(server, to))


async def redirect_of_discovery(client: FederationClient, server: WebServer, to: str) -> object:
    return await client.fetch_json(redirect(server, to), "application/activity+json")


async def redirect_of_a_picture(client: FederationClient, server: WebServer, to: str) -> object:
    return await client.fetch_bytes(redirect(server, to), PICTURES, 100_000)


async def id_of_a_document(client: FederationClient, server: WebServer, to: str) -> object:
    serve(server, "/named", {"id": to, "type": "Note"}, ACTIVITY)
    return await client.fetch_document(f"{GOOD}/named")


async def owner_of_a_key(client: FederationClient, server: WebServer, to: str) -> object:
    serve(server, "/key", {"id": f"{GOOD}/key", "owner": to, "publicKeyPem": "x"}, ACTIVITY)
    return await fetch_key(client, f"{GOOD}/key")


async def page_of_an_outbox(client: FederationClient, server: WebServer, to: str) -> object:
    collection = {"id": f"{GOOD}/outbox", "type": "OrderedCollection", "first": to, "next": to}
    serve(server, "/outbox", collection, ACTIVITY)
    return await read_outbox(client, f"{GOOD}/outbox")


async def outbox(client: FederationClient, server: WebServer, to: str) -> object:
    return await read_outbox(client, to)


async def link_of_nodeinfo(client: FederationClient, server: WebServer, to: str) -> object:
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.1"
    serve(server, "/.well-known/nodeinfo", {"links": [{"rel": rel, "href": to}]}, JRD)
    return await fetch_software(client, GOOD)


async def nodeinfo(client: FederationClient, server: WebServer, to: str) -> object:
    return await fetch_software(client, to.removesuffix("/"))


async def link_of_the_instance_actor(client: FederationClient, server: WebServer, to: str) -> object:
    serve(server, "/.well-known/nodeinfo", {"links": [{"rel": APPLICATION_REL, "href": to}]}, JRD)
    service = {"rel": SERVICE_REL, "type": ACTIVITY["content-type"], "href": to}
    serve(server, "/.well-known/webfinger", {"subject": f"{GOOD}/", "links": [service]}, JRD)
    return await fetch_instance_actor(client, GOOD)


async def host_of_a_handle(client: FederationClient, server: WebServer, to: str) -> object:
    return await resolve_handle(client, f"@us@{authority(to)}")


async def links_of_a_handle(client: FederationClient, server: WebServer, to: str) -> object:
    """What "open on my server" asks for a visitor (GHSA-4g27-2jf7-fvgc)."""
    return await fetch_links(client, f"@us@{authority(to)}")


async def self_link_of_a_handle(client: FederationClient, server: WebServer, to: str) -> object:
    link = {"rel": "self", "type": ACTIVITY["content-type"], "href": to}
    serve(server, "/.well-known/webfinger", {"subject": "acct:us@good.example", "links": [link]}, JRD)
    return await fetch_actor(client, await resolve_handle(client, "@us@good.example"))


async def template_of_host_meta(client: FederationClient, server: WebServer, to: str) -> object:
    server.documents["/.well-known/webfinger"] = (404, JRD, b"{}")
    link = f'<Link rel="lrdd" template={quoteattr(to + "{uri}")}/>'
    xrd = f'<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">{link}</XRD>'
    server.documents["/.well-known/host-meta"] = (
        200,
        {"content-type": sorted(HOST_META_TYPES)[0]},
        xrd.encode(),
    )
    return await resolve_handle(client, "@us@good.example")


async def key_id_at_the_inbox(client: FederationClient, server: WebServer, to: str) -> object:
    body = json.dumps(
        {"id": f"{to}#activity", "type": "Like", "actor": to, "object": f"{HOME}/calls/1"}
    ).encode()
    request = _signed("POST", f"{HOME}/inbox", body, to)
    return await receive(request, origin=HOME, client=client, actors=Memory(), clock=Now())


async def key_id_of_a_reader(client: FederationClient, server: WebServer, to: str) -> object:
    request = _signed("GET", f"{HOME}/calls/1", None, to)
    return await authenticate(request, origin=HOME, client=client, actors=Memory(), clock=Now())


def _signed(method: str, url: str, body: bytes | None, key_id: str) -> RawRequest:
    key = SigningKey(key_id, rsa_key("mallory"))
    headers = sign_request(
        method=method,
        url=url,
        body=body,
        key=key,
        now=datetime.now(UTC),
        content_type=None if body is None else ACTIVITY["content-type"],
    )
    return RawRequest(method, url.removeprefix(HOME), headers, body or b"")


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (
        document,
        actor,
        key,
        picture,
        delivery,
        redirect_of_a_document,
        redirect_of_discovery,
        redirect_of_a_picture,
        id_of_a_document,
        owner_of_a_key,
        page_of_an_outbox,
        outbox,
        link_of_nodeinfo,
        nodeinfo,
        link_of_the_instance_actor,
        host_of_a_handle,
        links_of_a_handle,
        self_link_of_a_handle,
        template_of_host_meta,
        key_id_at_the_inbox,
        key_id_of_a_reader,
    )
}

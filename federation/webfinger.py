"""WebFinger (RFC 7033): handles to actors, and back to make sure (FEP-2c59, PROTOCOL 3.1).

A host that answers 404 is asked for its host-meta once (RFC 6415), as Mastodon does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from federation.actors import RemoteActor
from federation.addresses import NetworkPolicy
from federation.documents import MAX_DISCOVERY_BYTES, JsonObject, id_of, many
from federation.errors import FederationError, Forbidden, Gone, Malformed, Unreachable
from federation.host_meta import HOST_META_TYPES, template_in
from federation.origins import origin_of, same_origin
from federation.vocabulary import JRD_JSON, is_activity_json

PROFILE_PAGE_REL = "http://webfinger.net/rel/profile-page"

_MAX_RESOURCE = 2048
_MAX_LINKS = 64
_ACCEPT = f"{JRD_JSON}, application/json"
_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,31}):(?P<rest>[!-~]+)")
_USER = r"(?P<user>[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,253}[A-Za-z0-9_])?)"
_HOST = r"(?P<host>(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?)"
_ACCOUNT = re.compile(f"{_USER}@{_HOST}")


class DiscoverySource(Protocol):
    """What discovery needs of the client."""

    @property
    def policy(self) -> NetworkPolicy: ...

    async def fetch_json(self, url: str, accept: str, max_bytes: int = MAX_DISCOVERY_BYTES) -> JsonObject: ...

    async def fetch_bytes(
        self, url: str, accept_types: frozenset[str], max_bytes: int
    ) -> tuple[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a WebFinger answer. `template` is a URI template of RFC 6570 (RFC 6415 4.2); both unchecked."""

    rel: str
    href: str | None
    template: str | None


@dataclass(frozen=True, slots=True)
class Resource:
    """What somebody asks about. `user` and `authority` (lower case) only for `acct:` URIs."""

    uri: str
    scheme: str
    user: str | None = None
    authority: str | None = None


def parse_resource(text: str | None) -> Resource:
    """Read the decoded `resource` parameter: an absolute URI of any scheme (RFC 7033 4.5).

    Raises `Malformed("no-resource")` when it is missing and `Malformed("bad-resource")` when it is no URI.
    """
    if not text:
        raise Malformed("no-resource")
    uri = _URI.fullmatch(text) if len(text) <= _MAX_RESOURCE else None
    if uri is None:
        raise Malformed("bad-resource")
    scheme = uri["scheme"].lower()
    if scheme != "acct":
        return Resource(text, scheme)
    account = _ACCOUNT.fullmatch(uri["rest"])
    if account is None:
        raise Malformed("bad-resource")
    return Resource(text, scheme, account["user"], account["host"].lower())


def parse_handle(handle: str) -> tuple[str, str]:
    """ "@user@host[:port]" (or without the first @, or with acct:) as user and lower-case authority.

    Raises `Malformed("bad-handle")`.
    """
    text = handle.strip().removeprefix("acct:").removeprefix("@")
    account = _ACCOUNT.fullmatch(text)
    if account is None:
        raise Malformed("bad-handle")
    return account["user"], account["host"].lower()


def jrd(subject: str, aliases: Sequence[str], links: Sequence[Mapping[str, str]]) -> JsonObject:
    """The answer's document: `subject` is "acct:user@host" or the URI asked for."""
    return {"subject": subject, "aliases": list(aliases), "links": [dict(link) for link in links]}


def self_link(actor_id: str) -> dict[str, str]:
    return {"rel": "self", "type": "application/activity+json", "href": actor_id}


async def resolve_handle(client: DiscoverySource, handle: str) -> str:
    """The actor id that the handle's host names for it.

    A claim by one side only: fetch that actor, then let `confirm_handle` ask back (IDC-13). Raises
    `Malformed`, `Unreachable`, and `Gone` when the host does not know the handle.
    """
    user, authority = parse_handle(handle)
    document = await _ask(client, user, authority)
    actor_id = _self_of(document)
    if actor_id is None:
        raise Unreachable("no-self-link", retry=False)
    return actor_id


async def fetch_links(client: DiscoverySource, handle: str) -> tuple[Link, ...]:
    """What the handle's host says of it, at most 64 links in its order. One request, without host-meta: visitors may
    type any host, and its host-meta could name a third one.

    Raises `Malformed`, `Unreachable`, and `Gone` when the host does not know the handle.
    """
    document = await _ask(client, *parse_handle(handle), once=True)
    found = [link for link in many(document, "links")[:_MAX_LINKS] if isinstance(link, dict)]
    return tuple(
        Link(link["rel"], _text(link.get("href")), _text(link.get("template")))
        for link in found
        if isinstance(link.get("rel"), str)
    )


async def confirm_handle(client: DiscoverySource, actor: RemoteActor) -> str:
    """The account "user@host" under which WebFinger leads back to exactly this actor.

    The actor's `webfinger` property says which account to ask for (FEP-2c59); without it the host of the id
    is asked for `preferredUsername` and may name another domain in its `subject`, which has to confirm: one
    hop, no more. Raises `Forbidden("handle-not-confirmed")`, or what the client raises.
    """
    user, authority = parse_handle(actor.webfinger or actor.handle)
    subject = await _confirmed_subject(client, actor.id, user, authority)
    if subject == (user.lower(), authority):
        return f"{user}@{authority}"
    # A host may point away from itself only where the actor has not already said which domain it belongs to.
    if subject is None or actor.webfinger is not None:
        raise Forbidden("handle-not-confirmed")
    if await _confirmed_subject(client, actor.id, *subject) != subject:
        raise Forbidden("handle-not-confirmed")
    return "@".join(subject)


async def _confirmed_subject(
    client: DiscoverySource, actor_id: str, user: str, authority: str
) -> tuple[str, str] | None:
    document = await _ask(client, user, authority)
    subject = document.get("subject")
    if _self_of(document) != actor_id or not isinstance(subject, str):
        return None
    try:
        named, host = parse_handle(subject)
    except Malformed:
        return None
    return named.lower(), host


async def _ask(client: DiscoverySource, user: str, authority: str, *, once: bool = False) -> JsonObject:
    # Plain http exists inside the operator's own networks only, as in a test on loopback.
    try:
        parsed = client.policy.check_url(f"http://{authority}/")
        literal = parsed.address is not None or parsed.host == "localhost"
    except Unreachable:
        literal = False
    resource = quote(f"acct:{user}@{authority}", safe="")
    url = f"{'http' if literal else 'https'}://{authority}/.well-known/webfinger?resource={resource}"
    try:
        return await client.fetch_json(url, _ACCEPT)
    except Gone as gone:
        # 410 is meant: Mastodon deletes accounts for it. 404 may come of a host whose WebFinger is elsewhere.
        elsewhere = None if gone.deleted or once else await _elsewhere(client, url, resource)
        if elsewhere is None:
            raise
        return await client.fetch_json(elsewhere, _ACCEPT)


async def _elsewhere(client: DiscoverySource, url: str, resource: str) -> str | None:
    """Where host-meta says that WebFinger is, if that is another address than `url`: one step, no more."""
    origin = origin_of(url)
    try:
        _, body = await client.fetch_bytes(
            f"{origin}/.well-known/host-meta", HOST_META_TYPES, MAX_DISCOVERY_BYTES
        )
        there = template_in(body).replace("{uri}", resource)
        # A template must not lead out of TLS, nor put what was asked into the name of a host.
        safe = there.startswith("https://") or same_origin(there, url)
        client.policy.check_url(there)
    except FederationError:
        return None
    return there if safe and there != url else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _self_of(document: JsonObject) -> str | None:
    for link in many(document, "links"):
        if not isinstance(link, dict) or link.get("rel") != "self":
            continue
        media_type = link.get("type")
        if isinstance(media_type, str) and is_activity_json(media_type):
            return id_of(link.get("href"))
    return None

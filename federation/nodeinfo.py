"""NodeInfo 2.0 and 2.1 (FEP-0151, FEP-2677): what an instance says about itself to anybody, and what others say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from federation.documents import MAX_DISCOVERY_BYTES, JsonObject, id_of, many, text_of
from federation.errors import Malformed
from federation.origins import same_origin

APPLICATION_REL = "https://www.w3.org/ns/activitystreams#Application"
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
VERSIONS: tuple[Literal["2.0"], Literal["2.1"]] = ("2.0", "2.1")
MAX_VERSION_CHARACTERS: Final = 100
_MAX_LINKS: Final = 64
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_ACCEPT: Final = "application/json, application/jrd+json"


class JsonSource(Protocol):
    """What reading needs of the client."""

    async def fetch_json(self, url: str, accept: str, max_bytes: int = MAX_DISCOVERY_BYTES) -> JsonObject: ...


@dataclass(frozen=True, slots=True)
class Software:
    """What a server runs, as it says itself: a hint for what to send it, never a reason to trust it.

    `name` is lower case, a-z, 0-9 and hyphens; `version` is any short text, "" when there is none.
    """

    name: str
    version: str


def content_type(version: str) -> str:
    return f'application/json; profile="{_SCHEMA}{version}#"'


def well_known(origin: str, application_actor: str) -> JsonObject:
    """`/.well-known/nodeinfo`: both versions and the instance actor. `origin` has no trailing slash."""
    links: list[JsonObject] = [
        {"rel": _SCHEMA + version, "href": f"{origin}/nodeinfo/{version}"} for version in VERSIONS
    ]
    links.append({"rel": APPLICATION_REL, "href": application_actor})
    return {"links": links}


def document(
    version: Literal["2.0", "2.1"],
    *,
    software_name: str,
    software_version: str,
    repository: str | None = None,
    homepage: str | None = None,
    open_registrations: bool = False,
    users_total: int | None = None,
    local_posts: int | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> JsonObject:
    """The document of one version. FEP-0151 asks for no false numbers: a number that is None is left out.

    `repository` and `homepage` exist in 2.1 only; 2.0's schema refuses them.
    """
    software: JsonObject = {"name": software_name, "version": software_version}
    if version == "2.1":
        software |= {
            key: value
            for key, value in (("repository", repository), ("homepage", homepage))
            if value is not None
        }
    usage: JsonObject = {"users": {} if users_total is None else {"total": users_total}}
    if local_posts is not None:
        usage["localPosts"] = local_posts
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": usage,
        "metadata": dict(metadata or {}),
    }


async def fetch_software(client: JsonSource, origin: str) -> Software:
    """What the server at `origin` ("https://host[:port]") runs, from its NodeInfo 2.1, else 2.0.

    Raises `Malformed` for what is no NodeInfo or leads to another origin, and whatever the client raises.
    """
    discovery = await client.fetch_json(f"{origin}/.well-known/nodeinfo", _ACCEPT)
    info = await client.fetch_json(_document_link(discovery, origin), _ACCEPT)
    software = info.get("software")
    name = text_of(software, "name", 65) if isinstance(software, dict) else None
    # Mobilizon and others write their name with a capital although the schema forbids it.
    if not isinstance(software, dict) or name is None or not _NAME.fullmatch(name.lower()):
        raise Malformed("no-software")
    return Software(name.lower(), text_of(software, "version", MAX_VERSION_CHARACTERS) or "")


def _document_link(discovery: JsonObject, origin: str) -> str:
    links = [link for link in many(discovery, "links")[:_MAX_LINKS] if isinstance(link, dict)]
    for version in reversed(VERSIONS):
        for link in links:
            if link.get("rel") != _SCHEMA + version:
                continue
            href = id_of(link.get("href"))
            # A link of a stranger's choice must not send us around our own network (Fedify CVE-2026-62857).
            if href is None or not same_origin(href, origin):
                raise Malformed("foreign-link")
            return href
    raise Malformed("no-nodeinfo")

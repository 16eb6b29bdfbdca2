"""NodeInfo 2.0 and 2.1 (FEP-0151, FEP-2677): what an instance says about itself to anybody."""

from collections.abc import Mapping
from typing import Any, Literal

from federation.documents import JsonObject

APPLICATION_REL = "https://www.w3.org/ns/activitystreams#Application"
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
VERSIONS: tuple[Literal["2.0"], Literal["2.1"]] = ("2.0", "2.1")


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

"""The hub's own actor document: a `Group`, so that people know what to expect and its boosts notify nobody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from federation.documents import loads
from server.documents.profile import Icon, Profile
from server.fediverse.actors.ours.documents import signed_actor
from server.fediverse.instance import Instance
from server.fediverse.keyring import ActorKeys

DEFAULT_SUMMARY = "Grassroots initiatives and what they ask people to do. Follow to see new calls to action."
ICON = "/static/icons/hub.png"
FOLLOW_PAGE = "/follow"

# What says nothing about the hub itself: a document that differs in these only is not a new one.
_OF_THE_MOMENT = frozenset({"published", "updated", "proof"})


def hub_document(here: Instance, keys: ActorKeys, published: datetime, now: datetime) -> dict[str, Any]:
    """With its proof."""
    settings, uris = here.settings, here.uris
    actor_id = uris.actor(settings.hub_handle)
    profile = Profile(
        handle=settings.hub_handle,
        name=settings.name,
        summary=settings.hub_summary or DEFAULT_SUMMARY,
        languages=(),
        themes=(),
        place=None,
        links=(),
        icon=Icon(settings.origin + ICON, "image/png", settings.name),
        published=published,
        updated=now,
        page_url=settings.origin + FOLLOW_PAGE,
    )
    return signed_actor(profile, actor_id, uris, keys, type="Group")


def says_the_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return _lasting(old) == _lasting(new)


def read(document: str) -> dict[str, Any]:
    return loads(document.encode())


def _lasting(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _OF_THE_MOMENT}

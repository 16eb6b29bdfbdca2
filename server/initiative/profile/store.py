"""Initiatives in and out of storage."""

from typing import Any

from server.clock import from_millis, millis
from server.documents.profile import Icon, Profile, ProfileLink
from server.fediverse.uris import Uris
from server.initiative.profile.model import Initiative
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def insert_initiative(tx: Transaction, initiative: Initiative) -> None:
    profile = initiative.profile
    tx.run(
        QUERIES.insert_initiative,
        **_values(initiative),
        handle=profile.handle,
        published_at=millis(profile.published),
    )
    _insert_links(tx, initiative)


def update_initiative(tx: Transaction, initiative: Initiative) -> None:
    tx.run(QUERIES.update_initiative, **_values(initiative))
    tx.run(QUERIES.delete_links, actor_id=initiative.actor_id)
    _insert_links(tx, initiative)


def delete_initiative(tx: Transaction, actor_id: str) -> None:
    tx.run(QUERIES.delete_initiative, actor_id=actor_id)


def by_handle(tx: Transaction, uris: Uris, handle: str) -> Initiative | None:
    return _initiative(tx, uris, tx.one(QUERIES.initiative_by_handle, handle=handle.lower()))


def by_id(tx: Transaction, uris: Uris, actor_id: str) -> Initiative | None:
    return _initiative(tx, uris, tx.one(QUERIES.initiative_by_id, actor_id=actor_id))


def page(
    tx: Transaction, uris: Uris, *, theme: str | None = None, limit: int, offset: int = 0
) -> list[Initiative]:
    """By handle; None stands for every theme."""
    rows = tx.all(QUERIES.page_of_initiatives, theme=theme, limit=limit, offset=offset)
    return [found for row in rows if (found := _initiative(tx, uris, row))]


def count(tx: Transaction, *, theme: str | None = None) -> int:
    row = tx.one(QUERIES.count_initiatives, theme=theme)
    return row["n"] if row else 0


def inboxes_ever_reached(tx: Transaction, actor_id: str) -> list[tuple[str, str]]:
    """Pairs (inbox, origin) of whoever was sent anything of this actor, as far as retention remembers."""
    return [(row["inbox"], row["origin"]) for row in tx.all(QUERIES.inboxes_ever_reached, actor_id=actor_id)]


def servers_following(tx: Transaction, actor_id: str) -> int:
    """How many servers get what the initiative says."""
    row = tx.one(QUERIES.servers_following, actor_id=actor_id)
    return row["n"] if row else 0


def forget_followers(tx: Transaction, actor_id: str) -> None:
    tx.run(QUERIES.forget_followers, actor_id=actor_id)


def _insert_links(tx: Transaction, initiative: Initiative) -> None:
    rows = [
        {"actor_id": initiative.actor_id, "position": position, "name": link.name, "url": link.url}
        for position, link in enumerate(initiative.profile.links)
    ]
    tx.run_many(QUERIES.insert_link, rows)


def _values(initiative: Initiative) -> dict[str, Any]:
    profile = initiative.profile
    return {
        "actor_id": initiative.actor_id,
        "name": profile.name,
        "summary": profile.summary,
        "languages": " ".join(profile.languages),
        "themes": " ".join(profile.themes),
        "place": profile.place,
        "icon_name": initiative.icon_name,
        "icon_media_type": profile.icon.media_type if profile.icon else None,
        "icon_alt": profile.icon.alt if profile.icon else "",
        "place_decided": int(initiative.place_decided),
        "updated_at": millis(profile.updated),
    }


def _initiative(tx: Transaction, uris: Uris, row: Row | None) -> Initiative | None:
    if row is None:
        return None
    icon = None
    if row["icon_name"] is not None:
        icon = Icon(uris.media(row["icon_name"]), row["icon_media_type"], row["icon_alt"])
    links = tuple(
        ProfileLink(link["name"], link["url"]) for link in tx.all(QUERIES.links_of, actor_id=row["actor_id"])
    )
    profile = Profile(
        handle=row["handle"],
        name=row["name"],
        summary=row["summary"],
        languages=tuple(row["languages"].split()),
        themes=tuple(row["themes"].split()),
        place=row["place"],
        links=links,
        icon=icon,
        published=from_millis(row["published_at"]),
        updated=from_millis(row["updated_at"]),
        page_url=uris.profile_page(row["handle"]),
    )
    return Initiative(row["actor_id"], profile, row["icon_name"], bool(row["place_decided"]))

"""Outbox, followers, following and featured: what peers read of an actor (PROTOCOL 6)."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from federation.collections import ordered_collection, page
from federation.documents import JsonObject, id_of
from server.endpoints.whose import actor_of, buried, nobody
from server.feature import features_in
from server.fediverse import followers, outbox
from server.fediverse.actors import LocalActor
from server.fediverse.wire import from_text, to_text
from server.services import Services, services_of
from server.storage.database import Transaction
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door
from server.web.responses import activity_json

PAGE = 20
# Readers take a mebibyte at most, ours too; twenty long calls in Cyrillic letters are more.
PAGE_BYTES = 500_000
FOLLOWING_PAGE = 100
# Below this number a count tells too much about single people; the pages say "fewer than 10".
FEWEST_SHOWN = 10
MAX_AGE_SECONDS = 60

_CURSOR = re.compile(r"[0-9a-f]{1,64}")

Reader = Callable[[Request, Services, LocalActor], Awaitable[JsonObject | None]]


def _door(read: Reader) -> Callable[[Request], Awaitable[Response]]:
    async def door(request: Request) -> Response:
        actor = await actor_of(request)
        if actor is None:
            return nobody(request)
        if actor.deleted:
            return buried(request, actor)
        document = await read(request, services_of(request), actor)
        if document is None:
            return nobody(request)
        return activity_json(request, to_text(document), max_age=MAX_AGE_SECONDS)

    return door


async def _outbox(request: Request, services: Services, actor: LocalActor) -> JsonObject | None:
    """Pages go by the id of an activity: while new ones arrive nothing is read twice or left out."""
    uris = services.here.uris
    address = uris.outbox(actor.id)
    if "page" not in request.query_params:
        return await services.database.read(lambda tx: _outbox_head(tx, actor.id, address))
    cursor = request.query_params.get("max_id")
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        return None
    before = uris.activity(cursor) if cursor else None
    found = await services.database.read(
        lambda tx: outbox.activities_of(tx, actor.id, before=before, limit=PAGE + 1)
    )
    shown = _fitting(found[:PAGE])
    this = f"{address}?page=true" + (f"&max_id={cursor}" if cursor else "")
    following = None
    if len(found) > len(shown):
        following = f"{address}?page=true&max_id={shown[-1].id.rpartition('/')[2]}"
    items = [from_text(activity.document) for activity in shown if activity.document is not None]
    return page(this, address, items, following)


def _outbox_head(tx: Transaction, actor_id: str, address: str) -> JsonObject:
    """`updated` differs whenever a page does: a call that came and one that went leave the number as it was, and who
    asks only whether the collection changed would never read the pages."""
    newest = outbox.activities_of(tx, actor_id, before=None, limit=1)
    updated = from_text(newest[0].document)["published"] if newest and newest[0].document else None
    total = outbox.count_listed(tx, actor_id)
    return ordered_collection(address, total, f"{address}?page=true", updated=updated)


def _fitting(activities: list[outbox.Activity]) -> list[outbox.Activity]:
    """As many as fit on a page, one at least."""
    room = PAGE_BYTES
    for number, activity in enumerate(activities):
        room -= len((activity.document or "").encode())
        if room < 0 and number:
            return activities[:number]
    return activities


async def _followers(request: Request, services: Services, actor: LocalActor) -> JsonObject:
    """A number from ten upwards, and never who."""
    count = await services.database.read(lambda tx: followers.count(tx, actor.id))
    address = services.here.uris.followers(actor.id)
    return ordered_collection(address, count if count >= FEWEST_SHOWN else None)


async def _following(request: Request, services: Services, actor: LocalActor) -> JsonObject | None:
    """A hub's is its directory and is shown; whom an initiative follows is a number."""
    address = services.here.uris.following(actor.id)
    if actor.kind != "hub" or "page" not in request.query_params:
        total = await services.database.read(lambda tx: followers.count_following(tx, actor.id))
        return ordered_collection(address, total, f"{address}?page=true" if actor.kind == "hub" else None)
    after = request.query_params.get("after", "")
    if after and id_of(after) is None:
        return None
    ids = await services.database.read(
        lambda tx: followers.following_page(tx, actor.id, after=after, limit=FOLLOWING_PAGE + 1)
    )
    shown = ids[:FOLLOWING_PAGE]
    this = _following_page(address, after)
    return page(
        this, address, shown, _following_page(address, shown[-1]) if len(ids) > FOLLOWING_PAGE else None
    )


def _following_page(address: str, after: str) -> str:
    return f"{address}?" + urlencode({"page": "true", **({"after": after} if after else {})})


async def _featured(request: Request, services: Services, actor: LocalActor) -> JsonObject | None:
    sources = [
        feature.collections["featured"]
        for feature in features_in(request)
        if "featured" in feature.collections
    ]

    def members(tx: Transaction) -> list[Any]:
        return [member for source in sources for member in source(tx, services, actor.id)]

    items = await services.database.read(members)
    document = ordered_collection(services.here.uris.featured(actor.id), len(items))
    return {**document, "orderedItems": items}


READERS: dict[str, Reader] = {
    "outbox": _outbox,
    "followers": _followers,
    "following": _following,
    "featured": _featured,
}
ROUTES: list[Door] = [
    *(Door(f"/actors/{{handle}}/{name}", authorized(_door(read)), PUBLIC) for name, read in READERS.items()),
    Door("/actor/outbox", authorized(_door(_outbox)), PUBLIC),
]

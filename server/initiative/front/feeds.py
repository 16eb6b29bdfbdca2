"""calls.json, directory.json and the Atom feeds of the initiatives that live here."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from federation.documents import MAX_FETCH_BYTES, loads
from server.documents.feeds import PAGE, FeedEntry, atom, feed_entry
from server.documents.items import call_item, listing_item
from server.documents.profile import read_profile
from server.fediverse import actors
from server.initiative.calls import store as calls
from server.initiative.profile import store as initiatives
from server.initiative.profile.model import Initiative
from server.initiative.profile.pages import page_number
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.themes import parse_theme
from server.web.responses import json_response
from server.web.texts import TEXTS, PageError


async def calls_json(request: Request) -> Response:
    """`{"items", "total", "next"}` of open and closed calls; `theme` narrows it."""
    services, number = services_of(request), page_number(request)
    try:
        theme = _theme(request)
    except ValueError as problem:
        return json_response(request, {"error": str(problem)}, status=400)
    found, total = await services.database.read(
        lambda tx: (
            calls.page(tx, theme=theme, limit=PAGE, offset=(number - 1) * PAGE),
            calls.count(tx, theme=theme),
        )
    )
    items = [{**call_item(call), "page": call.uri} for call in found]
    return _list(request, services, "/calls.json", items, total, number, theme)


async def directory_json(request: Request) -> Response:
    """`{"items", "total", "next"}` of the initiatives that live here; `theme` narrows it."""
    services, number = services_of(request), page_number(request)
    try:
        theme = _theme(request)
    except ValueError as problem:
        return json_response(request, {"error": str(problem)}, status=400)

    def read(tx: Transaction) -> tuple[list[dict[str, Any]], int]:
        uris = services.here.uris
        page = initiatives.page(tx, uris, theme=theme, limit=PAGE, offset=(number - 1) * PAGE)
        return [_listed(tx, services, found) for found in page], initiatives.count(tx, theme=theme)

    items, total = await services.database.read(read)
    return _list(request, services, "/directory.json", items, total, number, theme)


async def feed(request: Request) -> Response:
    """What changed last: new calls, edits and ends, of one initiative or of all."""
    services = services_of(request)
    handle = request.path_params.get("handle")
    title, path, entries = await services.database.read(partial(_entries, services, handle))
    address = services.here.uris.origin + path
    page = address.removesuffix("feed.atom").rstrip("/")
    return atom(request, services.pages, title=title, address=address, page=page, entries=entries)


def _entries(services: Services, handle: str | None, tx: Transaction) -> tuple[str, str, list[FeedEntry]]:
    uris = services.here.uris
    one = None
    if handle is not None:
        one = initiatives.by_handle(tx, uris, handle)
        if one is None:
            raise PageError(404, *TEXTS[404])
    latest = calls.latest(tx, actor_id=one.actor_id if one else None, limit=PAGE)
    authors = {
        actor_id: initiatives.by_id(tx, uris, actor_id) for actor_id in {call.actor_id for call in latest}
    }
    entries = [
        feed_entry(call, author=author.profile.name if author else "", page=call.uri)
        for call in latest
        for author in [authors[call.actor_id]]
    ]
    if one is None:
        return services.here.settings.name, "/feed.atom", entries
    return one.profile.name, f"/@{one.profile.handle}/feed.atom", entries


def _listed(tx: Transaction, services: Services, found: Initiative) -> dict[str, Any]:
    """Read from the signed document, so that this list and a hub's say the same."""
    actor = actors.by_id(tx, found.actor_id)
    body = actor.document.encode() if actor else b"{}"
    profile = read_profile(loads(body, max_bytes=MAX_FETCH_BYTES))
    handle = f"@{found.profile.handle}@{services.here.settings.handle_domain}"
    return {**listing_item(profile, handle=handle), "page": found.profile.page_url}


def _theme(request: Request) -> str | None:
    """Raises UnknownWord: to a program, a filter that was not understood would be a wrong answer."""
    text = request.query_params.get("theme", "")
    return parse_theme(text) if text else None


def _list(
    request: Request,
    services: Services,
    path: str,
    items: list[dict[str, Any]],
    total: int,
    number: int,
    theme: str | None,
) -> Response:
    following = None
    if number * PAGE < total:
        query = {"theme": theme, "page": number + 1} if theme else {"page": number + 1}
        following = f"{services.here.uris.origin}{path}?{urlencode(query)}"
    return json_response(request, {"items": items, "total": total, "next": following})

"""A call's address: a page for people, the signed Note for servers, 410 once it was withdrawn."""

from functools import partial
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from server.documents.cards import facts
from server.documents.rich_text import markdown_to_html
from server.initiative.calls import store
from server.initiative.calls.model import CALL_ID, KeptCall, Withdrawn
from server.initiative.profile import store as initiatives
from server.initiative.profile.model import Initiative
from server.initiative.replies import shown as replies
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.themes import theme_label
from server.taxonomy.wording import day
from server.web.authorized import note_call
from server.web.negotiation import page_language, wants_activity_json
from server.web.responses import activity_json, error_json
from server.web.texts import TEXTS, PageError

ROOM: Final = 5_000
"""Bytes on the wire for a call's text and its replies; what stands around them, and the style, take the rest."""


async def call(request: Request) -> Response:
    services = services_of(request)
    call_id = request.path_params["call_id"]
    if not CALL_ID.fullmatch(call_id):
        return _nothing(request)
    uri = services.here.uris.call(call_id)
    match await services.database.read(partial(_find, services, uri)):
        case Withdrawn() as gone, _, _:
            if wants_activity_json(request):
                return activity_json(request, gone.tombstone, status=410)
            raise PageError(410, *TEXTS[410])
        case KeptCall() as kept, Initiative() as initiative, replies.Excerpt() as excerpt:
            if wants_activity_json(request):
                note_call(request, uri)
                return activity_json(request, kept.document)
            return _page(request, services, kept, initiative, excerpt)
        case _:
            return _nothing(request)


def _find(
    services: Services, uri: str, tx: Transaction
) -> tuple[KeptCall | Withdrawn | None, Initiative | None, replies.Excerpt | None]:
    found = store.find(tx, uri)
    if not isinstance(found, KeptCall):
        return found, None, None
    # A long call leaves little room on its page; the rest is one click away.
    room = ROOM - replies.weight(markdown_to_html(found.call.text))
    excerpt = replies.shown_replies(tx, uri, room=room, most=replies.MOST_ON_CALL)
    return found, initiatives.by_id(tx, services.here.uris, found.call.actor_id), excerpt


def _page(
    request: Request,
    services: Services,
    kept: KeptCall,
    initiative: Initiative,
    excerpt: replies.Excerpt,
) -> Response:
    language, today = page_language(request), services.here.clock.now().date()
    handle = initiative.profile.handle
    shown = kept.call
    return services.pages.render(
        request,
        "initiative/call.html",
        call=shown,
        text=markdown_to_html(shown.text),
        facts=facts(shown, language, today),
        link_host=urlsplit(shown.link).netloc if shown.link else "",
        themes=[(theme, theme_label(theme, language)) for theme in shown.themes],
        initiative=initiative.profile,
        handle=f"@{handle}@{services.here.settings.handle_domain}",
        feed=f"/@{handle}/feed.atom",
        call_id=request.path_params["call_id"],
        replies=[(reply, day(reply.published.date(), language, today)) for reply in excerpt.replies],
        more_replies=excerpt.more,
    )


def _nothing(request: Request) -> Response:
    if wants_activity_json(request):
        return error_json("not-found", 404)
    raise PageError(404, *TEXTS[404])

"""All replies to a call that its editors show, as many on a page as there is room for."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.initiative.calls import store as calls
from server.initiative.calls.model import CALL_ID, KeptCall, Withdrawn
from server.initiative.replies import shown
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.wording import day
from server.web.negotiation import page_language
from server.web.texts import TEXTS, PageError

ROOM: Final = 7_000
"""Bytes of compressed replies on one page: with the page around them and its style they stay within 14 336."""
MAX_START: Final = 10_000


async def all_replies(request: Request) -> Response:
    """`?from=` counts replies, not pages: how many fit on a page depends on how long they are."""
    services, language = services_of(request), page_language(request)
    call_id = str(request.path_params["call_id"])
    start = _start(request.query_params.get("from", ""))
    today = services.here.clock.now().date()

    def read(tx: Transaction) -> Response:
        found = calls.find(tx, services.here.uris.call(call_id)) if CALL_ID.fullmatch(call_id) else None
        if isinstance(found, Withdrawn):
            raise PageError(410, *TEXTS[410])
        if not isinstance(found, KeptCall):
            raise PageError(404, *TEXTS[404])
        excerpt = shown.shown_replies(tx, found.call.uri, room=ROOM, most=shown.MOST_ON_PAGE, start=start)
        return services.pages.render(
            request,
            "initiative/replies.html",
            call=found.call,
            call_id=call_id,
            excerpt=excerpt,
            replies=[(reply, day(reply.published.date(), language, today)) for reply in excerpt.replies],
            start=start,
            following=start + len(excerpt.replies),
        )

    return await services.database.read(read)


def _start(text: str) -> int:
    return min(int(text), MAX_START) if text.isascii() and text.isdigit() and len(text) < 6 else 0

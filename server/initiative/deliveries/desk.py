"""The desk of deliveries: which servers have what was said, and what keeps the others."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.fediverse import deliveries
from server.initiative import desk
from server.initiative.deliveries.model import host
from server.initiative.profile.pages import page_number
from server.services import services_of
from server.storage.database import Transaction
from server.web.negotiation import page_language

PAGE: Final = 50


async def show(request: Request) -> Response:
    services, language, number = services_of(request), page_language(request), page_number(request)
    now = services.here.clock.now()

    def read(tx: Transaction) -> Response:
        initiative = desk.initiative_at(tx, services, request)
        offset = (number - 1) * PAGE
        found = deliveries.standings(tx, initiative.actor_id, limit=PAGE + 1, offset=offset)
        return desk.render(
            services,
            request,
            "deliveries.html",
            initiative,
            reach=deliveries.reach(tx, initiative.actor_id),
            hosts=[host(standing, language, now) for standing in found[:PAGE]],
            page=number,
            more=len(found) > PAGE,
        )

    return await services.database.read(read)

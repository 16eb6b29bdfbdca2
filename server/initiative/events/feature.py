"""What events plug in."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from server.feature import Chore, Feature
from server.fediverse import dialects
from server.initiative.events import inbox, pages
from server.services import Services
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door


async def learn(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """The errand of one server, by its origin."""
    await dialects.learn(services.here, services.database, subject)


async def ask_again(services: Services) -> int:
    return await services.database.write(lambda tx: dialects.ask_again(tx, services.here))


EVENTS = Feature(
    name="initiative.events",
    routes=[Door("/events/{call_id}", authorized(pages.event), PUBLIC)],
    listeners={"Follow": inbox.follow, "Join": inbox.join},
    errands={dialects.LEARN: learn},
    chores=[Chore("ask-for-dialects", ask_again, timedelta(hours=24))],
)

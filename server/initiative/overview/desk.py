"""The first page of an initiative's desk."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.fediverse import deliveries, followers
from server.initiative import desk
from server.initiative.calls import store as calls
from server.initiative.calls.model import is_overdue
from server.initiative.drafts import store as drafts
from server.initiative.memberships import store as memberships
from server.initiative.memberships.model import UNDERWAY, WORDS, Application
from server.initiative.overview.model import events
from server.initiative.profile import store as initiatives
from server.initiative.profile.model import Initiative
from server.services import services_of
from server.storage.database import Transaction
from server.web.negotiation import page_language

MOST_OPEN: Final = 200
MOST_EVENTS: Final = 12


async def show(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    now = services.here.clock.now()
    today = now.date()

    def read(tx: Transaction) -> Response:
        initiative = desk.initiative_at(tx, services, request)
        actor_id = initiative.actor_id
        open_calls = calls.page(tx, actor_id=actor_id, state="open", limit=MOST_OPEN)
        applications = memberships.of_initiative(tx, actor_id)
        happened = events(
            initiative.profile,
            calls.latest(tx, actor_id=actor_id, limit=MOST_EVENTS),
            memberships.steps(tx, actor_id, MOST_EVENTS * 4),
            MOST_EVENTS,
        )
        return desk.render(
            services,
            request,
            "overview.html",
            initiative,
            drafts=drafts.of_initiative(tx, actor_id),
            overdue=[(call, desk.call_id_of(call.uri)) for call in open_calls if is_overdue(call, now)],
            answers=[entry for entry in applications if _waits(entry)],
            state_words=WORDS,
            failing=deliveries.reach(tx, actor_id).failing,
            gaps=_gaps(initiative),
            no_hub=not applications,
            events=[(desk.day_of(event.at, language, today), event) for event in happened],
            followers=followers.count(tx, actor_id),
            servers=initiatives.servers_following(tx, actor_id),
            open_calls=len(open_calls),
            call_id_of=desk.call_id_of,
        )

    return await services.database.read(read)


def _waits(application: Application) -> bool:
    """Whether somebody should know or do something about it."""
    return application.state in UNDERWAY or application.state in ("refused", "removed", "failed")


def _gaps(initiative: Initiative) -> list[str]:
    """What a reader misses in the profile."""
    profile = initiative.profile
    missing = {
        "summary": not profile.summary,
        "icon": profile.icon is None,
        "themes": not profile.themes,
        "place": not initiative.place_decided,
    }
    return [name for name, gap in missing.items() if gap]

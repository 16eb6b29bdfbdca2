"""What everybody may know: who is listed since when, who was removed and why. Never who decided or was refused."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from server.hub.decisions import store
from server.hub.decisions.model import PAGE, Entry
from server.hub.listings.model import short_id
from server.services import services_of
from server.taxonomy.wording import day
from server.web.negotiation import page_language
from server.web.render import local_url

DECISIONS = "/decisions"


@dataclass(frozen=True, slots=True)
class Line:
    """`path` leads to the initiative's page while it is listed."""

    day: str
    removed: bool
    name: str
    handle: str
    reason: str
    path: str | None


async def decisions(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    before = number_in(request)
    found = await services.database.read(lambda tx: store.public_page(tx, before, PAGE + 1))
    return services.pages.render(
        request,
        "hub/decisions.html",
        lines=[line for entry in found[:PAGE] if (line := _line(entry, language)) is not None],
        next=next_page(request, DECISIONS, found),
        previous=local_url(request, DECISIONS, {}) if before is not None else None,
    )


def number_in(request: Request) -> int | None:
    """Where in the log a page begins; what is no number is the beginning."""
    text = request.query_params.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def next_page(request: Request, path: str, found: list[Entry], **query: str) -> str | None:
    if len(found) <= PAGE:
        return None
    return local_url(request, path, {**query, "before": found[PAGE - 1].link.number})


def _line(entry: Entry, language: str) -> Line | None:
    decision = entry.decision
    if decision is None:
        return None
    return Line(
        day=day(entry.link.at.date(), language),
        removed=decision.act == "remove",
        name=decision.name,
        handle=decision.handle,
        reason=decision.reason if decision.act == "remove" else "",
        path=f"/initiatives/{short_id(decision.actor_id)}" if entry.listed else None,
    )

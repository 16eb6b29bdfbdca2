"""What the desks of initiatives share: which initiative an address means, and where an act leads."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from server.fediverse import actors
from server.initiative.calls import store as calls
from server.initiative.calls.model import CALL_ID, KeptCall, Withdrawn
from server.initiative.profile import store
from server.initiative.profile.model import Initiative
from server.services import Services
from server.storage.database import Transaction
from server.taxonomy import wording
from server.taxonomy.languages import translations
from server.taxonomy.words import N_ as _
from server.web.negotiation import page_language
from server.web.texts import TEXTS, PageError

PLACES = (
    (_("Overview"), ""),
    (_("Profile"), "/profile"),
    (_("Calls"), "/calls"),
    (_("Replies"), "/replies"),
    (_("Deliveries"), "/deliveries"),
    (_("Hubs"), "/hubs"),
)
"""The pages of an initiative's desk, as its menu lists them: msgid and the end of the path."""


def initiative_at(tx: Transaction, services: Services, request: Request) -> Initiative:
    """The initiative whose desk this is. Raises `PageError`: 410 for a deleted one, 404 for none."""
    handle = str(request.path_params["handle"])
    found = store.by_handle(tx, services.here.uris, handle)
    if found is not None:
        return found
    gone = actors.by_handle(tx, handle)
    status = 410 if gone is not None and gone.kind == "initiative" else 404
    raise PageError(status, *TEXTS[status])


def call_at(tx: Transaction, services: Services, initiative: Initiative, request: Request) -> KeptCall:
    """The initiative's own call at this address. Raises `PageError`: 404 also for a call of somebody else."""
    call_id = str(request.path_params["call_id"])
    found = calls.find(tx, services.here.uris.call(call_id)) if CALL_ID.fullmatch(call_id) else None
    match found:
        case KeptCall() if found.call.actor_id == initiative.actor_id:
            return found
        case Withdrawn() if found.actor_id == initiative.actor_id:
            raise PageError(410, *TEXTS[410])
    raise PageError(404, *TEXTS[404])


async def open_desk(services: Services, request: Request) -> Initiative:
    """As `initiative_at`, for pages that read nothing else."""
    return await services.database.read(lambda tx: initiative_at(tx, services, request))


def render(
    services: Services,
    request: Request,
    template: str,
    initiative: Initiative,
    status: int | None = None,
    **context: Any,
) -> Response:
    """A page of the initiative's desk; `done` is the word that an act left in the address."""
    return services.pages.render_desk(
        request,
        f"initiative/desk/{template}",
        status,
        initiative=initiative.profile,
        handle=f"@{initiative.profile.handle}@{services.here.settings.handle_domain}",
        root=root_of(initiative),
        places=PLACES,
        done=request.query_params.get("done", ""),
        **context,
    )


def root_of(initiative: Initiative) -> str:
    return f"/desk/@{initiative.profile.handle}"


def number(text: str) -> int:
    """A version or a time in a hidden field; -1, which fits nothing, for what is none.

    18 digits: the database knows no number of 64 bits and more, and complains of one.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1


def call_id_of(uri: str) -> str:
    return urlsplit(uri).path.rpartition("/")[2]


def day_of(moment: datetime, language: str, today: date) -> str:
    return wording.day(moment.date(), language, today)


def in_any_language(msgid: str, typed: str, request: Request) -> bool:
    """Whether the word to type was typed, as this page shows it or in English."""
    words = {msgid, translations(page_language(request)).gettext(msgid)}
    return typed.casefold() in {word.casefold() for word in words}


def kept_order(chosen: Collection[str], before: Collection[str]) -> tuple[str, ...]:
    """What was there keeps its order, what is new follows: boxes ticked know no order."""
    return (*(word for word in before if word in chosen), *(word for word in chosen if word not in before))

"""Deleting an initiative: what it does is said first, with numbers; afterwards what was done."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from server.feature import Refusal
from server.fediverse import actors, followers
from server.initiative import desk
from server.initiative.calls import store as calls
from server.initiative.memberships import store as memberships
from server.initiative.profile import icons
from server.initiative.profile import store as initiatives
from server.initiative.profile.model import Initiative
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.render import see_other
from server.web.texts import TEXTS, PageError


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with an initiative."""

    followers: int
    servers: int
    open_calls: int
    closed_calls: int
    hubs: tuple[str, ...]


async def delete(request: Request) -> Response:
    services = services_of(request)
    form = form_of(request, ("typed",))
    found = await services.database.read(lambda tx: _found(tx, services, request))
    # Nobody has the desk of a deleted initiative any more: what was done is read elsewhere.
    done = f"/desk/deleted/{request.path_params['handle']}"
    if found is None:
        return see_other(request, done)
    initiative, loss = found
    if form.sent:
        fields = Fields(form)
        try:
            typed = fields.text("typed", 200).removeprefix("@").casefold()
            if typed != initiative.profile.handle:
                sentence = _("To delete it, type %(handle)s here, exactly so.")
                fields.wrong("typed", Message(sentence, {"handle": initiative.profile.handle}))
            fields.require_none_wrong()
            await icons.save_removal(services, initiative.profile.handle)
            return see_other(request, done)
        except FormErrors as problems:
            form = form.with_errors(problems)
        except Refusal:
            # Somebody else did it meanwhile.
            return see_other(request, done)
    return desk.render(services, request, "delete.html", initiative, form=form, loss=loss)


async def deleted(request: Request) -> Response:
    """What was done. No secret: the public address says as much."""
    services = services_of(request)
    handle = str(request.path_params["handle"])
    gone = await services.database.read(lambda tx: actors.by_handle(tx, handle))
    if gone is None or gone.kind != "initiative" or not gone.deleted:
        raise PageError(404, *TEXTS[404])
    return services.pages.render_desk(request, "initiative/desk/deleted.html", handle=gone.handle)


def _found(tx: Transaction, services: Services, request: Request) -> tuple[Initiative, Loss] | None:
    """None when it was deleted. Raises `PageError` 404 when it never was."""
    handle = str(request.path_params["handle"])
    gone = actors.by_handle(tx, handle)
    if gone is None or gone.kind != "initiative":
        raise PageError(404, *TEXTS[404])
    if gone.deleted:
        return None
    initiative = desk.initiative_at(tx, services, request)
    listed = [entry for entry in memberships.of_initiative(tx, gone.id) if entry.state == "listed"]
    loss = Loss(
        followers=followers.count(tx, gone.id),
        servers=initiatives.servers_following(tx, gone.id),
        open_calls=calls.count_of(tx, gone.id, "open"),
        closed_calls=calls.count_of(tx, gone.id, "closed"),
        hubs=tuple(entry.hub_handle or entry.hub for entry in listed),
    )
    return initiative, loss

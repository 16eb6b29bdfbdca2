"""The desk of replies: what waits, one call's replies and numbers, showing one, hiding one for ever."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from server.initiative import desk
from server.initiative.calls import store as calls
from server.initiative.calls.model import KeptCall
from server.initiative.profile.model import Initiative
from server.initiative.profile.pages import page_number
from server.initiative.replies import actions, store
from server.initiative.replies.model import Reply
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.negotiation import page_language
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

PAGE: Final = 20
MOST_CALLS: Final = 50
GATES: Final = ("open", "closed")


async def waiting(request: Request) -> Response:
    """What waits, the oldest first, and the numbers of each call."""
    services, number = services_of(request), page_number(request)

    def read(tx: Transaction) -> Response:
        initiative = desk.initiative_at(tx, services, request)
        found = store.waiting(tx, initiative.actor_id, limit=PAGE + 1, offset=(number - 1) * PAGE)
        newest = calls.page(tx, actor_id=initiative.actor_id, limit=MOST_CALLS) if number == 1 else []
        return desk.render(
            services,
            request,
            "replies.html",
            initiative,
            replies=[_row(tx, services, request, reply) for reply in found[:PAGE]],
            calls=[(call, desk.call_id_of(call.uri), store.tally(tx, call.uri)) for call in newest],
            page=number,
            more=len(found) > PAGE,
        )

    return await services.database.read(read)


async def of_call(request: Request) -> Response:
    """One call: its numbers, what waits, what is shown; closing it for replies, and opening it again."""
    services, number = services_of(request), page_number(request)
    form = form_of(request, ("takes",))
    if form.sent:
        fields = Fields(form)
        gate = fields.choice("takes", GATES, required=True)

        def turn(tx: Transaction) -> str:
            initiative = desk.initiative_at(tx, services, request)
            uri = desk.call_at(tx, services, initiative, request).call.uri
            store.set_takes_replies(tx, uri, gate == "open")
            return f"{desk.root_of(initiative)}/replies/{desk.call_id_of(uri)}"

        try:
            fields.require_none_wrong()
            return see_other(request, await services.database.write(turn), done=gate)
        except FormErrors as problems:
            form = form.with_errors(problems)

    def read(tx: Transaction) -> Response:
        initiative = desk.initiative_at(tx, services, request)
        call = desk.call_at(tx, services, initiative, request).call
        shown = store.shown(tx, call.uri, limit=PAGE + 1, offset=(number - 1) * PAGE)
        first = store.waiting(tx, initiative.actor_id, call_uri=call.uri, limit=PAGE) if number == 1 else []
        return desk.render(
            services,
            request,
            "replies_of_call.html",
            initiative,
            form=form,
            call=call,
            call_id=desk.call_id_of(call.uri),
            tally=store.tally(tx, call.uri),
            waiting=[_row(tx, services, request, reply) for reply in first],
            shown=[_row(tx, services, request, reply) for reply in shown[:PAGE]],
            page=number,
            more=len(shown) > PAGE,
        )

    return await services.database.read(read)


async def show(request: Request) -> Response:
    """Puts a reply on the call's page, as the editor has read it."""
    services = services_of(request)
    form = form_of(request, ("reply", "version"))
    initiative, reply = await services.database.read(lambda tx: _at(tx, services, request))
    if form.sent:
        if reply is None:
            return _gone(request, initiative)
        version = form.value("version")

        def act(tx: Transaction) -> bool:
            _initiative, now = _at(tx, services, request)
            return now is not None and actions.show(tx, now, version)

        if await services.database.write(act):
            return see_other(request, f"{desk.root_of(initiative)}/replies", done="shown")
        form = form.with_problem(
            Message(_("It is not as you read it: its author has changed it, or it is shown already."))
        )
        initiative, reply = await services.database.read(lambda tx: _at(tx, services, request))
    if reply is None:
        return _gone(request, initiative)
    return await _one(services, request, "reply_show.html", initiative, reply, form=form)


async def hide(request: Request) -> Response:
    """Erases a reply for ever; its address is kept as a digest so that it does not come back."""
    services = services_of(request)
    form = form_of(request, ("reply",))
    initiative, reply = await services.database.read(lambda tx: _at(tx, services, request))
    if reply is None:
        return _gone(request, initiative)
    if form.sent:

        def act(tx: Transaction) -> None:
            _initiative, now = _at(tx, services, request)
            if now is not None:
                actions.hide(tx, now, services.here.clock.now())

        await services.database.write(act)
        return see_other(request, f"{desk.root_of(initiative)}/replies", done="hidden")
    return await _one(services, request, "reply_hide.html", initiative, reply, form=form)


def _at(tx: Transaction, services: Services, request: Request) -> tuple[Initiative, Reply | None]:
    """The reply that the form or the address names; None when it is gone. Raises `PageError` 404 for one to a call of
    somebody else, and when none is named.
    """
    initiative = desk.initiative_at(tx, services, request)
    named = form_of(request, ("reply", "version")).value("reply") or request.query_params.get("reply", "")
    if not named:
        raise PageError(404, *TEXTS[404])
    reply = store.find(tx, named)
    if reply is None:
        return initiative, None
    found = calls.find(tx, reply.call_uri)
    if not isinstance(found, KeptCall) or found.call.actor_id != initiative.actor_id:
        raise PageError(404, *TEXTS[404])
    return initiative, reply


def _gone(request: Request, initiative: Initiative) -> Response:
    return see_other(request, f"{desk.root_of(initiative)}/replies", done="gone")


async def _one(
    services: Services, request: Request, template: str, initiative: Initiative, reply: Reply, **context: Any
) -> Response:
    row = await services.database.read(lambda tx: _row(tx, services, request, reply))
    return desk.render(services, request, template, initiative, row=row, **context)


def _row(tx: Transaction, services: Services, request: Request, reply: Reply) -> dict[str, Any]:
    """What the templates show of a reply."""
    found = calls.find(tx, reply.call_uri)
    today = services.here.clock.now().date()
    return {
        "reply": reply,
        "day": desk.day_of(reply.published, page_language(request), today),
        "call": found.call if isinstance(found, KeptCall) else None,
        "call_id": desk.call_id_of(reply.call_uri),
    }

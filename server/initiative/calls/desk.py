"""The desk of calls: the list, one call and what became of it, closing, withdrawing, writing a similar one."""

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from server.documents.call import Call, event_uri
from server.documents.cards import facts
from server.documents.rich_text import markdown_to_html
from server.feature import Refusal
from server.fediverse import deliveries
from server.initiative import desk
from server.initiative.calls import actions, store
from server.initiative.calls.model import MAX_OUTCOME, KeptCall, is_overdue, words_of
from server.initiative.deliveries.model import Host, host
from server.initiative.drafts import actions as drafts
from server.initiative.drafts import store as kept_drafts
from server.initiative.drafts.model import KeptDraft
from server.initiative.profile import store as initiatives
from server.initiative.profile.model import Initiative
from server.initiative.profile.pages import page_number
from server.initiative.replies import store as replies
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of, plain
from server.web.negotiation import page_language
from server.web.render import see_other

PAGE: Final = 20
MOST_HOSTS: Final = 30


WITHDRAW: Final = _("withdraw")


async def listed(request: Request) -> Response:
    """Drafts, open calls, closed ones."""
    services, language = services_of(request), page_language(request)
    here, number = services.here, page_number(request)
    today = here.clock.now().date()

    def read(tx: Transaction) -> Response:
        initiative = desk.initiative_at(tx, services, request)
        shown = store.page(tx, actor_id=initiative.actor_id, limit=PAGE + 1, offset=(number - 1) * PAGE)
        drafts_here = kept_drafts.of_initiative(tx, initiative.actor_id) if number == 1 else []
        return desk.render(
            services,
            request,
            "calls.html",
            initiative,
            drafts=[
                (draft, desk.day_of(draft.changed, language, today), _call_id(draft)) for draft in drafts_here
            ],
            calls=[(call, facts(call, language, today), desk.call_id_of(call.uri)) for call in shown[:PAGE]],
            page=number,
            more=len(shown) > PAGE,
        )

    return await services.database.read(read)


def _call_id(draft: KeptDraft) -> str:
    return desk.call_id_of(draft.call_uri) if draft.call_uri is not None else ""


async def show(request: Request) -> Response:
    """What it says, and how far it came."""
    services, language = services_of(request), page_language(request)
    here = services.here
    now = here.clock.now()

    def read(tx: Transaction) -> Response:
        initiative, kept = _at(tx, services, request)
        call = kept.call
        reach, hosts = _reach(tx, call)
        unsent = kept_drafts.edit_of(tx, initiative.actor_id, call.uri)
        return desk.render(
            services,
            request,
            "call.html",
            initiative,
            call=call,
            call_id=desk.call_id_of(call.uri),
            text=markdown_to_html(call.text),
            facts=facts(call, language, now.date()),
            published=desk.day_of(call.published, language, now.date()),
            changed=desk.day_of(call.updated, language, now.date()) if call.updated > call.published else "",
            reach=reach,
            failing=_failing(hosts, language),
            servers=initiatives.servers_following(tx, initiative.actor_id),
            unsent=unsent,
            overdue=is_overdue(call, now),
            tally=replies.tally(tx, call.uri),
        )

    return await services.database.read(read)


def _reach(tx: Transaction, call: Call) -> tuple[deliveries.Reach, list[deliveries.Standing]]:
    """Of the post, and of the event if it is one: what the one server gets the other does not."""
    uris = (call.uri, event_uri(call.uri)) if call.as_event else (call.uri,)
    parts = [deliveries.reach(tx, call.actor_id, object_id=uri) for uri in uris]
    hosts = [
        standing
        for uri in uris
        for standing in deliveries.standings(tx, call.actor_id, object_id=uri, limit=MOST_HOSTS)
    ]
    whole = deliveries.Reach(
        origins=sum(part.origins for part in parts),
        reached=sum(part.reached for part in parts),
        waiting=sum(part.waiting for part in parts),
        failing=sum(part.failing for part in parts),
    )
    return whole, hosts


def _failing(hosts: list[deliveries.Standing], language: str) -> list[Host]:
    return [host(standing, language) for standing in hosts if standing.reason]


async def close(request: Request) -> Response:
    """ "Enough, thank you", and what came of it."""
    services = services_of(request)
    form = form_of(request, ("outcome",))
    initiative, kept = await services.database.read(lambda tx: _at(tx, services, request))
    path = _path(initiative, kept)
    if kept.call.state == "closed":
        return see_other(request, path)
    if form.sent:
        fields = Fields(form)
        outcome = fields.text("outcome", MAX_OUTCOME)
        try:
            fields.require_none_wrong()
            await services.database.write(
                lambda tx: actions.close_call(tx, services.here, kept.call.uri, outcome)
            )
            return see_other(request, path, done="closed")
        except FormErrors as problems:
            form = form.with_errors(problems)
        except Refusal as problem:
            form = form.with_errors(FormErrors({"outcome": plain(str(problem))}))
    return _confirm(services, request, "close.html", initiative, kept, form=form, most=MAX_OUTCOME)


async def withdraw(request: Request) -> Response:
    """Taking a call down everywhere it is still listened to; a word has to be typed."""
    services = services_of(request)
    form = form_of(request, ("typed",))
    initiative, kept = await services.database.read(lambda tx: _at(tx, services, request))
    if form.sent:
        fields = Fields(form)
        try:
            if not desk.in_any_language(WITHDRAW, fields.text("typed", 100), request):
                fields.wrong("typed", Message(_("Type the word that stands above this field.")))
            fields.require_none_wrong()
            await services.database.write(lambda tx: actions.withdraw_call(tx, services.here, kept.call.uri))
            return see_other(request, f"{desk.root_of(initiative)}/calls", done="withdrawn")
        except FormErrors as problems:
            form = form.with_errors(problems)
        except Refusal as problem:
            form = form.with_problem(str(problem))
    return _confirm(services, request, "withdraw.html", initiative, kept, form=form, word=WITHDRAW)


async def duplicate(request: Request) -> Response:
    """A new draft with the same words, without dates."""
    services = services_of(request)
    form = form_of(request)
    initiative, kept = await services.database.read(lambda tx: _at(tx, services, request))
    if form.sent:
        words = replace(words_of(kept.call), start=None, deadline=None, as_event=False)

        def copy(tx: Transaction) -> str:
            # Somebody may have deleted the initiative since we looked.
            desk.initiative_at(tx, services, request)
            return drafts.begin(tx, services.here, initiative.actor_id, words)

        try:
            draft_id = await services.database.write(copy)
            return see_other(request, f"{desk.root_of(initiative)}/drafts/{draft_id}", done="copied")
        except Refusal as problem:
            form = form.with_problem(str(problem))
    return _confirm(services, request, "duplicate.html", initiative, kept, form=form)


def _at(tx: Transaction, services: Services, request: Request) -> tuple[Initiative, KeptCall]:
    initiative = desk.initiative_at(tx, services, request)
    return initiative, desk.call_at(tx, services, initiative, request)


def _path(initiative: Initiative, kept: KeptCall) -> str:
    return f"{desk.root_of(initiative)}/calls/{desk.call_id_of(kept.call.uri)}"


def _confirm(
    services: Services,
    request: Request,
    template: str,
    initiative: Initiative,
    kept: KeptCall,
    **context: Any,
) -> Response:
    """A page that says first what the act does."""
    path = _path(initiative, kept)
    return desk.render(services, request, template, initiative, call=kept.call, path=path, **context)

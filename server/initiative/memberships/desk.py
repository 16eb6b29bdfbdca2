"""The desk of hubs: applying, what became of it, and leaving."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.feature import Refusal
from server.initiative import desk
from server.initiative.memberships import actions, store
from server.initiative.memberships.model import WORDS, Application, Step, read_hub, require_reachable
from server.initiative.profile.model import Initiative
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Form, FormErrors, Message, form_of, plain
from server.web.negotiation import page_language
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

MAX_HUB: Final = 2048
MOST_STEPS: Final = 200


async def hubs(request: Request) -> Response:
    """All applications, each with its history; applying, also once more."""
    services = services_of(request)
    form = form_of(request, ("hub",))
    initiative = await desk.open_desk(services, request)
    if form.sent:
        fields = Fields(form)
        try:
            hub = _read_hub(fields, services)
            notes = await services.database.write(lambda tx: _apply(tx, services, request, hub))
            done = "asked-before" if notes else "asked"
            return see_other(request, f"{desk.root_of(initiative)}/hubs", done=done)
        except FormErrors as problems:
            form = form.with_errors(problems)
        except Refusal as problem:
            form = form.with_problem(str(problem))
    return await services.database.read(lambda tx: _page(tx, services, request, initiative, form))


def _apply(tx: Transaction, services: Services, request: Request, hub: str) -> list[str]:
    """For the initiative as it is now: somebody may have deleted it since we looked. Raises `PageError`."""
    initiative = desk.initiative_at(tx, services, request)
    return actions.apply(tx, services.here, initiative.actor_id, hub)


def _read_hub(fields: Fields, services: Services) -> str:
    """A handle or an address that may be asked. Raises `FormErrors`."""
    text = fields.text("hub", MAX_HUB, required=True)
    fields.require_none_wrong()
    try:
        hub = read_hub(text)
    except Refusal:
        sentence = _(
            "“%(text)s” names no hub; write it as @hub@example.org, or as its address with https://."
        )
        raise FormErrors({"hub": Message(sentence, {"text": text[:100]})}) from None
    try:
        require_reachable(hub, services.here.client.policy)
    except Refusal:
        sentence = _("“%(text)s” is no public address; give the hub's full name, as in @hub@example.org.")
        raise FormErrors({"hub": Message(sentence, {"text": hub[:100]})}) from None
    return hub


async def leave(request: Request) -> Response:
    """Taking an application or a listing back; the hub is named in the form."""
    services = services_of(request)
    form = form_of(request, ("hub", "sure"))
    hub = form.value("hub") or request.query_params.get("hub", "")
    initiative = await desk.open_desk(services, request)
    application = await services.database.read(lambda tx: store.find(tx, initiative.actor_id, hub))
    if application is None:
        raise PageError(404, *TEXTS[404])
    root = f"{desk.root_of(initiative)}/hubs"
    if form.sent:
        try:
            await services.database.write(
                lambda tx: actions.leave(tx, services.here, initiative.actor_id, hub)
            )
            return see_other(request, root, done="left")
        except Refusal as problem:
            form = form.with_errors(FormErrors({"": plain(str(problem))}))
    if not application.can_be_left and not form.errors:
        return see_other(request, root)
    return desk.render(services, request, "leave_hub.html", initiative, form=form, application=application)


def _page(
    tx: Transaction, services: Services, request: Request, initiative: Initiative, form: Form
) -> Response:
    language, today = page_language(request), services.here.clock.now().date()
    found = store.of_initiative(tx, initiative.actor_id)
    steps = store.steps(tx, initiative.actor_id, MOST_STEPS)

    def history(application: Application) -> list[tuple[str, Step]]:
        mine = [step for step in steps if step.hub == application.hub]
        return [(desk.day_of(step.at, language, today), step) for step in mine]

    return desk.render(
        services,
        request,
        "hubs.html",
        initiative,
        form=form,
        applications=[(application, history(application)) for application in found],
        words=WORDS,
    )

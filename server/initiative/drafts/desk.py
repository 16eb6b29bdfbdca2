"""The desk of drafts: writing a call, or the edit of a published one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.feature import Refusal
from server.initiative import desk
from server.initiative.calls import store as calls
from server.initiative.calls.model import EVENT_IS_OVER, Draft, KeptCall, words_of
from server.initiative.conflicts import NotThere, Overtaken
from server.initiative.drafts import actions, form, store
from server.initiative.drafts.model import KeptDraft
from server.initiative.profile.model import Initiative
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Form, FormErrors, Message, form_of
from server.web.negotiation import page_language
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

CONFLICT: Final = Message(
    _(
        "Somebody else changed this while you wrote. Nothing of yours was saved yet: compare the two below, "
        "then save again if yours is to stand."
    )
)
CHANGED: Final = Message(
    _(
        "Somebody else changed this while you wrote. Nothing of yours was saved yet: save again if yours is to stand."
    )
)
GONE: Final = Message(
    _(
        "This draft is not there any more: it was published or deleted. Your words are below; save them as a new one."
    )
)


@dataclass(frozen=True, slots=True)
class Writing:
    """What is being written: `stored` as it is kept, None for nothing yet; `version` 0 means no draft."""

    initiative: Initiative
    stored: Draft | None
    version: int
    call: KeptCall | None

    @property
    def event_is_over(self) -> bool:
        return self.call is not None and self.call.event_is_over


async def new(request: Request) -> Response:
    """A draft is made by the first save, not by looking at the form."""
    services = services_of(request)
    typed = form_of(request, form.FIELDS)
    initiative = await desk.open_desk(services, request)
    writing = Writing(initiative, None, 0, None)

    def save(tx: Transaction, words: Draft, _version: int) -> str:
        # Somebody may have deleted the initiative since we looked.
        desk.initiative_at(tx, services, request)
        return actions.begin(tx, services.here, initiative.actor_id, words)

    return await _write(services, request, typed, writing, save)


async def edit(request: Request) -> Response:
    services = services_of(request)
    typed = form_of(request, form.FIELDS)
    draft_id = str(request.path_params["draft_id"])

    def read(tx: Transaction) -> tuple[Initiative, KeptDraft | None, KeptCall | None]:
        initiative = desk.initiative_at(tx, services, request)
        kept = store.find(tx, initiative.actor_id, draft_id)
        return initiative, kept, _call_of(tx, kept)

    initiative, kept, call = await services.database.read(read)
    if kept is None:
        if not typed.sent:
            raise PageError(404, *TEXTS[404])
        # What was typed is not lost: it goes on as a new draft.
        missing = Writing(initiative, None, 0, None)
        return _page(services, request, typed.to_show(404, {"": GONE}), missing)
    writing = Writing(initiative, kept.words, kept.version, call)

    def save(tx: Transaction, words: Draft, version: int) -> str:
        actions.save(tx, services.here, initiative.actor_id, draft_id, version, words)
        return draft_id

    return await _write(services, request, typed, writing, save)


async def edit_call(request: Request) -> Response:
    """An edit is a draft as well: nothing is sent before it was looked at."""
    services = services_of(request)
    typed = form_of(request, form.FIELDS)

    def read(tx: Transaction) -> tuple[Initiative, KeptCall, KeptDraft | None]:
        initiative = desk.initiative_at(tx, services, request)
        kept = desk.call_at(tx, services, initiative, request)
        return initiative, kept, store.edit_of(tx, initiative.actor_id, kept.call.uri)

    initiative, call, unsent = await services.database.read(read)
    if unsent is not None and not typed.sent and not typed.values:
        return see_other(request, f"{desk.root_of(initiative)}/drafts/{unsent.draft_id}")
    stored = unsent.words if unsent is not None else words_of(call.call)
    writing = Writing(initiative, stored, unsent.version if unsent is not None else 0, call)

    def save(tx: Transaction, words: Draft, version: int) -> str:
        return actions.save_edit(tx, services.here, initiative.actor_id, call.call.uri, version, words)

    return await _write(services, request, typed, writing, save)


async def delete(request: Request) -> Response:
    services = services_of(request)
    sent = form_of(request).sent

    def read(tx: Transaction) -> tuple[Initiative, KeptDraft]:
        initiative = desk.initiative_at(tx, services, request)
        return initiative, draft_at(tx, initiative, request)

    initiative, kept = await services.database.read(read)
    if sent:
        try:
            await services.database.write(
                lambda tx: actions.throw_away(tx, initiative.actor_id, kept.draft_id)
            )
        except NotThere:
            raise PageError(404, *TEXTS[404]) from None
        return see_other(request, f"{desk.root_of(initiative)}/calls", done="thrown-away")
    return desk.render(services, request, "delete_draft.html", initiative, draft=kept)


def draft_at(tx: Transaction, initiative: Initiative, request: Request) -> KeptDraft:
    """The initiative's own draft at this address. Raises `PageError` 404, also for a draft of somebody else."""
    kept = store.find(tx, initiative.actor_id, str(request.path_params["draft_id"]))
    if kept is None:
        raise PageError(404, *TEXTS[404])
    return kept


async def _write(
    services: Services,
    request: Request,
    typed: Form,
    writing: Writing,
    save: Callable[[Transaction, Draft, int], str],
) -> Response:
    differing: list[tuple[str, str]] = []
    if typed.sent:
        onwards = typed.value("act") == "preview"
        fields = Fields(typed)
        words = form.read(fields, writing.stored, complete=onwards)
        if words.as_event and writing.event_is_over:
            fields.wrong("as_event", Message(EVENT_IS_OVER))
        version = desk.number(typed.value("version") or "0")
        try:
            fields.require_none_wrong()
            draft_id = await services.database.write(lambda tx: save(tx, words, version))
            path = f"{desk.root_of(writing.initiative)}/drafts/{draft_id}"
            if onwards:
                return see_other(request, f"{path}/preview")
            return see_other(request, path, done="saved")
        except FormErrors as problems:
            typed = typed.with_errors(problems)
        except Overtaken:
            theirs = await services.database.read(lambda tx: _kept_now(tx, writing, request))
            differing = form.differences(words, theirs.words, page_language(request)) if theirs else []
            version = theirs.version if theirs else 0
            values = {**typed.values, "version": (str(version),)}
            message = CONFLICT if differing else CHANGED
            typed = replace(typed.to_show(409, {"": message}), values=values)
        except NotThere:
            typed = typed.to_show(404, {"": GONE})
            writing = Writing(writing.initiative, None, 0, None)
        except Refusal as problem:
            typed = typed.with_problem(str(problem))
    return _page(services, request, typed, writing, differing)


def _kept_now(tx: Transaction, writing: Writing, request: Request) -> KeptDraft | None:
    actor_id = writing.initiative.actor_id
    if "draft_id" in request.path_params:
        return store.find(tx, actor_id, str(request.path_params["draft_id"]))
    return store.edit_of(tx, actor_id, writing.call.call.uri) if writing.call is not None else None


def _page(
    services: Services,
    request: Request,
    typed: Form,
    writing: Writing,
    differing: list[tuple[str, str]] | None = None,
) -> Response:
    initiative, language = writing.initiative, page_language(request)
    blank = Draft("", "", None, None, initiative.language, (), None, None, None, None)
    gone = typed.errors.get("") == GONE
    return desk.render(
        services,
        request,
        "draft.html",
        initiative,
        form=typed.filled_from(form.values_of(writing.stored or blank, writing.version)),
        action=f"{desk.root_of(initiative)}/calls/new" if gone else request.scope["path"],
        choices=form.choices(writing.stored, language),
        call=writing.call.call if writing.call is not None else None,
        call_id=desk.call_id_of(writing.call.call.uri) if writing.call is not None else "",
        draft_id=request.path_params.get("draft_id", ""),
        gone=gone,
        event_is_over=writing.event_is_over,
        differences=differing or [],
    )


def _call_of(tx: Transaction, kept: KeptDraft | None) -> KeptCall | None:
    found = calls.find(tx, kept.call_uri) if kept is not None and kept.call_uri is not None else None
    return found if isinstance(found, KeptCall) else None

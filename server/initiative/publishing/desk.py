"""The last look at a draft, and the button that publishes exactly what was looked at."""

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from server.clock import millis
from server.documents.call import Call, call_document
from server.documents.cards import facts
from server.documents.rich_text import markdown_to_html
from server.feature import Refusal
from server.initiative import as_mastodon, desk
from server.initiative.as_mastodon import Account
from server.initiative.calls import store as calls
from server.initiative.calls.cards import card
from server.initiative.calls.model import KeptCall, rewritten, words_of
from server.initiative.conflicts import NotThere, Overtaken
from server.initiative.drafts import actions
from server.initiative.drafts import store as drafts
from server.initiative.drafts.form import differences
from server.initiative.drafts.model import KeptDraft
from server.initiative.events import store as events
from server.initiative.memberships import store as memberships
from server.initiative.profile import store as initiatives
from server.initiative.profile.desk import as_account
from server.initiative.profile.model import Initiative
from server.initiative.publishing.hints import hints
from server.services import Services, services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Message, form_of
from server.web.negotiation import page_language
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

LOOK_AGAIN: Final = Message(
    _("Somebody else changed this since you looked. Nothing was published; this is how it stands now.")
)


@dataclass(frozen=True, slots=True)
class Sight:
    """All that the page shows. `draft` None: there is none; `published`: a call of the draft's id is there.

    `calendars`: how many of the `servers` would be sent an event.
    """

    initiative: Initiative
    draft: KeptDraft | None
    published: bool
    call: KeptCall | None
    account: Account
    servers: int
    calendars: int
    hubs: tuple[str, ...]


async def preview(request: Request) -> Response:
    services = services_of(request)
    typed = form_of(request, ("version", "call_seen"))
    sight = await services.database.read(lambda tx: _look(tx, services, request))
    root = desk.root_of(sight.initiative)
    if sight.draft is None:
        if typed.sent and sight.published:
            return _published(request, root)
        raise PageError(404, *TEXTS[404])
    if not sight.draft.words.is_complete:
        return see_other(request, f"{root}/drafts/{sight.draft.draft_id}", done="incomplete")
    if typed.sent:
        draft = sight.draft
        version, seen = desk.number(typed.value("version")), desk.number(typed.value("call_seen"))
        try:
            uri = await services.database.write(
                lambda tx: actions.publish(
                    tx,
                    services.here,
                    draft.actor_id,
                    draft.draft_id,
                    version=version,
                    call_seen=seen,
                )
            )
            done = "published" if draft.call_uri is None else "changed"
            return see_other(request, f"{root}/calls/{desk.call_id_of(uri)}", done=done)
        except Overtaken:
            sight = await services.database.read(lambda tx: _look(tx, services, request))
            typed = typed.to_show(409, {"": LOOK_AGAIN})
        except NotThere:
            sight = await services.database.read(lambda tx: _look(tx, services, request))
            if sight.published:
                return _published(request, root)
            raise PageError(404, *TEXTS[404]) from None
        except Refusal as problem:
            typed = typed.with_problem(str(problem))
    if sight.draft is None:
        raise PageError(404, *TEXTS[404])
    # What the button will publish is what is shown now, not what an earlier look showed.
    shown_now = {
        "version": (str(sight.draft.version),),
        "call_seen": (str(millis(sight.call.call.updated)) if sight.call is not None else "0",),
    }
    return _page(services, request, sight, sight.draft, form=replace(typed, values=shown_now))


def _published(request: Request, root: str) -> Response:
    """A second click on the button: the first one did it."""
    return see_other(request, f"{root}/calls/{request.path_params['draft_id']}", done="published")


def _page(services: Services, request: Request, sight: Sight, draft: KeptDraft, **context: Any) -> Response:
    here, language = services.here, page_language(request)
    initiative, words = sight.initiative, draft.words
    now, today = here.clock.now(), here.clock.now().date()
    call = _as_call(services, sight, draft)
    note = call_document(call, followers=here.uris.followers(initiative.actor_id))
    own_card = card(call, initiative.profile.name, initiative.profile.handle, language, today)
    return desk.render(
        services,
        request,
        "preview.html",
        initiative,
        draft=draft,
        call=call,
        is_edit=sight.call is not None,
        text=markdown_to_html(call.text),
        facts=facts(call, language, today),
        link_host=urlsplit(call.link).netloc if call.link else "",
        cards=[replace(own_card, path=str(request.scope["path"]))],
        account=sight.account,
        post=as_mastodon.post(note),
        hints=hints(words, initiative.profile.place, now, language),
        servers=sight.servers,
        calendars=sight.calendars,
        hubs=sight.hubs,
        leaves_calendars=sight.call is not None and sight.call.call.as_event and not words.as_event,
        differences=differences(words, words_of(sight.call.call), language) if sight.call is not None else [],
        **context,
    )


def _look(tx: Transaction, services: Services, request: Request) -> Sight:
    here = services.here
    initiative = desk.initiative_at(tx, services, request)
    draft_id = str(request.path_params["draft_id"])
    draft = drafts.find(tx, initiative.actor_id, draft_id)
    found = calls.find(tx, draft.call_uri if draft and draft.call_uri else here.uris.call(draft_id))
    own = found if isinstance(found, KeptCall) and found.call.actor_id == initiative.actor_id else None
    listed = [
        entry for entry in memberships.of_initiative(tx, initiative.actor_id) if entry.state == "listed"
    ]
    return Sight(
        initiative=initiative,
        draft=draft,
        published=draft is None and own is not None,
        call=own if draft is not None and draft.call_uri is not None else None,
        account=as_account(tx, services, initiative),
        servers=initiatives.servers_following(tx, initiative.actor_id),
        calendars=events.servers_reading_events(tx, initiative.actor_id),
        hubs=tuple(entry.hub_handle or entry.hub for entry in listed),
    )


def _as_call(services: Services, sight: Sight, draft: KeptDraft) -> Call:
    if sight.call is not None:
        return rewritten(sight.call.call, draft.words)
    here = services.here
    return draft.words.as_call(here.uris.call(draft.draft_id), draft.actor_id, here.clock.now())

"""An initiative's page, and its feed."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from server.documents.profile import Profile
from server.documents.rich_text import markdown_to_html
from server.documents.words import place_in_words
from server.fediverse import actors
from server.fediverse.actors import LocalActor
from server.initiative.calls import store as calls
from server.initiative.calls.cards import card
from server.initiative.profile import store
from server.initiative.profile.model import Initiative
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.languages import language_name
from server.taxonomy.themes import theme_label
from server.taxonomy.wording import day
from server.web.negotiation import page_language, wants_activity_json
from server.web.responses import activity_json, error_json
from server.web.texts import TEXTS, PageError

PAGE = 12
MAX_PAGE = 10_000


async def initiative(request: Request) -> Response:
    """The page of `/@handle`; servers that ask for a document get the actor's."""
    services = services_of(request)
    handle = request.path_params["handle"]
    actor = await services.database.read(partial(_actor, handle))
    if actor is None:
        if wants_activity_json(request):
            return error_json("not-found", 404)
        raise PageError(404, *TEXTS[404])
    if wants_activity_json(request):
        return activity_json(request, actor.document, status=410 if actor.deleted else 200)
    if actor.deleted:
        raise PageError(410, *TEXTS[410])
    here, language, number = services.here, page_language(request), page_number(request)

    def read(tx: Transaction) -> Response:
        found = store.by_id(tx, here.uris, actor.id)
        if found is None:
            raise PageError(404, *TEXTS[404])
        shown = calls.page(tx, actor_id=actor.id, limit=PAGE + 1, offset=(number - 1) * PAGE)
        today = here.clock.now().date()
        cards = [card(call, found.profile.name, found.profile.handle, language, today) for call in shown]
        return services.pages.render(
            request,
            "initiative/initiative.html",
            actor_id=actor.id,
            handle=f"@{actor.handle}@{here.settings.handle_domain}",
            feed=f"/@{actor.handle}/feed.atom",
            initiative=found.profile,
            icon=icon_path(found),
            summary=markdown_to_html(found.profile.summary),
            facts=_facts(found.profile, language),
            cards=cards[:PAGE],
            page=number,
            more=len(cards) > PAGE,
        )

    return await services.database.read(read)


def icon_path(initiative: Initiative) -> str | None:
    return f"/media/{initiative.icon_name}" if initiative.icon_name else None


def page_number(request: Request) -> int:
    """From 1; what is no number is the first page."""
    text = request.query_params.get("page", "")
    return max(1, min(int(text), MAX_PAGE)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _facts(profile: Profile, language: str) -> dict[str, str]:
    """In the reader's language; the labels are in the template."""
    return {
        "themes": ", ".join(theme_label(theme, language) for theme in profile.themes),
        "place": place_in_words(profile.place, language) if profile.place else "",
        "languages": ", ".join(language_name(tag, language) for tag in profile.languages),
        "since": day(profile.published.date(), language),
    }


def _actor(handle: str, tx: Transaction) -> LocalActor | None:
    """Only initiatives: a hub's page is the hub's business."""
    found = actors.by_handle(tx, handle)
    return found if found is not None and found.kind == "initiative" else None

"""The first page of an instance without a hub: who lives here, and what they ask for."""

from starlette.requests import Request
from starlette.responses import Response

from server.documents.cards import Card
from server.documents.rich_text import markdown_to_html, plain_text
from server.initiative.calls import store as calls
from server.initiative.calls.cards import card
from server.initiative.profile import store as initiatives
from server.initiative.profile.model import Initiative
from server.initiative.profile.pages import icon_path, page_number
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.themes import THEMES, theme_label
from server.web.negotiation import page_language

PAGE = 10
MOST_INITIATIVES = 20
SHORT = 160


async def front(request: Request) -> Response:
    """The initiatives and the newest open calls; `?theme=` narrows both, hashtags lead to it."""
    services = services_of(request)
    here, language, number = services.here, page_language(request), page_number(request)
    wish = request.query_params.get("theme", "")
    theme = wish if wish in THEMES else None

    def read(tx: Transaction) -> Response:
        living = initiatives.page(tx, here.uris, theme=theme, limit=MOST_INITIATIVES)
        open_calls = calls.page(tx, state="open", theme=theme, limit=PAGE + 1, offset=(number - 1) * PAGE)
        today = here.clock.now().date()
        cards: list[Card] = []
        for call in open_calls:
            asking = initiatives.by_id(tx, here.uris, call.actor_id)
            if asking is not None:
                cards.append(card(call, asking.profile.name, asking.profile.handle, language, today))
        used = {word for call in open_calls for word in call.themes}
        used |= {word for initiative in living for word in initiative.profile.themes}
        return services.pages.render(
            request,
            "initiative/front.html",
            theme=theme,
            theme_name=theme_label(theme, language) if theme else "",
            themes=[(word, theme_label(word, language)) for word in THEMES if word in used],
            initiatives=[_who(initiative) for initiative in living],
            cards=cards[:PAGE],
            page=number,
            more=len(open_calls) > PAGE,
        )

    return await services.database.read(read)


def _who(initiative: Initiative) -> dict[str, str | None]:
    profile = initiative.profile
    words = plain_text(markdown_to_html(profile.summary)).partition("\n")[0]
    return {
        "name": profile.name,
        "path": f"/@{profile.handle}",
        "language": initiative.language,
        "summary": words if len(words) <= SHORT else words[:SHORT].rsplit(" ", 1)[0] + "…",
        "icon": icon_path(initiative),
    }

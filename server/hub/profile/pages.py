"""How to follow the hub: also the page that its account links to."""

from starlette.requests import Request
from starlette.responses import Response

from server.hub.announcements.actions import cap_of
from server.hub.profile.documents import ICON
from server.services import services_of
from server.taxonomy.themes import THEMES, theme_label
from server.web.negotiation import page_language


async def follow(request: Request) -> Response:
    services, language = services_of(request), page_language(request)
    settings = services.here.settings
    cap = await services.database.read(lambda tx: cap_of(tx, services.here))
    return services.pages.render(
        request,
        "hub/follow.html",
        name=settings.name,
        summary=settings.hub_summary,
        icon=ICON,
        handle=f"@{settings.hub_handle}@{settings.handle_domain}",
        feed="/feed.atom",
        cap=cap,
        themes=[(theme, theme_label(theme, language)) for theme in THEMES],
    )

"""The desk's first page, and everybody's own account."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.accounts.places import places_of
from server.services import services_of
from server.web.doors import door_for_people
from server.web.forms import form_of
from server.web.identity import SERVER, signed_in

NEW_INITIATIVE = "/desk/new-initiative"


async def first_page(request: Request) -> Response:
    """One line for each place the person may edit; whoever has only one is led there."""
    services = services_of(request)
    settings = services.here.settings
    me = signed_in(request)
    form = form_of(request)
    places = places_of(me, settings)
    founds = me.may(SERVER, "owner") and settings.uses("initiative")
    has_initiative = any(place.kind == "initiative" for place in places)
    first = NEW_INITIATIVE if founds and not has_initiative and not places else ""
    if len(places) == 1 and not (founds and not has_initiative):
        first = places[0].path
    if first and door_for_people(request, first):
        return RedirectResponse(first, 303)
    return services.pages.render_desk(request, "accounts/desk.html", form=form, places=places, founds=founds)

"""The form, and the page that holds the link. A link, because browsers apply `form-action` to redirects too."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.following import actions, store
from server.following.model import MAX_TYPED, Home, Wanted, Way, parse_home
from server.services import Services, services_of
from server.settings import Settings
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.texts import TEXTS, PageError

EXAMPLE: Final = "mastodon.example"
PROBLEMS: Final = {
    "forbidden": _("We cannot ask %(host)s. Write the public name of your server, as in %(example)s."),
    "silent": _("%(host)s does not answer. Check the spelling, or try again in a few minutes."),
    "unknown-account": _("%(host)s knows no account of that name. Check it, or write only the server."),
}


async def open_elsewhere(request: Request) -> Response:
    """`?what=` names the account or call, in the address both times; 404 for what is not shown here."""
    services, what = services_of(request), request.query_params.get("what", "")
    settings = services.here.settings
    wanted = await services.database.read(lambda tx: store.find(tx, settings, what))
    if wanted is None:
        raise PageError(404, *TEXTS[404])
    form = form_of(request, fields=("server",))
    way: Way | None = None
    if form.sent:
        fields = Fields(form)
        try:
            home = _home(fields, settings)
            way = await _way(services, wanted, home)
        except FormErrors as problems:
            form = form.with_errors(problems)
    return services.pages.render(
        request,
        "following/open.html",
        form.status,
        {"cache-control": "no-store"},
        form=form,
        what=what,
        wanted=wanted,
        way=way,
        example=EXAMPLE,
    )


def _home(fields: Fields, settings: Settings) -> Home:
    typed = fields.text("server", MAX_TYPED, required=True)
    fields.require_none_wrong()
    try:
        home = parse_home(typed)
    except ValueError:
        sentence = _("This is no server and no account. Write it as in %(example)s or @me@%(example)s.")
        raise FormErrors({"server": Message(sentence, {"example": EXAMPLE})}) from None
    if home.authority in settings.handle_domains:
        raise FormErrors({"server": Message(_("Write the server where your own account is, not this one."))})
    return home


async def _way(services: Services, wanted: Wanted, home: Home) -> Way:
    try:
        return await actions.find_way(services.here, wanted, home)
    except actions.NotFound as error:
        values = {"host": home.authority, "example": EXAMPLE}
        raise FormErrors({"server": Message(PROBLEMS[error.why], values)}) from None
    except actions.Busy:
        raise HTTPException(503, headers={"retry-after": str(actions.RETRY_AFTER)}) from None

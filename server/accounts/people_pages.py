"""The pages of who edits what here."""

from starlette.requests import Request
from starlette.responses import Response

from server.accounts import people, sessions
from server.accounts.model import INVITATION
from server.accounts.own import Own, own, page
from server.accounts.people import LastOwner, NotTheirs
from server.accounts.places import place_of
from server.accounts.screens import until
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.identity import Grant, SignedIn
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

PEOPLE = "/desk/people"


LAST_OWNER = Message(_("A server needs an owner. Invite another one first, then take this away."))


def _by_now(tx: Transaction, here: Own) -> SignedIn:
    """With the rights they have in this very transaction: two owners may be taking each other's away. Raises
    `PageError` 401 when the session is over."""
    me = sessions.signed_in(tx, here.settings, here.token, here.now)
    if me is None:
        raise PageError(401, *TEXTS[401])
    return me


async def everybody(request: Request) -> Response:
    """Of each place that is theirs; whoever owns nothing reads why there is nothing to see."""
    form = form_of(request)
    here = await own(request)
    found = await here.database.read(lambda tx: people.people_of(tx, here.me, here.settings, here.now))
    dates = {link.id: until(request, link.expires_at) for group in found for link in group.invitations}
    return page(request, "people", form, people=found, dates=dates)


async def invite(request: Request) -> Response:
    """`what`: "role scope". The link is shown this once."""
    form = form_of(request, fields=("what",))
    here = await own(request)
    grants = {f"{grant.role} {grant.scope}": grant for grant in people.choices(here.me)}
    if not grants:
        raise PageError(403, *TEXTS[403])
    options = [(word, place_of(grant.scope, here.settings), grant.role) for word, grant in grants.items()]
    if form.sent:
        fields = Fields(form)
        chosen = fields.choice("what", grants, required=True)
        try:
            fields.require_none_wrong()
        except FormErrors as problems:
            form = form.with_errors(problems)
        else:
            grant: Grant = grants[chosen]
            try:
                token = await here.database.write(
                    lambda tx: people.invite(tx, _by_now(tx, here), grant, here.now)
                )
            except NotTheirs:
                raise PageError(403, *TEXTS[403]) from None
            return page(
                request,
                "invited",
                form,
                link=f"{here.settings.origin}/invitation/{token}",
                place=place_of(grant.scope, here.settings),
                role=grant.role,
                until=until(request, here.now + INVITATION),
            )
    return page(request, "invite", form, options=options)


async def revoke(request: Request) -> Response:
    form = form_of(request)
    here = await own(request)
    link_id = request.path_params["invitation"]
    try:
        if form.sent:
            await here.database.write(lambda tx: people.revoke(tx, _by_now(tx, here), link_id, here.now))
            return see_other(request, PEOPLE, "revoked")
        link = await here.database.read(lambda tx: people.invitation(tx, here.me, link_id, here.now))
    except NotTheirs:
        raise PageError(404, *TEXTS[404]) from None
    place = place_of(link.scope, here.settings)
    return page(request, "revoke", form, place=place, link=link, until=until(request, link.expires_at))


async def take_away(request: Request) -> Response:
    form = form_of(request)
    here = await own(request)
    account_id, scope = request.path_params["account"], request.path_params["scope"]
    try:
        if form.sent:
            try:
                await here.database.write(
                    lambda tx: people.take_away(tx, _by_now(tx, here), account_id, scope)
                )
                return see_other(request, PEOPLE, "taken")
            except LastOwner:
                form = form.with_problem(LAST_OWNER)
        editor = await here.database.read(lambda tx: people.editor(tx, here.me, account_id, scope))
    except NotTheirs:
        raise PageError(404, *TEXTS[404]) from None
    return page(request, "take_away", form, editor=editor, place=place_of(scope, here.settings))

"""What opens by a link that works once: the set-up, a new passphrase, an invitation. GET only shows; POST consumes."""

import hmac
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.accounts import actions, screens, store
from server.accounts.actions import Entered, LinkIsOver, NameTaken
from server.accounts.identity import Sessions, sessions_of, too_busy
from server.accounts.journey import travelling
from server.accounts.model import Link, Purpose
from server.accounts.newcomers import NAME_TAKEN, NEW_PASSPHRASE, read_name, read_new_passphrase
from server.accounts.passphrases import TooBusy
from server.accounts.places import Place, place_of
from server.accounts.recovery import show_codes
from server.accounts.screens import Denied, until
from server.settings import Settings
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.doors import CSRF_FIELD
from server.web.forms import Fields, Form, FormErrors
from server.web.identity import SignedIn
from server.web.texts import TEXTS, PageError

log = logging.getLogger(__name__)

Act = Callable[[Transaction, Settings, str, str, str], Entered]
"""(tx, settings, passphrase's hash, old cookie, name) -> who is in"""


ASK_THE_SERVER = _(
    "It works once and for thirty minutes. Whoever runs this server makes a new one there with: antipole setup-link DIR"
)
ASK_FOR_ANOTHER = _("Ask whoever gave it to you for a new one.")


async def set_up(request: Request) -> Response:
    """The first account of this server."""
    link = request.path_params["token"]
    identity = sessions_of(request)
    now = identity.services.here.clock.now()
    form, _journey = travelling(request, ("name", *NEW_PASSPHRASE))

    def open_link(tx: Transaction) -> Link | None:
        return None if store.any_account(tx) else store.link_of(tx, link, "set-up", now)

    if await identity.services.database.read(open_link) is None:
        return screens.link_is_over(request, ASK_THE_SERVER)

    def act(tx: Transaction, settings: Settings, passphrase_hash: str, old: str, name: str) -> Entered:
        return actions.set_up(tx, settings, link, name, passphrase_hash, now, old)

    return await _with_new_passphrase(
        request, form, act, "accounts/set_up.html", ASK_THE_SERVER, code="first-account-made"
    )


async def reset(request: Request) -> Response:
    """A new passphrase for somebody who lost theirs, or their second step."""
    link = request.path_params["token"]
    identity = sessions_of(request)
    now = identity.services.here.clock.now()
    form, _journey = travelling(request, NEW_PASSPHRASE)
    found = await _open(request, link, "reset")
    account = (
        await identity.services.database.read(lambda tx: store.account_by_id(tx, found.account_id))
        if found
        else None
    )
    if account is None:
        return screens.link_is_over(request, ASK_FOR_ANOTHER)

    def act(tx: Transaction, settings: Settings, passphrase_hash: str, old: str, name: str) -> Entered:
        return actions.reset(tx, settings, link, passphrase_hash, now, old)

    return await _with_new_passphrase(
        request,
        form,
        act,
        "accounts/reset.html",
        ASK_FOR_ANOTHER,
        name=account.name,
        code="passphrase-reset-by-link",
    )


async def invitation(request: Request) -> Response:
    """May be opened as often as one likes, also by programs that look what a link is; only sending it accepts it."""
    link = request.path_params["token"]
    identity = sessions_of(request)
    await identity.is_set_up()
    now = identity.services.here.clock.now()
    form, _journey = travelling(request, ("accept", "name", *NEW_PASSPHRASE))
    found = await _open(request, link, "invitation")
    if found is None:
        return screens.link_is_over(request, ASK_FOR_ANOTHER)
    place = place_of(found.scope, identity.services.here.settings)
    me = await identity.who(request)
    if form.sent and form.value("accept"):
        return await _accept(request, identity, form, link, me)

    def act(tx: Transaction, settings: Settings, passphrase_hash: str, old: str, name: str) -> Entered:
        return actions.accept_as_newcomer(tx, settings, link, name, passphrase_hash, now, old)

    return await _with_new_passphrase(
        request, form, act, "accounts/invitation.html", ASK_FOR_ANOTHER, link=found, place=place, me=me
    )


async def _accept(
    request: Request, identity: Sessions, form: Form, link: str, me: SignedIn | None
) -> Response:
    """By somebody who has an account: what they may do grows."""
    session = await identity.session(request)
    token = form.internal.get(CSRF_FIELD, "")
    if me is None or session is None or not hmac.compare_digest(token.encode(), me.csrf.encode()):
        raise PageError(403, *TEXTS[403])
    database, here = identity.services.database, identity.services.here
    now = here.clock.now()
    try:
        entered = await database.write(lambda tx: actions.accept(tx, here.settings, link, session, now))
    except LinkIsOver:
        return screens.link_is_over(request, ASK_FOR_ANOTHER)
    response = RedirectResponse("/desk", 303)
    await identity.let_in(response, entered.token, entered.me, first=False)
    return response


async def _open(request: Request, link: str, purpose: Purpose) -> Link | None:
    identity = sessions_of(request)
    now = identity.services.here.clock.now()
    return await identity.services.database.read(lambda tx: store.link_of(tx, link, purpose, now))


async def _with_new_passphrase(
    request: Request,
    form: Form,
    act: Act,
    template: str,
    over: str,
    *,
    name: str = "",
    link: Link | None = None,
    place: Place | None = None,
    me: SignedIn | None = None,
    code: str = "",
) -> Response:
    """The form with a new passphrase, and with a new name unless `name` is given; then the recovery codes.

    `code` goes to the log of whoever runs the server; it says what happened and nothing of whom.
    """
    identity = sessions_of(request)
    status, headers = 200, None
    if form.sent:
        fields = Fields(form)
        chosen = name or read_name(fields)
        passphrase = read_new_passphrase(fields, chosen)
        old, settings = identity.cookies.session_in(request), identity.services.here.settings
        try:
            fields.require_none_wrong()
            hashed = await identity.passphrases.hashed(passphrase)
            entered = await identity.services.database.write(
                lambda tx: act(tx, settings, hashed, old, chosen)
            )
        except FormErrors as problems:
            form, status = form.with_errors(problems), 422
        except NameTaken:
            form, status = form.with_errors(FormErrors({"name": NAME_TAKEN})), 422
        except LinkIsOver:
            return screens.link_is_over(request, over)
        except TooBusy:
            denied: Denied = too_busy()
            form, status, headers = form.with_problem(denied.sentence), denied.status, denied.headers
        else:
            if code:
                log.warning(code)
            response = show_codes(request, entered.me, entered.codes, first=True)
            await identity.let_in(response, entered.token, entered.me, first=True)
            return response
    return screens.show(
        request,
        template,
        form,
        status=status,
        headers=headers,
        name=name,
        link=link,
        place=place,
        until=until(request, link.expires_at) if link else "",
        me_here=me,
    )

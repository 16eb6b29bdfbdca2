"""Signing in: the passphrase, the second step, the passphrase once more, and out again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.accounts import actions, passkeys, screens, store
from server.accounts.actions import Entered, NotTheirsAnyMore
from server.accounts.identity import NOT_RIGHT, Sessions, sessions_of
from server.accounts.journey import Journey, arrive, destination, travelling
from server.accounts.model import LONGEST_NAME, Passkey, Session, folded
from server.accounts.screens import Denied
from server.services import services_of
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, Form, Message, form_of
from server.web.identity import signed_in

LATE = Message(_("That took more than ten minutes, so it begins anew. What you typed is kept."))


async def sign_in(request: Request) -> Response:
    """Name and passphrase."""
    identity = sessions_of(request)
    await identity.is_set_up()
    form, journey = travelling(request, ("name", "secret_passphrase"))
    if not form.sent:
        if await identity.who(request) is not None:
            return RedirectResponse(destination(request, journey), 303)
        return screens.sign_in(request, form, journey)
    fields = Fields(form)
    name = fields.text("name", LONGEST_NAME)
    database, here = identity.services.database, identity.services.here
    account = await database.read(lambda tx: actions.account_called(tx, name))
    try:
        await identity.prove(request, account, folded(name), fields.secret("secret_passphrase"))
    except Denied as denied:
        return screens.sign_in(request, form, journey, denied=denied)
    assert account is not None  # nobody's passphrase is never right
    proved, old, now = account, identity.cookies.session_in(request), here.clock.now()
    try:
        entered = await database.write(
            lambda tx: actions.enter_with_passphrase(tx, here.settings, proved, now, old)
        )
    except NotTheirsAnyMore:
        return screens.sign_in(request, form, journey, denied=Denied(401, NOT_RIGHT))
    if isinstance(entered, Entered):
        return await _arrived(request, identity, journey, entered, first=True)
    response = await _second_step_page(request, Form(sent=False), journey, entered, proved.id)
    identity.cookies.set_session(response, entered, strict=False)
    return response


async def second_step(request: Request) -> Response:
    """A code or a passkey, after the passphrase."""
    identity = sessions_of(request)
    form, journey = travelling(request, ("secret_code", "secret_passkey"))
    token = identity.cookies.session_in(request)
    pending = await identity.session(request)
    if pending is None or pending.stage != "second-step":
        if not form.sent:
            return RedirectResponse("/sign-in", 303)
        return screens.sign_in(request, Form(sent=False), journey, denied=Denied(401, LATE))
    if not form.sent:
        return await _second_step_page(request, form, journey, token, pending.account_id)
    try:
        entered = await _passed(request, identity, pending, form, token)
    except Denied as denied:
        return await _second_step_page(request, form, journey, token, pending.account_id, denied)
    except NotTheirsAnyMore:
        return screens.sign_in(request, Form(sent=False), journey, denied=Denied(401, LATE))
    return await _arrived(request, identity, journey, entered, first=True)


async def again(request: Request) -> Response:
    """The passphrase once more, before something dangerous."""
    identity = sessions_of(request)
    me = signed_in(request)
    form, journey = travelling(request, ("secret_passphrase",))
    session = await identity.session(request)
    if not form.sent or session is None:
        if form.errors:
            return _again_page(request, form, journey, form.status)
        return RedirectResponse(destination(request, journey), 303)
    database, here = identity.services.database, identity.services.here
    account = await database.read(lambda tx: store.account_by_id(tx, me.account_id))
    try:
        passphrase = Fields(form).secret("secret_passphrase")
        # By the account's id: whoever holds a session cannot use up the tries of the sign-in page, nor the reverse.
        await identity.prove(request, account, f"again {me.account_id}", passphrase, vouched=True)
    except Denied as denied:
        return _again_page(request, form.with_problem(denied.sentence), journey, denied.status)
    now = here.clock.now()
    entered = await database.write(lambda tx: actions.prove_again(tx, here.settings, session, now))
    return await _arrived(request, identity, journey, entered, first=False)


async def sign_out(request: Request) -> Response:
    identity = sessions_of(request)
    me = signed_in(request)
    if not form_of(request).sent:
        # Without the session's own token: a foreign page does not even sign people out.
        return RedirectResponse("/desk", 303)
    await identity.services.database.write(lambda tx: store.delete_session(tx, me.account_id, me.session))
    response = RedirectResponse("/", 303)
    identity.cookies.end_session(response)
    return response


async def _passed(request: Request, identity: Sessions, pending: Session, form: Form, token: str) -> Entered:
    """Raises `Denied` and `NotTheirsAnyMore`."""
    database, here = identity.services.database, identity.services.here
    account = await database.read(lambda tx: store.account_by_id(tx, pending.account_id))
    keys = await identity.count_try(request, account, f"second step {pending.account_id}")
    fields, now = Fields(form), here.clock.now()
    signature = form.value("secret_passkey")
    if signature:
        known = await database.read(lambda tx: store.passkeys_of(tx, pending.account_id))
        passkey = await passkeys.signed(signature, token, here.settings, known)
        if passkey is None:
            raise Denied(401, Message(_("This passkey was not accepted. Try again, or use a code.")))
        entered: Entered | None = await database.write(
            lambda tx: actions.enter_with_passkey(tx, here.settings, pending, passkey, now, token)
        )
    else:
        typed = fields.secret("secret_code", 64)
        entered = await database.write(
            lambda tx: actions.enter_with_code(tx, here.settings, pending, typed, now, token)
        )
    if entered is None:
        raise Denied(
            401,
            Message(_("This code is not right, or it was used before. Wait for the next one and try again.")),
        )
    identity.succeeded(keys)
    return entered


async def _second_step_page(
    request: Request,
    form: Form,
    journey: Journey,
    token: str,
    account_id: str,
    denied: Denied | None = None,
) -> Response:
    services = services_of(request)

    def ways(tx: Transaction) -> tuple[bool, list[Passkey]]:
        account = store.account_by_id(tx, account_id)
        return account is not None and account.totp_secret is not None, store.passkeys_of(tx, account_id)

    has_app, known = await services.database.read(ways)
    settings = services.here.settings
    usable = passkeys.are_possible(settings) and known
    options = passkeys.options_to_sign(token, settings, known) if usable else ""
    if denied is not None:
        form = form.with_problem(denied.sentence)
    return screens.show(
        request,
        "accounts/second_step.html",
        form,
        status=denied.status if denied else 200,
        headers=denied.headers if denied else None,
        journey=journey,
        has_app=has_app,
        passkey_options=options,
    )


def _again_page(request: Request, form: Form, journey: Journey, status: int) -> Response:
    pages = services_of(request).pages
    return pages.render_desk(request, "accounts/sign_in_again.html", status, form=form, journey=journey)


async def _arrived(
    request: Request, identity: Sessions, journey: Journey, entered: Entered, *, first: bool
) -> Response:
    identity.cookies.hand_out(request, entered.token)
    response = await arrive(request, journey, entered.me)
    await identity.let_in(response, entered.token, entered.me, first=first)
    return response

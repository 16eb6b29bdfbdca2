"""Adding and removing what is asked beside the passphrase."""

from starlette.requests import Request
from starlette.responses import Response

from server.accounts import actions, passkeys, store
from server.accounts.actions import LastSecondStep
from server.accounts.model import LONGEST_LABEL, MOST_PASSKEYS
from server.accounts.own import ACCOUNT, go_on, own, page
from server.accounts.second_step import SECRET, new_secret, step_of, uri
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.qr import qr_svg_path
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

PASSKEYS = f"{ACCOUNT}/passkeys"


KEEP_ONE = Message(_("Whoever edits a hub needs a second step. Add another one first, then remove this one."))


async def app(request: Request) -> Response:
    """An authenticator app. The secret is shown until a code proves that the app has it; only then it is kept."""
    form = form_of(request, fields=("secret_totp", "secret_code"))
    here = await own(request)
    account = await here.database.read(lambda tx: store.account_by_id(tx, here.me.account_id))
    if account is not None and account.totp_secret is not None:
        if form.sent:
            return see_other(request, f"{ACCOUNT}/second-step", "")
        return page(request, "second_step_added", form)
    secret = form.value("secret_totp") if form.sent else new_secret()
    if not SECRET.fullmatch(secret):
        raise PageError(400, *TEXTS[400])
    if form.sent:
        step = step_of(secret, Fields(form).secret("secret_code", 64), here.now)
        if step is not None:
            entered = await here.database.write(
                lambda tx: actions.add_totp(tx, here.settings, here.session, secret, step, here.now)
            )
            return await go_on(request, here, entered, "second-step")
        sentence = _(
            "This code is not the one we expect. Look at the app again, and whether its clock is right."
        )
        form = form.with_errors(FormErrors({"secret_code": Message(sentence)}))
    # Not by the template's own `qr`: that keeps the last ones in memory.
    size, modules = qr_svg_path.__wrapped__(uri(secret, here.me.name, here.settings.authority))
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return page(
        request,
        "second_step_new",
        form,
        secret=secret,
        spaced=spaced,
        qr_size=size,
        qr_modules=modules,
        passkeys_possible=passkeys.are_possible(here.settings),
    )


async def remove_app(request: Request) -> Response:
    form = form_of(request)
    here = await own(request)
    if form.sent:
        try:
            entered = await here.database.write(
                lambda tx: actions.remove_totp(tx, here.settings, here.session, here.now)
            )
            return await go_on(request, here, entered, "second-step-removed")
        except LastSecondStep:
            form = form.with_problem(KEEP_ONE)
    return page(request, "second_step_remove", form)


async def keys(request: Request) -> Response:
    """The account's passkeys, and the form that adds one."""
    form = form_of(request, fields=("label", "secret_passkey"))
    here = await own(request)
    account_id = here.me.account_id
    known = await here.database.read(lambda tx: store.passkeys_of(tx, account_id))
    possible = passkeys.are_possible(here.settings) and len(known) < MOST_PASSKEYS
    if form.sent and possible:
        fields = Fields(form)
        label = fields.text("label", LONGEST_LABEL, required=True)
        try:
            fields.require_none_wrong()
            passkey = await passkeys.added(form.value("secret_passkey"), here.token, here.settings, label)
            if passkey is not None:
                new = passkey
                entered = await here.database.write(
                    lambda tx: actions.add_passkey(tx, here.settings, here.session, new, here.now)
                )
                if entered is not None:
                    return await go_on(request, here, entered, "added", PASSKEYS)
            form = form.with_problem(
                Message(_("This passkey could not be added. Try again, or take another one."))
            )
        except FormErrors as problems:
            form = form.with_errors(problems)
    options = ""
    if possible:
        options = passkeys.options_to_add(here.token, here.settings, account_id, here.me.name, known)
    return page(request, "passkeys", form, passkeys=known, options=options)


async def remove_key(request: Request) -> Response:
    form = form_of(request)
    here = await own(request)
    known = await here.database.read(lambda tx: store.passkeys_of(tx, here.me.account_id))
    passkey = next((one for one in known if one.id == request.path_params["passkey"]), None)
    if passkey is None:
        raise PageError(404, *TEXTS[404])
    if form.sent:
        try:
            entered = await here.database.write(
                lambda tx: actions.remove_passkey(tx, here.settings, here.session, passkey.id, here.now)
            )
            return await go_on(request, here, entered, "removed", PASSKEYS)
        except LastSecondStep:
            form = form.with_problem(KEEP_ONE)
    return page(request, "passkey_remove", form, passkey=passkey)

"""Everybody's own account: name, passphrase, recovery codes, sessions."""

from starlette.requests import Request
from starlette.responses import Response

from server.accounts import actions, store
from server.accounts.actions import NameTaken
from server.accounts.identity import too_busy
from server.accounts.model import FEW_CODES
from server.accounts.newcomers import NAME_TAKEN, NEW_PASSPHRASE, read_name, read_new_passphrase
from server.accounts.own import ACCOUNT, go_on, own, page
from server.accounts.passkeys import are_possible
from server.accounts.passphrases import TooBusy
from server.accounts.places import place_of
from server.accounts.recovery import show_codes
from server.accounts.screens import until
from server.accounts.second_step import give_recovery_codes
from server.storage.database import Transaction
from server.taxonomy.words import N_ as _
from server.web.forms import Fields, FormErrors, Message, form_of
from server.web.render import see_other


async def overview(request: Request) -> Response:
    form = form_of(request)
    here = await own(request)

    def look(tx: Transaction) -> tuple[bool, int, int, int]:
        account = store.account_by_id(tx, here.me.account_id)
        return (
            account is not None and account.totp_secret is not None,
            len(store.passkeys_of(tx, here.me.account_id)),
            store.count_recovery_codes(tx, here.me.account_id),
            len(store.sessions_of(tx, here.me.account_id, here.now)),
        )

    has_app, passkeys, codes, sessions = await here.database.read(look)
    return page(
        request,
        "account",
        form,
        has_app=has_app,
        passkeys=passkeys,
        passkeys_possible=are_possible(here.settings),
        codes=codes,
        few_codes=FEW_CODES,
        sessions=sessions,
        rights=[(place_of(grant.scope, here.settings), grant.role) for grant in here.me.grants],
    )


async def name(request: Request) -> Response:
    form = form_of(request, fields=("name",))
    here = await own(request)
    if form.sent:
        fields = Fields(form)
        chosen = read_name(fields)
        try:
            fields.require_none_wrong()
            await here.database.write(lambda tx: actions.change_name(tx, here.me.account_id, chosen))
            return see_other(request, ACCOUNT, "name")
        except FormErrors as problems:
            form = form.with_errors(problems)
        except NameTaken:
            form = form.with_errors(FormErrors({"name": NAME_TAKEN}))
    return page(request, "name", form.filled_from({"name": here.me.name}))


async def passphrase(request: Request) -> Response:
    form = form_of(request, fields=NEW_PASSPHRASE)
    here = await own(request)
    if form.sent:
        fields = Fields(form)
        chosen = read_new_passphrase(fields, here.me.name)
        try:
            fields.require_none_wrong()
            hashed = await here.identity.passphrases.hashed(chosen)
            entered = await here.database.write(
                lambda tx: actions.change_passphrase(tx, here.settings, here.session, hashed, here.now)
            )
            return await go_on(request, here, entered, "passphrase")
        except FormErrors as problems:
            form = form.with_errors(problems)
        except TooBusy:
            form = form.with_problem(too_busy().sentence)
    return page(request, "passphrase", form)


async def recovery_codes(request: Request) -> Response:
    form = form_of(request)
    here = await own(request)
    if form.sent:
        codes = await here.database.write(lambda tx: give_recovery_codes(tx, here.me.account_id))
        return show_codes(request, here.me, codes, first=False)
    left = await here.database.read(lambda tx: store.count_recovery_codes(tx, here.me.account_id))
    return page(request, "recovery_codes", form, left=left)


async def sessions(request: Request) -> Response:
    """`session`: the one to end, or "others" for all but this."""
    form = form_of(request, fields=("session",))
    here = await own(request)
    account_id = here.me.account_id
    found = await here.database.read(lambda tx: store.sessions_of(tx, account_id, here.now))
    if form.sent:
        fields = Fields(form)
        chosen = fields.choice("session", ["others", *(session for session, _ in found)], required=True)
        try:
            fields.require_none_wrong()
        except FormErrors:
            form = form.with_problem(Message(_("This session has ended already.")))
        else:
            await here.database.write(lambda tx: _end(tx, account_id, chosen, here.session.id))
            return see_other(request, f"{ACCOUNT}/sessions", "ended")
    listed = [(session, until(request, began), session == here.session.id) for session, began in found]
    return page(request, "sessions", form, sessions=listed)


def _end(tx: Transaction, account_id: str, chosen: str, this: str) -> None:
    if chosen == "others":
        store.delete_sessions(tx, account_id, but=this)
    else:
        store.delete_session(tx, account_id, chosen)

"""One function, one act, one transaction: getting in, getting an account, and changing its way in."""

from dataclasses import dataclass
from datetime import datetime

from server.accounts import second_step, sessions, store
from server.accounts.model import Account, Link, Passkey, Session, folded
from server.accounts.second_step import give_recovery_codes
from server.accounts.tokens import new_account_id
from server.settings import Settings
from server.storage.database import Transaction
from server.taxonomy.confusables import skeleton
from server.web.identity import HUB, SERVER, Grant, SignedIn


class LinkIsOver(Exception):
    """A link that was used meanwhile, is too old, or never was one."""


class NameTaken(Exception):
    """Somebody here has that name, or one that looks like it."""


class LastSecondStep(Exception):
    """Whoever may edit a hub keeps a second step."""


class NotTheirsAnyMore(Exception):
    """What was proved a moment ago proves nothing now: another passphrase, a session that was ended, no account."""


@dataclass(frozen=True, slots=True)
class Entered:
    """`token` is for the cookie. `codes`: new recovery codes, to be shown this once."""

    token: str
    me: SignedIn
    codes: tuple[str, ...] = ()


def enter(tx: Transaction, settings: Settings, account_id: str, now: datetime, old: str) -> Entered:
    """All that is asked was given. `old` is the cookie that came with it; what it opened ends (WEB-02)."""
    _end(tx, old)
    return _entered(tx, settings, sessions.begin(tx, account_id, now), now)


def enter_with_passphrase(
    tx: Transaction, settings: Settings, proved: Account, now: datetime, old: str
) -> Entered | str:
    """The passphrase of `proved` was right: they are in, or it is the id of the session that waits for the second step.

    Raises `NotTheirsAnyMore` when the passphrase is another one by now: a hash takes long enough for that.
    """
    account = store.account_by_id(tx, proved.id)
    if account is None or account.passphrase_hash != proved.passphrase_hash:
        raise NotTheirsAnyMore
    if not account.has_second_step:
        return enter(tx, settings, account.id, now, old)
    _end(tx, old)
    return sessions.begin_second_step(tx, account.id, now)


def enter_with_code(
    tx: Transaction, settings: Settings, pending: Session, typed: str, now: datetime, old: str
) -> Entered | None:
    """None when the code is not right, or was used before. Raises `NotTheirsAnyMore`."""
    account = store.account_by_id(tx, pending.account_id)
    if account is None or not second_step.accept_code(tx, account, typed, now):
        return None
    _use_up(tx, pending)
    return enter(tx, settings, account.id, now, old)


def enter_with_passkey(
    tx: Transaction, settings: Settings, pending: Session, passkey: Passkey, now: datetime, old: str
) -> Entered:
    """`passkey` with the number its device has counted to. Raises `NotTheirsAnyMore`, also for the second of two
    requests with one signature."""
    _use_up(tx, pending)
    if not store.set_sign_count(tx, pending.account_id, passkey):
        raise NotTheirsAnyMore
    return enter(tx, settings, pending.account_id, now, old)


def prove_again(
    tx: Transaction, settings: Settings, session: Session, now: datetime, *, proved: bool = True
) -> Entered:
    """The same session under another id; `proved`: the passphrase was given just now."""
    return _entered(tx, settings, sessions.renew(tx, session, now, proved=proved), now)


def set_up(
    tx: Transaction, settings: Settings, link: str, name: str, passphrase_hash: str, now: datetime, old: str
) -> Entered:
    """The first account: the server's owner. Raises `LinkIsOver`."""
    if store.any_account(tx) or not store.use_link(tx, link, "set-up", now):
        raise LinkIsOver
    return _newcomer(tx, settings, name, passphrase_hash, Grant(SERVER, "owner"), now, old)


def accept_as_newcomer(
    tx: Transaction, settings: Settings, link: str, name: str, passphrase_hash: str, now: datetime, old: str
) -> Entered:
    """Raises `LinkIsOver` and `NameTaken`; a name that is taken does not use the invitation up."""
    invitation = _used_invitation(tx, link, now)
    grant = Grant(invitation.scope, invitation.role)
    return _newcomer(tx, settings, name, passphrase_hash, grant, now, old)


def accept(tx: Transaction, settings: Settings, link: str, session: Session, now: datetime) -> Entered:
    """The invitation's right is added to an account that is there. Raises `LinkIsOver`."""
    invitation = _used_invitation(tx, link, now)
    store.insert_grant(tx, session.account_id, Grant(invitation.scope, invitation.role))
    return prove_again(tx, settings, session, now, proved=False)


def reset(
    tx: Transaction, settings: Settings, link: str, passphrase_hash: str, now: datetime, old: str
) -> Entered:
    """A new passphrase by a link: second steps and sessions of before end. Raises `LinkIsOver`."""
    found = store.link_of(tx, link, "reset", now)
    if found is None or not store.use_link(tx, link, "reset", now):
        raise LinkIsOver
    store.set_passphrase(tx, found.account_id, passphrase_hash)
    store.set_totp(tx, found.account_id, None)
    store.delete_passkeys(tx, found.account_id)
    store.delete_sessions(tx, found.account_id)
    codes = give_recovery_codes(tx, found.account_id)
    entered = enter(tx, settings, found.account_id, now, old)
    return Entered(entered.token, entered.me, tuple(codes))


def change_passphrase(
    tx: Transaction, settings: Settings, session: Session, passphrase_hash: str, now: datetime
) -> Entered:
    """All other sessions end: somebody else may have known the old one."""
    store.set_passphrase(tx, session.account_id, passphrase_hash)
    store.delete_sessions(tx, session.account_id, but=session.id)
    store.delete_links(tx, "reset", session.account_id)
    return prove_again(tx, settings, session, now)


def change_name(tx: Transaction, account_id: str, name: str) -> None:
    """Raises `NameTaken`."""
    _require_own_look(tx, account_id, name)
    if not store.rename(tx, account_id, name):
        raise NameTaken


def add_totp(
    tx: Transaction, settings: Settings, session: Session, secret: str, step: int, now: datetime
) -> Entered:
    """`step` is that of the code which proved that the app has the secret; it is used up."""
    store.set_totp(tx, session.account_id, secret, step)
    return prove_again(tx, settings, session, now, proved=False)


def remove_totp(tx: Transaction, settings: Settings, session: Session, now: datetime) -> Entered:
    """Raises `LastSecondStep`."""
    account = store.account_by_id(tx, session.account_id)
    if account is not None and not account.has_passkey:
        _require_no_hub(tx, settings, session.account_id)
    store.set_totp(tx, session.account_id, None)
    return prove_again(tx, settings, session, now, proved=False)


def add_passkey(
    tx: Transaction, settings: Settings, session: Session, passkey: Passkey, now: datetime
) -> Entered | None:
    """None when this very key is there already."""
    if not store.insert_passkey(tx, session.account_id, passkey):
        return None
    return prove_again(tx, settings, session, now, proved=False)


def remove_passkey(
    tx: Transaction, settings: Settings, session: Session, passkey_id: str, now: datetime
) -> Entered:
    """Raises `LastSecondStep`."""
    account = store.account_by_id(tx, session.account_id)
    without_app = account is not None and account.totp_secret is None
    if without_app and len(store.passkeys_of(tx, session.account_id)) == 1:
        _require_no_hub(tx, settings, session.account_id)
    store.delete_passkey(tx, session.account_id, passkey_id)
    return prove_again(tx, settings, session, now, proved=False)


def account_called(tx: Transaction, name: str) -> Account | None:
    return store.account_by_name(tx, name) if folded(name) else None


def _newcomer(
    tx: Transaction,
    settings: Settings,
    name: str,
    passphrase_hash: str,
    grant: Grant,
    now: datetime,
    old: str,
) -> Entered:
    account_id = new_account_id()
    _require_own_look(tx, account_id, name)
    if not store.insert_account(tx, account_id, name, passphrase_hash, now):
        raise NameTaken
    store.insert_grant(tx, account_id, grant)
    codes = give_recovery_codes(tx, account_id)
    entered = enter(tx, settings, account_id, now, old)
    return Entered(entered.token, entered.me, tuple(codes))


def _require_own_look(tx: Transaction, account_id: str, name: str) -> None:
    """The log says by name who decided: with a Cyrillic letter in it somebody could sign as somebody else (CON-09)."""
    look = skeleton(name)
    if any(skeleton(other) == look for other_id, other in store.all_accounts(tx) if other_id != account_id):
        raise NameTaken


def _used_invitation(tx: Transaction, link: str, now: datetime) -> Link:
    invitation = store.link_of(tx, link, "invitation", now)
    if invitation is None or not store.use_link(tx, link, "invitation", now):
        raise LinkIsOver
    return invitation


def _require_no_hub(tx: Transaction, settings: Settings, account_id: str) -> None:
    granted = {grant.scope for grant in store.grants_of(tx, account_id)}
    if settings.uses("hub") and granted & {HUB, SERVER}:
        raise LastSecondStep


def _entered(tx: Transaction, settings: Settings, token: str, now: datetime) -> Entered:
    me = sessions.signed_in(tx, settings, token, now)
    assert me is not None  # the session was made just now
    return Entered(token, me)


def _use_up(tx: Transaction, pending: Session) -> None:
    if not store.delete_session(tx, pending.account_id, pending.id):
        raise NotTheirsAnyMore


def _end(tx: Transaction, token: str) -> None:
    session = store.session_of(tx, token) if token else None
    if session is not None:
        store.delete_session(tx, session.account_id, session.id)

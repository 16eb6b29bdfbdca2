"""Sessions: begun, found, renewed under another id, and who they say is there."""

from datetime import datetime

from server.accounts import store
from server.accounts.model import Session
from server.accounts.tokens import csrf_of, new_session_id
from server.settings import Settings
from server.storage.database import Transaction
from server.web.identity import HUB, SERVER, Grant, SignedIn
from server.web.texts import TEXTS, PageError

PRIVILEGED = (SERVER, HUB)


def begin(tx: Transaction, account_id: str, now: datetime) -> str:
    """Somebody is in: the id of their new session, which only their cookie holds."""
    token = new_session_id()
    store.insert_session(tx, token, account_id, "full", began_at=now, used_at=now, proved_at=now)
    store.note_day(tx, account_id, now)
    return token


def begin_second_step(tx: Transaction, account_id: str, now: datetime) -> str:
    """The passphrase was right, and no more: this session opens nothing but the page of the second step."""
    token = new_session_id()
    store.insert_session(tx, token, account_id, "second-step", began_at=now, used_at=now, proved_at=now)
    return token


def renew(tx: Transaction, session: Session, now: datetime, *, proved: bool = False) -> str:
    """Another id for a session whose rights have changed (WEB-02). Its age stays: twelve hours are twelve hours.

    Raises `PageError` 401 for one that was ended meanwhile, by its person or by the command line: hashing a passphrase
    takes long enough for that, and whoever is thrown out must not come back by an answer that was under way.
    """
    token = new_session_id()
    if not store.delete_session(tx, session.account_id, session.id):
        raise PageError(401, *TEXTS[401])
    store.insert_session(
        tx,
        token,
        session.account_id,
        "full",
        began_at=session.began_at,
        used_at=now,
        proved_at=now if proved else session.proved_at,
    )
    return token


def alive(tx: Transaction, token: str, now: datetime) -> Session | None:
    session = store.session_of(tx, token) if token else None
    return session if session is not None and session.is_alive(now) else None


def signed_in(tx: Transaction, settings: Settings, token: str, now: datetime) -> SignedIn | None:
    """None for a session that is over, and for one that still waits for its second step."""
    session = alive(tx, token, now)
    if session is None or session.stage != "full":
        return None
    granted = store.grants_of(tx, session.account_id)
    privileged = any(grant.scope in PRIVILEGED for grant in granted)
    return SignedIn(
        account_id=session.account_id,
        name=session.name,
        session=session.id,
        csrf=csrf_of(token),
        grants=_all_of(tx, settings, granted),
        fresh=session.is_fresh(now),
        must_add_second_step=settings.uses("hub") and privileged and not session.has_second_step,
    )


def _all_of(tx: Transaction, settings: Settings, granted: list[Grant]) -> tuple[Grant, ...]:
    """What follows from owning the server is written out, so that menus list it."""
    if Grant(SERVER, "owner") not in granted:
        return tuple(granted)
    implied = [Grant(HUB, "owner")] if settings.uses("hub") else []
    if settings.uses("initiative"):
        implied += [Grant(f"@{handle}", "owner") for handle in store.living_handles(tx)]
    scopes = {grant.scope for grant in implied}
    return (*(grant for grant in granted if grant.scope not in scopes), *implied)


def is_privileged(me: SignedIn) -> bool:
    return any(grant.scope in PRIVILEGED for grant in me.grants)

"""Who edits what here, and inviting others: for owners. Whoever owns a place sees and changes its people."""

from dataclasses import dataclass
from datetime import datetime

from server.accounts import store
from server.accounts.model import INVITATION, Link
from server.accounts.places import Place, place_of
from server.accounts.tokens import new_link
from server.settings import Settings
from server.storage.database import Transaction
from server.web.identity import HUB, SERVER, Grant, SignedIn

ROLES = {SERVER: ("owner",), HUB: ("editor", "owner")}
ROLES_OF_AN_INITIATIVE = ("editor", "owner")


class NotTheirs(Exception):
    """A right that is not there, or that is not theirs to take or give; these look alike."""


class LastOwner(Exception):
    """A server keeps at least one owner."""


@dataclass(frozen=True, slots=True)
class Editor:
    account_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class People:
    """Of one place, with the invitations to it that nobody has accepted yet."""

    place: Place
    editors: tuple[Editor, ...]
    invitations: tuple[Link, ...]


def owned_scopes(me: SignedIn) -> list[str]:
    """The scopes whose people this person may change."""
    scopes = [grant.scope for grant in me.grants if grant.role == "owner"]
    return sorted(scopes, key=lambda scope: (scope.startswith("@"), scope != SERVER, scope))


def people_of(tx: Transaction, me: SignedIn, settings: Settings, now: datetime) -> list[People]:
    open_now = store.open_invitations(tx, now)
    return [
        People(
            place_of(scope, settings),
            tuple(Editor(*row) for row in store.grants_in(tx, scope)),
            tuple(link for link in open_now if link.scope == scope),
        )
        for scope in owned_scopes(me)
    ]


def choices(me: SignedIn) -> list[Grant]:
    """What this person may invite others to."""
    return [
        Grant(scope, role) for scope in owned_scopes(me) for role in ROLES.get(scope, ROLES_OF_AN_INITIATIVE)
    ]


def invite(tx: Transaction, me: SignedIn, grant: Grant, now: datetime) -> str:
    """The link's token. Raises `NotTheirs`."""
    if grant not in choices(me):
        raise NotTheirs
    token = new_link()
    store.insert_link(tx, token, "invitation", now + INVITATION, account_id=me.account_id, grant=grant)
    return token


def revoke(tx: Transaction, me: SignedIn, link_id: str, now: datetime) -> Link:
    """Raises `NotTheirs`."""
    link = invitation(tx, me, link_id, now)
    store.delete_invitation(tx, link.id)
    return link


def invitation(tx: Transaction, me: SignedIn, link_id: str, now: datetime) -> Link:
    """An open one to a place of theirs, whoever made it. Raises `NotTheirs`."""
    owned = owned_scopes(me)
    for link in store.open_invitations(tx, now):
        if link.id == link_id and link.scope in owned:
            return link
    raise NotTheirs


def editor(tx: Transaction, me: SignedIn, account_id: str, scope: str) -> Editor:
    """Raises `NotTheirs`."""
    if scope in owned_scopes(me):
        for row in store.grants_in(tx, scope):
            if row[0] == account_id:
                return Editor(*row)
    raise NotTheirs


def take_away(tx: Transaction, me: SignedIn, account_id: str, scope: str) -> bool:
    """Ends a right and what hangs on it; True when the account, which edits nothing any more, is erased with it.

    Raises `NotTheirs` and `LastOwner`.
    """
    editor(tx, me, account_id, scope)
    if scope == SERVER and len(store.grants_in(tx, scope)) == 1:
        raise LastOwner
    store.delete_grant(tx, account_id, scope)
    # An owner of the server may have invited to anything.
    store.delete_invitations_from(tx, account_id, None if scope == SERVER else scope)
    if store.grants_of(tx, account_id):
        return False
    store.delete_account(tx, account_id)
    return True

"""Who is signed in, as far as the doors need to know. Sessions and accounts themselves live in `server/accounts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

from server.web.forms import Form

SERVER: Final = "server"
HUB: Final = "hub"

SIGNED_IN: Final = "antipole.signed_in"
"""Where the guard leaves the `SignedIn` in a request's scope; a sign-in that goes on to a form leaves its own there."""

BADGES: Final = "antipole.badges"
"""How much waits behind the menu's entries, by path."""

_RANK: Final[Mapping[str, int]] = {"editor": 1, "owner": 2}


@dataclass(frozen=True, slots=True)
class Grant:
    """`role` ("editor" or "owner") in `scope`: "server", "hub", or "@handle" for one initiative of this server."""

    scope: str
    role: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session. `session` names it and is no secret; `csrf` is the session's synchroniser token.

    `fresh`: the passphrase was given within the last five minutes, as dangerous acts demand (SAFETY 2.3).
    `must_add_second_step`: may edit a hub and has no second step yet; until then only the account's own pages open.
    """

    account_id: str
    name: str
    session: str
    csrf: str
    grants: tuple[Grant, ...]
    fresh: bool
    must_add_second_step: bool

    def may(self, scope: str, role: str) -> bool:
        """An owner may do what an editor may. Whoever owns the server owns all that is on it: they have its disk."""
        if Grant(SERVER, "owner") in self.grants:
            return True
        return any(grant.scope == scope and _RANK[grant.role] >= _RANK[role] for grant in self.grants)

    @property
    def handles(self) -> tuple[str, ...]:
        """The initiatives granted by name, without the @."""
        return tuple(grant.scope[1:] for grant in self.grants if grant.scope.startswith("@"))


class Identity(Protocol):
    """What the guard of the doors asks of `server/accounts`."""

    async def is_set_up(self) -> bool:
        """Whether anybody can sign in at all yet."""
        ...

    async def who(self, request: Request) -> SignedIn | None:
        """The session of the request's cookie; None when there is none or it is over."""
        ...

    async def ask_to_sign_in(self, request: Request, form: Form) -> Response:
        """The way to the sign-in page; what was typed into `form` travels along as hidden fields."""
        ...

    async def ask_again(self, request: Request, form: Form) -> Response:
        """The page that asks for the passphrase once more before something dangerous; `form` travels along."""
        ...

    async def ask_for_second_step(self, request: Request) -> Response:
        """The way to the page on which an account adds its second step."""
        ...


def signed_in(request: Request) -> SignedIn:
    """Who opened this door. Only behind doors for people, where the guard has made sure."""
    found = request.scope[SIGNED_IN]
    assert isinstance(found, SignedIn)  # the guard put it there
    return found

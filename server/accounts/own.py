"""What the pages of one's own account have in common: whose they are, and the way on after something changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.accounts import sessions
from server.accounts.actions import Entered
from server.accounts.identity import Sessions, sessions_of
from server.accounts.model import Session
from server.services import services_of
from server.settings import Settings
from server.storage.database import Database
from server.web.forms import Form
from server.web.identity import SignedIn, signed_in
from server.web.render import see_other
from server.web.texts import TEXTS, PageError

ACCOUNT = "/desk/account"


@dataclass(frozen=True, slots=True)
class Own:
    """Whoever opened a page of their account. `token`: what their cookie holds, or is about to hold."""

    identity: Sessions
    me: SignedIn
    session: Session
    token: str
    now: datetime

    @property
    def database(self) -> Database:
        return self.identity.services.database

    @property
    def settings(self) -> Settings:
        return self.identity.services.here.settings


async def own(request: Request) -> Own:
    """Raises `PageError` 401 when the session ended since the guard looked."""
    identity = sessions_of(request)
    now = identity.services.here.clock.now()
    token = identity.cookies.session_in(request)
    session = await identity.services.database.read(lambda tx: sessions.alive(tx, token, now))
    if session is None:
        raise PageError(401, *TEXTS[401])
    return Own(identity, signed_in(request), session, token, now)


def page(request: Request, template: str, form: Form, **context: Any) -> Response:
    """`done`: the word for what was done just before, as the address says."""
    pages = services_of(request).pages
    done = request.query_params.get("done", "")
    return pages.render_desk(request, f"accounts/{template}.html", None, form=form, done=done, **context)


async def go_on(request: Request, here: Own, entered: Entered, done: str, path: str = ACCOUNT) -> Response:
    """After a change of rights or secrets: the session goes on under another id (WEB-02)."""
    response = see_other(request, path, done)
    await here.identity.let_in(response, entered.token, entered.me, first=False)
    return response

"""Who is signed in, by the cookie of a request: what the doors ask (`server/web/identity.py`)."""

from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.accounts import screens, sessions, store
from server.accounts.cookies import Cookies
from server.accounts.journey import interrupted
from server.accounts.model import Account, Session
from server.accounts.passphrases import Passphrases, TooBusy
from server.accounts.screens import Denied
from server.accounts.throttle import Throttle, network_of
from server.services import Services
from server.taxonomy.words import N_ as _
from server.web.forms import Form, Message
from server.web.identity import SignedIn
from server.web.texts import PageError

SECOND_STEP_PAGE = "/desk/account/second-step"
_FREE_TRIES = 3
_FREE_TRIES_OF_A_NETWORK = 30
_BROWSERS = "known-browsers"


NOT_RIGHT = Message(_("The name or the passphrase is not right. Try again."))


class Sessions:
    """Fulfils `Identity`, and keeps what signing in needs in memory: the throttles and the threads that hash."""

    def __init__(self, services: Services) -> None:
        here = services.here
        self.services = services
        self.cookies = Cookies(https=here.settings.is_https)
        self.passphrases = Passphrases()
        self.tries = Throttle(here.clock, free=_FREE_TRIES)
        self.tries_of_networks = Throttle(here.clock, free=_FREE_TRIES_OF_A_NETWORK)
        self._is_set_up = False
        self._browser_secret: str | None = None

    async def is_set_up(self) -> bool:
        """Raises `PageError` 503, which says what to do, rather than answer False."""
        if not self._is_set_up:
            self._is_set_up = await self.services.database.read(store.any_account)
        if not self._is_set_up:
            raise PageError(
                503,
                _("Nobody can sign in here yet"),
                _(
                    "This server waits for its first account. Whoever runs it opens the link that it printed when it "
                    "was started, or makes a new one there with: antipole setup-link DIR"
                ),
            )
        return True

    async def who(self, request: Request) -> SignedIn | None:
        token = self.cookies.session_in(request)
        if not token:
            return None
        here = self.services.here
        now = here.clock.now()
        found = await self.services.database.read(
            lambda tx: (sessions.signed_in(tx, here.settings, token, now), sessions.alive(tx, token, now))
        )
        me, session = found
        if me is not None and session is not None and session.wants_touch(now):
            await self.services.database.write(lambda tx: store.touch_session(tx, session.id, now))
        return me

    async def session(self, request: Request) -> Session | None:
        """The living session of this request, whatever its stage."""
        token = self.cookies.session_in(request)
        now = self.services.here.clock.now()
        return await self.services.database.read(lambda tx: sessions.alive(tx, token, now))

    async def ask_to_sign_in(self, request: Request, form: Form) -> Response:
        journey = interrupted(request, form)
        if not form.sent:
            return RedirectResponse(f"/sign-in?{urlencode({'next': journey.at})}", 303)
        return screens.sign_in(request, Form(sent=False), journey, status=401)

    async def ask_again(self, request: Request, form: Form) -> Response:
        journey = interrupted(request, form)
        return self.services.pages.render_desk(
            request, "accounts/sign_in_again.html", 401, form=Form(sent=False), journey=journey
        )

    async def ask_for_second_step(self, request: Request) -> Response:
        return RedirectResponse(SECOND_STEP_PAGE, 303)

    async def prove(
        self, request: Request, account: Account | None, name: str, passphrase: str, *, vouched: bool = False
    ) -> None:
        """Whether this is the account's passphrase. `name` is its folded name, or what stands for it. Raises `Denied`.

        An unknown account (None) costs the same time and gets the same answer. `vouched`: by a session.
        """
        keys = await self.count_try(request, account, f"passphrase {name}")
        vouched = vouched or await self._known_browser(request, account) != ""
        stored = account.passphrase_hash if account else None
        try:
            right = await self.passphrases.matches(stored, passphrase, vouched=vouched)
        except TooBusy:
            self.take_back(keys)
            raise too_busy() from None
        if not right:
            raise Denied(401, NOT_RIGHT)
        self.succeeded(keys)

    async def count_try(self, request: Request, account: Account | None, name: str) -> tuple[str, str | None]:
        """Counts a try for the account and for the network it comes from. Raises `Denied` when it has to wait.

        A browser that was let in to this account before is counted apart, so that strangers who try cannot lock
        out its person.
        """
        browser = await self._known_browser(request, account)
        keys = (f"{name} {browser}", network_of(request.client.host if request.client else None))
        wait = self.tries_of_networks.count_try(keys[1]) if keys[1] is not None else None
        if not wait:
            wait = self.tries.count_try(keys[0])
            if wait and keys[1] is not None:
                self.tries_of_networks.take_back(keys[1])
        if wait:
            sentence = _(
                "Too many tries; the next one is possible in %(seconds)s seconds. A browser in which you signed in "
                "before need not wait. Whoever runs this server can give you a link to a new passphrase."
            )
            raise Denied(429, Message(sentence, {"seconds": int(wait.total_seconds()) + 1}), wait)
        return keys

    def succeeded(self, keys: tuple[str, str | None]) -> None:
        self.tries.forget(keys[0])
        if keys[1] is not None:
            self.tries_of_networks.take_back(keys[1])

    def take_back(self, keys: tuple[str, str | None]) -> None:
        self.tries.take_back(keys[0])
        if keys[1] is not None:
            self.tries_of_networks.take_back(keys[1])

    async def _known_browser(self, request: Request, account: Account | None) -> str:
        secret = await self.browser_secret()
        return self.cookies.known_browser(request, secret, account.id) if account else ""

    async def browser_secret(self) -> str:
        if self._browser_secret is None:
            self._browser_secret = await self.services.database.write(
                lambda tx: store.own_secret(tx, _BROWSERS)
            )
        return self._browser_secret

    async def let_in(self, response: Response, token: str, me: SignedIn, *, first: bool) -> None:
        """Gives the browser its cookie; `first`: it may call itself known from now on."""
        self.cookies.set_session(response, token, strict=sessions.is_privileged(me))
        if first:
            self.cookies.remember_browser(response, await self.browser_secret(), me.account_id)


def too_busy() -> Denied:
    sentence = _("Many people are signing in at the same moment. Try again in a few seconds.")
    return Denied(503, Message(sentence), timedelta(seconds=4))


def sessions_of(request: Request) -> Sessions:
    """The part of the application that knows who is signed in, for the pages of signing in."""
    found = request.app.state.identity
    assert isinstance(found, Sessions)  # app.py puts it there
    return found

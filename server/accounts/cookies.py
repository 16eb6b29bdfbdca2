"""Two cookies: one is the session, one says that this browser was let in to an account before."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from server.accounts.tokens import browser_mark

A_YEAR: Final = 365 * 24 * 3600
_LONGEST: Final = 200
_NEW: Final = "antipole.new-session"


@dataclass(frozen=True, slots=True)
class Cookies:
    """On https their names begin with `__Host-`, so that no sub-domain can plant one (WEB-02)."""

    https: bool

    @property
    def session_name(self) -> str:
        return f"{self._prefix}antipole"

    @property
    def browser_name(self) -> str:
        return f"{self._prefix}antipole-browser"

    def session_in(self, request: Request) -> str:
        """The session's id; "" without one. One that this very answer hands out counts already."""
        if (new := request.scope.get(_NEW)) is not None:
            return str(new)
        value = request.cookies.get(self.session_name, "")
        return value if len(value) <= _LONGEST else ""

    def hand_out(self, request: Request, session_id: str) -> None:
        """From here on this request is that session's: a page that is shown right after signing in."""
        request.scope[_NEW] = session_id

    def set_session(self, response: Response, session_id: str, *, strict: bool) -> None:
        """Ends with the browser. `strict`: a link on another page does not even open a page of the desk."""
        self._set(response, self.session_name, session_id, "strict" if strict else "lax", None)

    def end_session(self, response: Response) -> None:
        self._set(response, self.session_name, "", "lax", 0)

    def known_browser(self, request: Request, secret: str, account_id: str) -> str:
        """This browser's random name if it was let in to this account before, else ""."""
        value = request.cookies.get(self.browser_name, "")[:_LONGEST]
        name = value.partition(".")[0]
        good = hmac.compare_digest(value.encode(), browser_mark(secret, account_id, name).encode())
        return name if good else ""

    def remember_browser(self, response: Response, secret: str, account_id: str) -> None:
        mark = browser_mark(secret, account_id, secrets.token_urlsafe(16))
        self._set(response, self.browser_name, mark, "strict", A_YEAR)

    @property
    def _prefix(self) -> str:
        return "__Host-" if self.https else ""

    def _set(self, response: Response, name: str, value: str, site: str, seconds: int | None) -> None:
        parts = [f"{name}={value}", "Path=/", "HttpOnly", f"SameSite={site.capitalize()}"]
        if seconds is not None:
            parts.append(f"Max-Age={seconds}")
        if self.https:
            parts.append("Secure")
        response.headers.append("set-cookie", "; ".join(parts))

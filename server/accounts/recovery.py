"""Recovery codes on the screen, this once."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from server.services import services_of
from server.web.identity import SIGNED_IN, SignedIn


def show_codes(request: Request, me: SignedIn, codes: Sequence[str], *, first: bool) -> Response:
    """`first`: right after the account was made or got a new passphrase; what comes next is offered there."""
    request.scope[SIGNED_IN] = me
    pages = services_of(request).pages
    return pages.render_desk(request, "accounts/codes.html", 200, codes=codes, first=first)

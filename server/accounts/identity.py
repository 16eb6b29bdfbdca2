"""Who is signed in, by the cookie of a request: what the doors ask (`server/web/identity.py`)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.services import Services
from server.web.forms import Form
from server.web.identity import SignedIn


class Sessions:
    """Fulfils `Identity`."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def is_set_up(self) -> bool:
        return False

    async def who(self, request: Request) -> SignedIn | None:
        return None

    async def ask_to_sign_in(self, request: Request, form: Form) -> Response:
        return RedirectResponse("/sign-in", 303)

    async def ask_again(self, request: Request, form: Form) -> Response:
        return RedirectResponse("/sign-in", 303)

    async def ask_for_second_step(self, request: Request) -> Response:
        return RedirectResponse("/desk/account/second-step", 303)

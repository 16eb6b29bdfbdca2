"""Where somebody was going when they had to sign in, and what they had typed. It travels in the forms themselves."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.accounts.tokens import LINK
from server.web.doors import door_for_people, show_filled
from server.web.forms import Form, kept
from server.web.identity import SignedIn
from server.web.render import local_url
from server.web.texts import TEXTS, PageError

KEPT: Final = "kept_"
DESK: Final = "/desk"
_AT: Final = "_at"
_FILE: Final = "_file"
_LONGEST_NAME: Final = 40
_INVITATION: Final = re.compile(rf"/invitation/{LINK.pattern}")


@dataclass(frozen=True, slots=True)
class Journey:
    """`typed`: fields and values; `lost_file`: a file was among it and has to be chosen again."""

    at: str = ""
    typed: tuple[tuple[str, str], ...] = ()
    lost_file: bool = False

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The hidden fields that carry all of it."""
        fields = [(KEPT + name, value) for name, value in self.typed]
        if self.at:
            fields.append((_AT, self.at))
        if self.lost_file:
            fields.append((_FILE, "1"))
        return fields


def interrupted(request: Request, form: Form) -> Journey:
    """What a door of the desk had to stop."""
    typed = [(name, value) for name, value in form.carried() if len(KEPT + name) <= _LONGEST_NAME]
    path, query = request.scope["path"], request.url.query
    return Journey(f"{path}?{query}" if query else path, tuple(typed), form.upload is not None)


def travelling(request: Request, fields: Collection[str]) -> tuple[Form, Journey]:
    """The form of this request, which may hold `fields`, and what travels along with it.

    Raises `PageError` for other fields, as `form_of` does.
    """
    form = kept(request) or Form(sent=False)
    own = {name: values for name, values in form.values.items() if not name.startswith(KEPT)}
    if set(own) - set(fields) or form.upload is not None:
        raise PageError(400, *TEXTS[400])
    typed = [
        (name.removeprefix(KEPT), value)
        for name, values in form.values.items()
        if name.startswith(KEPT)
        for value in values
    ]
    at = form.internal.get(_AT) or request.query_params.get("next", "")
    return replace(form, values=own), Journey(at, tuple(typed), _FILE in form.internal)


async def arrive(request: Request, journey: Journey, me: SignedIn) -> Response:
    """The form with what was typed, or else the page they wanted; nothing is acted upon."""
    if journey.typed:
        values: dict[str, tuple[str, ...]] = {}
        for name, value in journey.typed:
            values[name] = (*values.get(name, ()), value)
        try:
            page = await show_filled(
                request, journey.at.partition("?")[0], Form(sent=False, values=values), me
            )
        except PageError as error:
            if error.status not in (403, 404):
                raise
            # Somebody else signed in than began the form. The page says so itself, once the cookie has arrived.
            page = None
        if page is not None:
            return page
    return RedirectResponse(destination(request, journey), 303)


def destination(request: Request, journey: Journey) -> str:
    """A page of the desk or an invitation on this very site, and nothing else (WEB-03)."""
    path = journey.at.partition("?")[0]
    known = _INVITATION.fullmatch(path) or door_for_people(request, path)
    return journey.at if known else local_url(request, DESK, {})

"""Every address has a door, and every door says who may open it. This is the one place that decides.

Permissions hang on the route itself, never on the text of a path: a Host header once made frameworks see another path
than the one they served (CVE-2026-48710).
"""

import hmac
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from server.taxonomy.words import N_ as _
from server.web.bodies import Room, Share, read_form
from server.web.forms import Form, Message, keep, kept
from server.web.identity import BADGES, HUB, SERVER, SIGNED_IN, Identity, SignedIn
from server.web.texts import TEXTS, PageError

Endpoint = Callable[[Request], Awaitable[Response]]
Badges = Callable[[SignedIn], Awaitable[Mapping[str, int]]]

SAFE: Final = frozenset({"GET", "HEAD"})
CSRF_FIELD: Final = "_csrf"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may open a door. `scope` and `role` are for those of "people" (see `Grant`).

    `second_step`: whoever has to add one adds it before they come in; so it is at every door with a scope.
    """

    who: Literal["public", "machines", "anonymous-form", "signing-in", "people"]
    scope: Literal["", "server", "hub", "initiative"] = ""
    role: str = ""
    fresh: bool = False
    second_step: bool = False

    def scope_for(self, request: Request) -> str:
        """The scope in which the role is needed, for this very address; "" when any session will do."""
        return f"@{request.path_params['handle']}" if self.scope == "initiative" else self.scope


PUBLIC: Final = Permission("public")
"""Anybody reads. Cookies are not looked at, so the answer is the same for everybody."""

MACHINES: Final = Permission("machines")
"""Other servers send here; their signature is the proof, and no browser's cookie counts."""

ANONYMOUS_FORM: Final = Permission("anonymous-form")
"""Anybody sends a form that changes nothing (search, "open on my server"); the answer is not stored."""

SIGNING_IN: Final = Permission("signing-in")
"""Signing in, set-up, invitations: the endpoint decides, the guard keeps foreign pages out."""

ANY_SESSION: Final = Permission("people")
"""Whoever is signed in: their own account."""


def of_server(role: str = "owner", *, fresh: bool = False) -> Permission:
    return Permission("people", SERVER, role, fresh)


def of_hub(role: str = "editor", *, fresh: bool = False) -> Permission:
    return Permission("people", HUB, role, fresh)


def of_initiative(role: str = "editor", *, fresh: bool = False) -> Permission:
    """For paths with `{handle}`: the grant must be for that very initiative."""
    return Permission("people", "initiative", role, fresh)


def own_account(*, fresh: bool = False) -> Permission:
    return Permission("people", fresh=fresh)


def own_rights(*, fresh: bool = False) -> Permission:
    """For doors that ask themselves what of it is theirs."""
    return Permission("people", fresh=fresh, second_step=True)


class Door(Route):
    """A route that says who may open it. A PUBLIC door only reads."""

    def __init__(
        self, path: str, endpoint: Endpoint, permission: Permission, methods: Collection[str] = ("GET",)
    ) -> None:
        if permission.who == "public" and not SAFE.issuperset(methods):
            raise ValueError(f"{path}: a public door only reads")
        self.permission = permission
        self.guarded = _guarded(endpoint, permission)
        super().__init__(path, self.guarded, methods=list(methods))


def form_door(path: str, endpoint: Endpoint, permission: Permission) -> Door:
    """A form: shown and sent at one address."""
    return Door(path, endpoint, permission, ("GET", "POST"))


def require_doors(routes: Iterable[BaseRoute]) -> None:
    """Raises TypeError for a route that does not say who may open it: such an application does not start."""
    for route in routes:
        if not isinstance(route, Door):
            raise TypeError(f"{getattr(route, 'path', route)!r} does not say who may open it; make it a Door")


def door_for_people(request: Request, path: str) -> tuple[Door, Mapping[str, str]] | None:
    """The desk's door at a path of this site, with the path's parameters; None for any other text (WEB-03)."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    for route in request.app.routes:
        match, found = route.matches(scope)
        if match is Match.FULL and isinstance(route, Door) and route.permission.who == "people":
            return route, found["path_params"]
    return None


async def show_filled(request: Request, path: str, form: Form, me: SignedIn) -> Response | None:
    """The form's own page with what was typed before, right after signing in; nothing is acted upon.

    None when there is no such page.
    """
    found = door_for_people(request, path)
    if found is None:
        return None
    door, parameters = found
    scope = {
        **request.scope,
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "path_params": dict(parameters),
        SIGNED_IN: me,
    }
    again = Request(scope, request.receive)
    keep(again, form.to_show())
    return await door.guarded(again)


def require_own_page(request: Request) -> None:
    """Only pages of this very site may send forms. Raises `PageError` 403 (WEB-01).

    Sec-Fetch-Site comes first: under our Referrer-Policy browsers send `Origin: null` with their own forms too.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if not (site == "same-origin" if site is not None else origin == request.app.state.origin):
        raise PageError(
            403, _("This form came from another page"), _("Open the page here and send it again.")
        )


def _guarded(endpoint: Endpoint, permission: Permission) -> Endpoint:
    if permission.who in ("public", "machines"):
        return endpoint

    async def for_anybody(request: Request) -> Response:
        if request.method not in SAFE:
            require_own_page(request)
            # Whoever may send anything may not have us keep 9 MB of it.
            keep(request, await read_form(request, multipart=False))
        response = await endpoint(request)
        response.headers["cache-control"] = "no-store"
        return response

    async def for_people(request: Request) -> Response:
        room: Room = request.app.state.room_for_files
        with room.share() as share:
            response = await _for_people(request, endpoint, permission, share)
        response.headers["cache-control"] = "no-store"
        return response

    return for_people if permission.who == "people" else for_anybody


async def _for_people(request: Request, endpoint: Endpoint, permission: Permission, share: Share) -> Response:
    identity: Identity = request.app.state.identity
    form = kept(request) or Form(sent=False)
    if request.method not in SAFE:
        require_own_page(request)
    if not await identity.is_set_up():
        raise PageError(503, *TEXTS[503])
    me = request.scope.get(SIGNED_IN) or await identity.who(request)
    if request.method not in SAFE:
        # Words travel along through signing in, a file does not: nobody without a session has us hold one (R5).
        form = await read_form(request, share if me is not None else None)
    if me is None:
        return await identity.ask_to_sign_in(request, form)
    request.scope[SIGNED_IN] = me
    scope = permission.scope_for(request)
    if scope and not me.may(scope, permission.role):
        # Whoever may not edit an initiative is not told whether there is one of that name.
        status = 404 if permission.scope == "initiative" else 403
        raise PageError(status, *TEXTS[status])
    if (scope or permission.second_step) and me.must_add_second_step:
        return await identity.ask_for_second_step(request)
    # A form from before signing in bears another session's token: its words are kept, its wish is not fulfilled.
    if form.sent and not hmac.compare_digest(form.internal.get(CSRF_FIELD, "").encode(), me.csrf.encode()):
        form = form.to_show(
            403, {"": Message(_("This page was opened before you signed in. Check it and send it again."))}
        )
    if permission.fresh and not me.fresh:
        return await identity.ask_again(request, form)
    keep(request, form)
    badges: Badges = request.app.state.badges
    request.scope[BADGES] = await badges(me)
    return await endpoint(request)

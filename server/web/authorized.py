"""Doors at which servers read documents: where the operator wants it so, only those that sign for them.

Every door that can answer an ActivityPub document is wrapped in `authorized`, but for the instance actor's: to verify a
signature of ours a peer in secure mode needs our key first (PROTOCOL 1.3).
"""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]

CALL_READ: Final = "antipole.call-read"

OBSERVED: Final = "antipole.observed"
"""Where it is in a scope, a set: what the door says of its answer for others is put in."""


class AuthorizedFetch(Protocol):
    """What the application puts behind every wrapped door, as `app.state.authorized_fetch`."""

    async def answer(self, request: Request, endpoint: Endpoint) -> Response: ...


def authorized(endpoint: Endpoint) -> Endpoint:
    """`Door(path, authorized(endpoint), PUBLIC)`."""

    async def door(request: Request) -> Response:
        fetch: AuthorizedFetch = request.app.state.authorized_fetch
        return await fetch.answer(request, endpoint)

    return door


def note_call(request: Request, call_uri: str) -> None:
    """Said by a door that answers the document of a call: whoever signed for it gets its edits and its end too."""
    request.scope[CALL_READ] = call_uri
    request.scope.get(OBSERVED, set()).add(CALL_READ)

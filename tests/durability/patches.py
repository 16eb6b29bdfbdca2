"""Builds that break a promise, on purpose: each figure must notice. `cradle.py` puts them in."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from federation.client import FederationClient, PostAnswer
from federation.keys import SigningKey
from server.fediverse.deliveries import store
from server.storage import sqlite

QUEUED_SECONDS = 0.1

_LATER: set[asyncio.Task[Any]] = set()


def answer_before_commit() -> None:
    """The inbox says 202 as soon as it has the body, and works afterwards."""
    load = uvicorn.Config.load

    def load_hasty(self: uvicorn.Config) -> None:
        load(self)
        self.loaded_app = _hasty(self.loaded_app)

    uvicorn.Config.load = load_hasty  # type: ignore[method-assign] # that is what breaks the promise


def _hasty(app: Any) -> ASGIApp:
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/inbox":
            await app(scope, receive, send)
            return
        messages: list[Message] = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        _later(app(scope, _replay(messages), _nobody))
        await Response(status_code=202)(scope, receive, send)

    return hasty


def record_before_sending() -> None:
    """A delivery counts as done once it is in a queue in memory, which somebody empties a moment later."""
    post = FederationClient.post

    async def post_later(*arguments: Any, more_headers: Sequence[tuple[str, str]]) -> None:
        await asyncio.sleep(QUEUED_SECONDS)
        await post(*arguments, more_headers=more_headers)

    async def hasty(
        self: FederationClient,
        inbox_url: str,
        body: bytes,
        key: SigningKey,
        *,
        more_headers: Sequence[tuple[str, str]] = (),
    ) -> PostAnswer:
        _later(post_later(self, inbox_url, body, key, more_headers=more_headers))
        return PostAnswer(202, None)

    FederationClient.post = hasty  # type: ignore[method-assign] # that is what breaks the promise


def sync_only_at_checkpoints() -> None:
    """SQLite's `synchronous = NORMAL`, which is quicker and which many use."""
    full = sqlite._WRITER
    lazy = tuple(pragma.replace("synchronous = FULL", "synchronous = NORMAL") for pragma in full)
    assert lazy != full
    sqlite._WRITER = lazy  # type: ignore[assignment] # that is what breaks the promise


def short_leases() -> None:
    """Not a broken promise: where several processes work, what a killed one had leased is left alone for two minutes,
    and a test need not wait as long.
    """
    store.LEASE = timedelta(seconds=5)


def _later(work: Any) -> None:
    task = asyncio.ensure_future(work)
    _LATER.add(task)
    task.add_done_callback(_LATER.discard)


def _replay(messages: list[Message]) -> Receive:
    left = iter(messages)

    async def receive() -> Message:
        return next(left, {"type": "http.disconnect"})

    return receive


async def _nobody(_message: Message) -> None:
    """The answer was given long ago."""

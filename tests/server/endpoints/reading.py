"""What tests of readers need: signed GETs, and waiting until who signed is known."""

from collections.abc import Mapping
from typing import Any

import httpx2

from federation.http_signatures.scheme import sign_request
from federation.keys import SigningKey
from server.fediverse import call_readers
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node


async def get_signed(
    fediverse: Fediverse,
    key: SigningKey,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> httpx2.Response:
    """`headers` replace what was signed; `options` as `sign_request` takes them."""
    signed = sign_request(method=method, url=url, body=None, key=key, now=fediverse.clock.now(), **options)
    sent = {"accept": ACTIVITY_JSON, **dict(signed), **(headers or {})}
    async with httpx2.AsyncClient(transport=fediverse.network) as client:
        return await client.request(method, url, headers=sent)


async def settle_readers(node: Node) -> None:
    """Waits until all signatures that were put aside are verified."""
    await documents_of(node).readers.settle()


def documents_of(node: Node) -> Any:
    """What stands behind the doors of documents."""
    app: Any = node.door
    while not hasattr(app, "state"):
        app = app.app
    return app.state.authorized_fetch


async def readers_of(node: Node, call_uri: str) -> list[tuple[str, str]]:
    return await node.services.database.read(lambda tx: call_readers.inboxes_of(tx, call_uri))

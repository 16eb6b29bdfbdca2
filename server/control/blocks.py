"""`block`: whom this instance refuses, by actor id or by origin."""

from collections.abc import Mapping
from typing import Any

from federation.errors import Malformed
from federation.origins import origin_of
from server.feature import Refusal
from server.fediverse import moderation
from server.services import Services


async def add_block(services: Services, arguments: Mapping[str, Any]) -> Any:
    target = _target(arguments)
    now = services.here.clock.now()
    await services.database.write(lambda tx: moderation.block(tx, target, now))
    return {"blocked": target}


async def remove_block(services: Services, arguments: Mapping[str, Any]) -> Any:
    target = _target(arguments)
    if not await services.database.write(lambda tx: moderation.unblock(tx, target)):
        raise Refusal(f"{target} is not blocked: `antipole block list DIR` shows what is.")
    return {"unblocked": target}


async def list_blocks(services: Services, arguments: Mapping[str, Any]) -> Any:
    return {"lines": await services.database.read(moderation.blocked)}


def _target(arguments: Mapping[str, Any]) -> str:
    """An actor's id as it is, or an origin in its one spelling; a bare host name means https."""
    given = str(arguments.get("target", "")).strip()
    url = given if "://" in given else f"https://{given}"
    try:
        origin = str(origin_of(url))
    except Malformed:
        raise Refusal(
            f"{given!r} cannot be blocked: give a host, an origin like https://host, or an actor's id."
        ) from None
    return origin if url.rstrip("/").count("/") == 2 else url

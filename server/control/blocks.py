"""`block`: whom this instance refuses, by actor id or by origin.

A hub brings forms of its own for adding and removing (`server/hub/curation/commands.py`): there a block also ends
listings and is a decision to be remembered.
"""

from collections.abc import Mapping
from typing import Any

from federation.errors import Malformed
from server.feature import Refusal
from server.fediverse import moderation
from server.services import Services


async def add_block(services: Services, arguments: Mapping[str, Any]) -> Any:
    target = _target(services, arguments)
    reason = str(arguments.get("reason") or "")
    now = services.here.clock.now()
    await services.database.write(lambda tx: moderation.block(tx, target, now, reason=reason))
    return {"blocked": target}


async def remove_block(services: Services, arguments: Mapping[str, Any]) -> Any:
    target = _target(services, arguments)
    if not await services.database.write(lambda tx: moderation.unblock(tx, target)):
        raise Refusal(f"{target} is not blocked: `antipole block list DIR` shows what is.")
    return {"unblocked": target}


async def list_blocks(services: Services, arguments: Mapping[str, Any]) -> Any:
    return {"lines": await services.database.read(moderation.blocked)}


def _target(services: Services, arguments: Mapping[str, Any]) -> str:
    given = str(arguments.get("target", "")).strip()
    try:
        return moderation.target_of(given, services.here.settings.origin)
    except Malformed as error:
        raise Refusal(moderation.why_not(given, error)) from None

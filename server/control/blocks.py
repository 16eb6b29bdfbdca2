"""`block`: whom this instance refuses, by actor id or by server.

A hub brings forms of its own for adding, importing and removing (`server/hub/curation/block_commands.py`): there a
block also ends listings and is a decision to be remembered.
"""

from collections.abc import Mapping
from typing import Any

from federation.errors import Malformed
from server.feature import Refusal
from server.fediverse import moderation
from server.fediverse.moderation import lists
from server.services import Services


async def add_block(services: Services, arguments: Mapping[str, Any]) -> Any:
    target = _target(services, arguments)
    reason = str(arguments.get("reason") or "")
    now = services.here.clock.now()
    await moderation.change_blocks(
        services.database,
        services.here.blocklist,
        lambda tx: moderation.block(tx, target, now, reason=reason),
    )
    return {"blocked": target}


async def remove_block(services: Services, arguments: Mapping[str, Any]) -> Any:
    target = _target(services, arguments)
    if not await moderation.change_blocks(
        services.database, services.here.blocklist, lambda tx: moderation.unblock(tx, target)
    ):
        raise Refusal(f"{target} is not blocked: `antipole block list DIR` shows what is.")
    return {"unblocked": target}


async def import_blocks(services: Services, arguments: Mapping[str, Any]) -> Any:
    """{"list": the file in base64} -> what became of it; see `lists.outcome`."""
    try:
        found = lists.list_in(arguments, services.here.settings.origin)
    except lists.NoList as error:
        raise Refusal(str(error)) from None
    now = services.here.clock.now()
    added = await moderation.change_blocks(
        services.database,
        services.here.blocklist,
        lambda tx: moderation.block_all(tx, found.reasons, now),
    )
    return lists.outcome(found, added)


async def export_blocks(services: Services, arguments: Mapping[str, Any]) -> Any:
    """{"everything": bool} -> {"list": CSV}."""
    everything = arguments.get("everything") is True
    kept = await services.database.read(moderation.blocks)
    return {"list": lists.write_list(kept, everything=everything)}


async def list_blocks(services: Services, arguments: Mapping[str, Any]) -> Any:
    return {"lines": sorted(await services.database.read(moderation.blocked))}


def _target(services: Services, arguments: Mapping[str, Any]) -> str:
    given = str(arguments.get("target", "")).strip()
    try:
        return moderation.target_of(given, services.here.settings.origin)
    except Malformed as error:
        raise Refusal(moderation.why_not(given, error)) from None

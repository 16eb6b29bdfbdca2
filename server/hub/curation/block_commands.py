"""`block` on the command line of a hub: as every instance does it, and the directory and the log follow."""

from collections.abc import Mapping
from typing import Any

from federation.errors import Malformed
from server.feature import Refusal
from server.fediverse import moderation
from server.fediverse.moderation import lists
from server.hub.curation import blocking
from server.hub.curation.commands import reason_in
from server.hub.decisions.model import COMMAND_LINE
from server.services import Services


async def add_block(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    target, reason, now = _target(services, arguments), reason_in(arguments), services.here.clock.now()
    await moderation.change_blocks(
        services.database,
        services.here.blocklist,
        lambda tx: blocking.block(tx, services.here, target, COMMAND_LINE, reason, now),
    )
    return {"blocked": target}


async def remove_block(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    target, now = _target(services, arguments), services.here.clock.now()
    if not await moderation.change_blocks(
        services.database,
        services.here.blocklist,
        lambda tx: blocking.lift_block(tx, target, COMMAND_LINE, "", now),
    ):
        raise Refusal(f"{target} is not blocked: `antipole block list DIR` shows what is.")
    return {"unblocked": target}


async def import_blocks(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """{"list": the file in base64} -> what became of it; see `lists.outcome`."""
    here = services.here
    try:
        found = lists.list_in(arguments, here.settings.origin)
    except lists.NoList as error:
        raise Refusal(str(error)) from None
    new = await moderation.change_blocks(
        services.database,
        here.blocklist,
        lambda tx: blocking.block_all(tx, here, found.reasons, COMMAND_LINE, here.clock.now()),
    )
    return lists.outcome(found, len(new))


def _target(services: Services, arguments: Mapping[str, Any]) -> str:
    given = str(arguments.get("target", "")).strip()
    try:
        return moderation.target_of(given, services.here.settings.origin)
    except Malformed as error:
        raise Refusal(moderation.why_not(given, error)) from None

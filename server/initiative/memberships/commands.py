"""hub.apply, hub.leave, and hub.memberships: what became of it."""

from collections.abc import Mapping
from typing import Any

from server.initiative.arguments import Arguments
from server.initiative.memberships import actions, store
from server.initiative.memberships.model import WORDS, Application, read_hub, require_reachable
from server.initiative.profile.actions import living
from server.initiative.profile.model import MAX_HANDLE
from server.services import Services
from server.storage.database import Transaction

MAX_HUB = 2048


async def apply(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """handle, hub ("@hub@host" or an address) -> notes. Durable when it answers; nothing waits for the network."""
    here = services.here
    arguments = Arguments("hub apply", values, ("handle", "hub"))
    handle = arguments.required("handle", MAX_HANDLE + 300)
    hub = read_hub(arguments.required("hub", MAX_HUB))
    require_reachable(hub, here.client.policy)

    def act(tx: Transaction) -> list[str]:
        return actions.apply(tx, here, living(tx, here, handle).actor_id, hub)

    return {"notes": await services.database.write(act)}


async def leave(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """handle, hub as it was asked for -> no notes. Durable when it answers; the hub is told by the workers."""
    here = services.here
    arguments = Arguments("hub leave", values, ("handle", "hub"))
    handle = arguments.required("handle", MAX_HANDLE + 300)
    hub = read_hub(arguments.required("hub", MAX_HUB))

    def act(tx: Transaction) -> None:
        actions.leave(tx, here, living(tx, here, handle).actor_id, hub)

    await services.database.write(act)
    return {"notes": []}


async def memberships(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """-> one line for each hub that an initiative of this instance applied to."""
    Arguments("hub memberships", values, ())
    found = await services.database.read(store.everything)
    return {"lines": [_line(services, application) for application in found]}


def _line(services: Services, application: Application) -> str:
    handle = application.actor_id.rpartition("/")[2]
    hub = application.hub_handle or application.hub
    line = f"@{handle}@{services.here.settings.handle_domain}  {hub}  {WORDS[application.state]}"
    return f"{line}  {application.problem}" if application.problem else line

"""Finding the hub that an initiative applies to."""

from collections.abc import Mapping
from typing import Any

from federation.actors import RemoteActor, fetch_actor
from federation.errors import FederationError, TooBusy
from federation.webfinger import resolve_handle
from server.fediverse import moves
from server.initiative.memberships import actions
from server.initiative.memberships.model import is_handle
from server.services import Services


async def find_hub(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """Leads from a handle or an address to the hub's actor, and asks. A hub that is silent is asked again."""
    actor_id, hub = str(detail["actor"]), str(detail["hub"])
    here = services.here
    try:
        found = await _actor(services, hub)
    except TooBusy:
        raise
    except FederationError as error:
        problem, now = error, here.clock.now()
        await services.database.write(lambda tx: actions.note_problem(tx, actor_id, hub, problem, now))
        raise
    await services.database.write(lambda tx: actions.ask(tx, here, actor_id, hub, found))


async def confirm_move(services: Services, hub_id: str, detail: Mapping[str, Any]) -> None:
    """A hub (`hub_id`) says that it has moved to `detail["target"]`: the new one is asked whether that is so."""
    here = services.here
    found = await moves.confirmed(here, hub_id, str(detail["target"]))
    now = here.clock.now()
    await services.database.write(lambda tx: actions.follow_moved_hub(tx, here, hub_id, found, now))


async def _actor(services: Services, hub: str) -> RemoteActor:
    client = services.here.client
    return await fetch_actor(client, await resolve_handle(client, hub) if is_handle(hub) else hub)

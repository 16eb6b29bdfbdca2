"""The check of an application: the profile fetched afresh, its proof, the loop of its name."""

import logging
from collections.abc import Mapping
from typing import Any

from federation.actors import fetch_actor
from federation.documents import id_of
from federation.errors import FederationError, Unreachable
from federation.webfinger import confirm_handle
from server.fediverse import moves
from server.hub.curation import actions, store
from server.hub.curation.model import ENDED_KEPT
from server.hub.decisions.model import KEPT
from server.hub.listings import store as listings
from server.hub.listings.documents import APPLICANT, signed_profile, wants_to_be_found
from server.services import Services

log = logging.getLogger(__name__)


async def check_application(services: Services, actor_id: str, detail: Mapping[str, Any]) -> None:
    """A profile without a valid proof, or that does not want to be found, is a follower and no more."""
    here, now = services.here, services.here.clock.now()
    try:
        actor = await fetch_actor(here.client, actor_id)
        if actor.id != actor_id or actor.type != APPLICANT or not wants_to_be_found(actor):
            log.info("%s follows but does not apply", actor_id)
            return
        facts = signed_profile(actor, now)
        handle = await confirm_handle(here.client, actor)
    except Unreachable:
        raise
    except FederationError as error:
        log.info("%s follows but does not apply: %s", actor_id, error.reason)
        return
    full = f"@{handle.removeprefix('acct:').removeprefix('@')}"
    follow_id = id_of(detail.get("follow"))
    await services.database.write(lambda tx: actions.apply(tx, here, actor, facts, full, follow_id, now))


async def confirm_move(services: Services, actor_id: str, detail: Mapping[str, Any]) -> None:
    """An initiative (`actor_id`) says that it has moved to `detail["target"]`: the new address is asked."""
    here = services.here
    found = await moves.confirmed(here, actor_id, str(detail["target"]))
    now = here.clock.now()
    await services.database.write(lambda tx: actions.note_move(tx, actor_id, found.id, now))


async def forget_expired_wishes(services: Services) -> int:
    now = services.here.clock.now()
    return await services.database.write(lambda tx: store.forget_expired(tx, now))


async def forget_ended(services: Services) -> int:
    """Chore: that somebody was refused or has left is not remembered for ever."""
    now = services.here.clock.now()
    return await services.database.write(
        lambda tx: listings.forget_ended(tx, before=now - ENDED_KEPT, removed_before=now - KEPT)
    )

"""The round that announces what waits and undoes what is lost."""

import logging
from datetime import timedelta
from functools import partial

from federation.errors import FederationError, Gone, Malformed, Unreachable
from server.hub.announcements import actions, store
from server.hub.announcements.store import WaitingCall
from server.hub.calls.errands import erase_if_listed
from server.services import Services

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=5)


async def announce_waiting(services: Services) -> int:
    """Each call is fetched right before it is announced: so it is there for everybody who will fetch it then, and what
    was closed or deleted meanwhile is not announced. Every step here takes a call out of the row, so this ends."""
    done = await _undo_lost(services)
    while True:
        now = services.here.clock.now()
        call = await services.database.read(partial(actions.turn, here=services.here, now=now))
        if call is None:
            return done
        await _probe_and_announce(services, call)
        done += 1


async def _undo_lost(services: Services) -> int:
    # All that is kept is gone through: not while nothing has changed, and not in the writer's time for nothing.
    if not await services.database.read(store.remembered_is_any_lost(services.remembered).answer):
        return 0
    now = services.here.clock.now()
    return await services.database.write(lambda tx: actions.undo_lost(tx, services.here, now))


async def _probe_and_announce(services: Services, call: WaitingCall) -> None:
    now = services.here.clock.now()
    try:
        fetched = await services.here.client.fetch_document(call.uri)
        if fetched.url != call.uri:
            raise Malformed("not-the-call")
        await services.database.write(lambda tx: actions.announce(tx, services.here, call, fetched.body, now))
    except FederationError as error:
        if isinstance(error, Gone) and error.deleted:
            await services.database.write(lambda tx: erase_if_listed(tx, call.actor_id, call.uri, services))
            return
        log.info("a call of %s is announced later: %s", call.actor_id, error.reason)
        silent = isinstance(error, Unreachable) and error.retry
        await services.database.write(lambda tx: actions.postpone(tx, call, now, silent=silent))

"""Who read a call by a signed GET: verified after the answer was sent, remembered as a server's inbox.

Outside secure mode signatures of GETs do not decide what is answered: a server that verifies them first runs into a
loop with GoToSocial, which verifies ours likewise (PROTOCOL 5.4).
"""

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial

from federation.actors import RemoteActor
from federation.errors import FederationError, Unreachable
from federation.inbox import RawRequest
from federation.instance_actors import fetch_instance_actor
from federation.origins import origin_of
from federation.readers import authenticate
from server.fediverse import actors, call_readers, moderation
from server.services import Services
from server.storage.database import StorageUnavailable, Transaction

MOST_AT_ONCE = 4
MOST_WAITING = 64
ASKED_AGAIN_AFTER = timedelta(hours=1)
MOST_ANSWERS = 1_024

_LOG = logging.getLogger("antipole.readers")


class SignedReaders:
    """A bounded queue: what comes when it is full is not verified, and its server is not remembered this time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.remembered = actors.Remembered(services.database)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: dict[str, tuple[datetime, str | None]] = {}

    async def verify(self, request: RawRequest) -> RemoteActor:
        """Raises `FederationError`: `NotAuthentic` for whoever did not sign, `Forbidden` for whoever is blocked."""
        here = self._services.here
        return await authenticate(
            request,
            origin=here.uris.origin,
            client=here.client,
            actors=self.remembered,
            clock=here.clock,
            is_blocked=here.blocklist.refuses,
        )

    def later(self, request: RawRequest, call_uri: str, signer: RemoteActor | None = None) -> None:
        """Returns at once. `signer` when the request was verified already."""
        if len(self._tasks) >= MOST_WAITING:
            return
        task = asyncio.create_task(self._note(request, call_uri, signer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Waits for all that was begun."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _note(self, request: RawRequest, call_uri: str, signer: RemoteActor | None) -> None:
        async with self._turns:
            try:
                signer = signer or await self.verify(request)
                if signer.id == self._services.here.uris.instance_actor:
                    return
                inbox = await self._inbox_of_server(signer)
                if inbox is not None:
                    await self._remember(call_uri, inbox, signer)
            except FederationError as error:
                _LOG.debug("a reader of a call is not remembered: %s", error.reason)
            except StorageUnavailable:
                # The next reader finds out, and whoever owns the server was told by louder doors.
                return

    async def _remember(self, call_uri: str, inbox: str, signer: RemoteActor) -> None:
        database, origin = self._services.database, str(origin_of(signer.id))
        if await database.read(partial(_has_room, call_uri, inbox, origin)):
            await database.write(partial(_keep, call_uri, inbox, origin, signer.id))

    async def _inbox_of_server(self, signer: RemoteActor) -> str | None:
        """None rather than a person's own: their server would show who among its people reads what."""
        if signer.shared_inbox is not None:
            return signer.shared_inbox
        if signer.type != "Person":
            return signer.inbox
        origin, now = str(origin_of(signer.id)), self._services.here.clock.now()
        asked_at, inbox = self._answers.get(origin, (now - ASKED_AGAIN_AFTER, None))
        if now - asked_at >= ASKED_AGAIN_AFTER:
            inbox = await self._ask(origin)
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
            self._answers[origin] = (now, inbox)
        return inbox

    async def _ask(self, origin: str) -> str | None:
        try:
            instance = await fetch_instance_actor(self._services.here.client, origin)
        except Unreachable:
            return None
        return instance.shared_inbox or instance.inbox


def _has_room(call_uri: str, inbox: str, origin: str, tx: Transaction) -> bool:
    return call_readers.has_room(tx, call_uri, inbox, origin)


def _keep(call_uri: str, inbox: str, origin: str, signer_id: str, tx: Transaction) -> None:
    if not moderation.is_blocked(tx, signer_id):
        call_readers.remember(tx, call_uri, inbox, origin)

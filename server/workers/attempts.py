"""One attempt at one delivery: what is sent is made up at the moment of sending, and whatever happens is an outcome."""

import random
from collections.abc import Collection, Sequence

from federation.delivery import Delivered, Gone, Refused, Retry, counts_against, judge
from federation.errors import Forbidden, Unreachable
from server.clock import iso
from server.fediverse.deliveries import Delivery, Outcome
from server.fediverse.followers.synchronization import synchronization_value, tells_followers
from server.fediverse.keyring import MissingKey
from server.fediverse.outbox import redated
from server.services import Services
from server.storage.database import Transaction
from server.workers.bugs import report

REMEMBERED = 4096
_FOLLOWERS = ("followers", "remote_actors")


class Attempts:
    """Remembers what many deliveries of one activity have in common: its bytes, and what a server is told of those
    there who follow.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rng = random.SystemRandom()
        self._bodies: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._tells: dict[str, bool] = {}
        self._told: dict[tuple[str, str], tuple[int, str | None]] = {}

    async def prepare(self, deliveries: Collection[Delivery]) -> None:
        """FEP-8fcf: looks up, for all in one go, what is said of followers, as things stand now: a list may have
        changed since the activity was published.
        """
        changes = self._services.database.changes
        wanted = {(one.actor_id, one.origin) for one in deliveries if self._tells_followers(one)}
        stale = [
            pair
            for pair in wanted
            if pair not in self._told or changes.since(self._told[pair][0], _FOLLOWERS)
        ]
        if not stale:
            return
        uris, number = self._services.here.uris, changes.number

        def look(tx: Transaction) -> dict[tuple[str, str], tuple[int, str | None]]:
            return {
                (actor_id, origin): (
                    number,
                    synchronization_value(tx, uris, actor_id=actor_id, inbox_origin=origin),
                )
                for actor_id, origin in stale
            }

        if len(self._told) > REMEMBERED:
            self._told.clear()
        self._told |= await self._services.database.read(look)

    async def attempt(self, delivery: Delivery) -> Outcome:
        """Never raises: what goes wrong with one delivery is that delivery's outcome."""
        here = self._services.here
        status: int | None = None
        retry_after: str | None = None
        asked = False
        try:
            key = await here.keyring.signing_key(delivery.actor_id)
            body = self._body(delivery)
            asked = True
            answer = await here.client.post(delivery.inbox, body, key, more_headers=self._headers(delivery))
            status, retry_after = answer.status, answer.retry_after
        except MissingKey:
            return Outcome(delivery, "failed", here.clock.now(), "no-key", None)
        except Forbidden as error:
            # Blocked since it was published: nobody there is told anything any more.
            return Outcome(delivery, "dropped", here.clock.now(), error.reason, None)
        except Unreachable as error:
            if not error.retry:
                return Outcome(delivery, "failed", here.clock.now(), error.reason, None)
        except Exception as error:
            # One poisoned row must not end the worker; it is tried for a week and then given up like any other.
            report("a delivery", error)
            asked = False
        now = here.clock.now()
        verdict = judge(
            status,
            retry_after=retry_after,
            attempt=delivery.attempts,
            first_tried=delivery.first_due,
            now=now,
            rng=self._rng,
        )
        failed = _about_the_origin(status) if asked else None
        answered = not counts_against(status)
        match verdict:
            case Delivered():
                return Outcome(delivery, "done", now, "", failed, answered)
            case Retry(at, reason):
                return Outcome(delivery, None, at, reason, failed, answered)
            case Gone(reason) | Refused(reason):
                return Outcome(delivery, "failed", now, reason, failed, answered)

    def _body(self, delivery: Delivery) -> bytes:
        """The same bytes for all who get it, within a second where it bears the time of sending."""
        now = self._services.here.clock.now()
        key = (delivery.activity_id, iso(now) if delivery.redated else "")
        document, body = self._bodies.get(key, ("", b""))
        # Compared: what was erased meanwhile and written anew is another text.
        if not body or document != delivery.document:
            text = redated(delivery.document, now) if delivery.redated else delivery.document
            body = text.encode()
            if len(self._bodies) >= 64:
                self._bodies.clear()
            self._bodies[key] = delivery.document, body
        return body

    def _headers(self, delivery: Delivery) -> Sequence[tuple[str, str]]:
        if not self._tells.get(delivery.activity_id):
            return ()
        _, value = self._told.get((delivery.actor_id, delivery.origin), (0, None))
        return () if value is None else (("collection-synchronization", value),)

    def _tells_followers(self, delivery: Delivery) -> bool:
        known = self._tells.get(delivery.activity_id)
        if known is None:
            if len(self._tells) > REMEMBERED:
                self._tells.clear()
            try:
                known = tells_followers(self._services.here.uris, delivery.actor_id, delivery.document)
            except ValueError:
                # No JSON: whoever sends it finds out.
                known = False
            self._tells[delivery.activity_id] = known
        return known


def _about_the_origin(status: int | None) -> bool | None:
    """Whether an answer speaks against the whole origin, for it, or neither: 429 asks for patience."""
    if counts_against(status):
        return True
    return None if status == 429 else False

"""Sending what we owe: leased, signed at the moment of sending, each origin for itself.

A dead or slow server holds up nobody else: two attempts at once to one origin, sixty-four in all, and those
that failed lately share sixteen of these (SAFETY R7). Outcomes are written in batches.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence

from federation.delivery import Delivered, Gone, Refused, Retry, counts_against, judge
from federation.errors import Forbidden, Unreachable
from federation.origins import authority_of
from server.fediverse import deliveries, errands
from server.fediverse.deliveries import Delivery, Outcome, ReadyOrigin
from server.fediverse.followers.synchronization import synchronization_header
from server.fediverse.keyring import MissingKey
from server.fediverse.outbox import redated
from server.services import Services
from server.storage.database import Transaction
from server.workers.bugs import report

PER_ORIGIN = 2
AT_ONCE = 64
SICK_AT_ONCE = 16
LOOKED_AT = 4 * AT_ONCE
LONGEST_SLEEP = 60.0

LOG = logging.getLogger("antipole.deliveries")


class Sender:
    """The attempts in flight, and what ended but is not written yet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rng = random.SystemRandom()
        self._flying: dict[asyncio.Task[Outcome], ReadyOrigin] = {}
        self.attempts = 0

    @property
    def flying(self) -> set[asyncio.Task[Outcome]]:
        return set(self._flying)

    async def turn(self) -> bool:
        """Writes what ended, claims what is due and sets it off. True when something ended: more may be due
        now.
        """
        ended = [task for task in self._flying if task.done()]
        outcomes = [task.result() for task in ended]
        for task in ended:
            del self._flying[task]
        now = self._services.here.clock.now()
        ready = await self._services.database.read(lambda tx: deliveries.ready_origins(tx, now, LOOKED_AT))
        wanted = self._choose(ready)
        if not outcomes and not wanted:
            return False

        def write(tx: Transaction) -> tuple[list[str], list[tuple[ReadyOrigin, list[Delivery]]]]:
            opened = deliveries.record(tx, outcomes, now)
            for inbox in {o.delivery.inbox for o in outcomes if o.reason in ("gone", "not-found")}:
                errands.add(tx, "confirm-gone", inbox)
            return opened, [(origin, deliveries.claim(tx, origin.origin, now, n)) for origin, n in wanted]

        opened, claimed = await self._services.database.write(write)
        for silent in opened:
            LOG.warning("%s does not answer; it is left in peace for half an hour", authority_of(silent))
        for origin, batch in claimed:
            for delivery in batch:
                self._flying[asyncio.create_task(self._attempt(delivery))] = origin
                self.attempts += 1
        return bool(outcomes)

    async def abandon(self) -> None:
        """Ends what is in flight unheard. Its leases end at the next start, and it is sent again."""
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)
        self._flying.clear()

    def _choose(self, ready: Sequence[ReadyOrigin]) -> list[tuple[ReadyOrigin, int]]:
        """How many attempts each ready origin gets now."""
        free = AT_ONCE - len(self._flying)
        free_for_sick = SICK_AT_ONCE - sum(origin.sick for origin in self._flying.values())
        busy = Counter(origin.origin for origin in self._flying.values())
        chosen = []
        for origin in ready:
            room = min(1 if origin.probing else PER_ORIGIN, PER_ORIGIN - busy[origin.origin], free)
            if origin.sick:
                room = min(room, free_for_sick)
                free_for_sick -= max(room, 0)
            if room > 0:
                chosen.append((origin, room))
                free -= room
        return chosen

    async def _attempt(self, delivery: Delivery) -> Outcome:
        """Never raises: what goes wrong with one delivery is that delivery's outcome."""
        here = self._services.here
        status: int | None = None
        retry_after: str | None = None
        asked = False
        try:
            key = await here.keyring.signing_key(delivery.actor_id)
            document = delivery.document
            if delivery.redated:
                document = redated(document, here.clock.now())
            more_headers = await self._about_followers(delivery)
            asked = True
            answer = await here.client.post(delivery.inbox, document.encode(), key, more_headers=more_headers)
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

    async def _about_followers(self, delivery: Delivery) -> list[tuple[str, str]]:
        """FEP-8fcf, as things stand at this moment: a list of followers may have changed since it was published."""
        value = await synchronization_header(
            self._services.database,
            self._services.here.uris,
            actor_id=delivery.actor_id,
            document=delivery.document,
            inbox_origin=delivery.origin,
        )
        return [] if value is None else [("collection-synchronization", value)]


def _about_the_origin(status: int | None) -> bool | None:
    """Whether an answer speaks against the whole origin, for it, or neither: 429 asks for patience."""
    if counts_against(status):
        return True
    return None if status == 429 else False


async def run_due(services: Services) -> int:
    """Sends until nothing is due any more at the clock's present time; answers the number of attempts."""
    sender = Sender(services)
    try:
        while await sender.turn() or sender.flying:
            if sender.flying:
                await asyncio.wait(sender.flying, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await sender.abandon()
    return sender.attempts


async def run(services: Services) -> None:
    """For as long as the server runs; wakes at once when something is published."""
    # Of several processes another one may be at work: what one that was killed had leased runs out by itself.
    if not services.here.settings.is_shared:
        await services.database.write(deliveries.release_leases)
    waiter = services.database.waiter("deliveries")
    sender = Sender(services)
    woken: asyncio.Task[bool] | None = None
    try:
        while True:
            while await sender.turn():
                pass
            seconds = await _seconds_to_next(services)
            woken = woken or asyncio.create_task(waiter.wait(LONGEST_SLEEP))
            await asyncio.wait({*sender.flying, woken}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if woken.done():
                woken = None
    finally:
        if woken is not None:
            woken.cancel()
        await sender.abandon()


async def _seconds_to_next(services: Services) -> float:
    now = services.here.clock.now()
    at = await services.database.read(lambda tx: deliveries.next_event(tx, now))
    return LONGEST_SLEEP if at is None else min((at - now).total_seconds(), LONGEST_SLEEP)

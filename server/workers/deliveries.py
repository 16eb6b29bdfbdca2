"""Sending what we owe: leased, signed at the moment of sending, each origin for itself.

A dead or slow server holds up nobody else: two attempts at once to one origin, sixty-four in all, and those
that failed or dawdled lately share sixteen places (SAFETY R7). Outcomes are written in batches.
"""

import asyncio
import contextlib
import logging

from federation.origins import authority_of
from server.fediverse import deliveries, errands
from server.fediverse.deliveries import Delivery, Outcome, ReadyOrigin
from server.services import Services
from server.storage.database import StorageUnavailable, Transaction
from server.workers.attempts import Attempts
from server.workers.lines import AT_ONCE, PER_ORIGIN, SICK_AT_ONCE, SLOW, Line, Lines

__all__ = ["AT_ONCE", "PER_ORIGIN", "SICK_AT_ONCE", "Sender", "run", "run_due"]

LOOKED_AT = 256
LONGEST_SLEEP = 60.0
GATHER = 0.01
"""Seconds that an outcome waits for others, to be written with them."""

TOGETHER = 32
_SPEAKS_AGAINST = ("origins", "silent_origins", "errands")

LOG = logging.getLogger("antipole.deliveries")


class Sender:
    """The attempts in flight, and what ended but is not written yet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._attempts = Attempts(services)
        self._lines = Lines()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: list[Outcome] = []
        self._well: dict[str, int] = {}
        self._after = ""
        self._gathering: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self.news = asyncio.Event()
        """Something ended that is worth a turn."""
        self.seconds_to_next = LONGEST_SLEEP
        """As of the last turn: until something becomes due that was not then."""
        self.attempts = 0

    @property
    def busy(self) -> bool:
        return bool(self._tasks or self._ended)

    async def turn(self) -> bool:
        """Writes what ended, claims what is due and sets it off. True when something ended: more may be due
        now.
        """
        self._stop_gathering()
        outcomes, self._ended = self._ended, []
        back, self._lines.given_back = self._lines.given_back, []
        now = self._services.here.clock.now()
        wanted = self._lines.choose(await self._look())
        if not outcomes and not back and not wanted:
            return False
        changes = self._services.database.changes
        number = changes.number
        well = {origin for origin, since in self._well.items() if not changes.since(since, _SPEAKS_AGAINST)}

        def write(tx: Transaction) -> tuple[list[str], list[tuple[str, list[Delivery]]]]:
            opened = deliveries.record(tx, outcomes, now, well=well)
            deliveries.give_back(tx, back)
            for inbox in {o.delivery.inbox for o in outcomes if o.reason in ("gone", "not-found")}:
                errands.add(tx, "confirm-gone", inbox)
            activities = deliveries.Activities()
            return opened, [
                (origin.origin, deliveries.claim(tx, origin.origin, now, n, activities))
                for origin, n in wanted
            ]

        # Where there was no room for all, the next look begins behind the last that got some.
        self._after = next((origin.origin for origin, _ in reversed(wanted) if not origin.sick), "")
        opened, claimed = await self._services.database.write(write)
        self._lines.written(len(outcomes))
        for silent in opened:
            LOG.warning("%s does not answer; it is left in peace for half an hour", authority_of(silent))
        self._well = dict.fromkeys(well | {o.delivery.origin for o in outcomes if o.failed is False}, number)
        for origin, batch in claimed:
            self._lines.add(origin, batch)
        await self._attempts.prepare([delivery for _, batch in claimed for delivery in batch])
        self._set_off()
        return bool(outcomes or back)

    async def abandon(self) -> None:
        """Ends what is in flight unheard: its leases run out, and it is sent again. What was not sent yet is anybody's
        again, and what ended is written.
        """
        self._stop_gathering()
        if self._watching is not None:
            self._watching.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        unsent, outcomes, now = self._lines.take_all_waiting(), self._ended, self._services.here.clock.now()
        self._ended = []

        def write(tx: Transaction) -> None:
            deliveries.record(tx, outcomes, now)
            deliveries.give_back(tx, unsent)

        if unsent or outcomes:
            # Where it cannot be written any more, the leases run out.
            with contextlib.suppress(StorageUnavailable):
                await self._services.database.write(write)

    async def _look(self) -> list[ReadyOrigin]:
        """What is ready, as far as there is room."""
        if self._lines.room <= 0:
            return []
        now, after = self._services.here.clock.now(), self._after

        def look(tx: Transaction) -> tuple[list[ReadyOrigin], float | None]:
            at = deliveries.next_event(tx, now)
            ready = deliveries.ready_origins(tx, now, LOOKED_AT, after=after)
            return ready, None if at is None else (at - now).total_seconds()

        ready, seconds = await self._services.database.read(look)
        self.seconds_to_next = LONGEST_SLEEP if seconds is None else min(seconds, LONGEST_SLEEP)
        return ready

    def _set_off(self) -> None:
        for line, delivery in self._lines.start(asyncio.get_running_loop().time()):
            task = asyncio.create_task(self._serve(line, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._tasks and self._watching is None:
            self._watching = asyncio.get_running_loop().call_later(SLOW / 2, self._watch)

    async def _serve(self, line: Line, delivery: Delivery | None) -> None:
        """One after the other, as long as there is anything in the line."""
        loop = asyncio.get_running_loop()
        while delivery is not None:
            self.attempts += 1
            outcome = await self._attempts.attempt(delivery)
            now = loop.time()
            self._lines.landed(line, delivery, failed=outcome.failed, now=now)
            self._ended.append(outcome)
            delivery = self._lines.next_of(line, now)
            if delivery is None:
                self._set_off()
            self._gather()

    def _gather(self) -> None:
        if len(self._ended) >= TOGETHER or self._lines.flying == 0:
            self.news.set()
        elif self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER, self.news.set)

    def _stop_gathering(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self.news.clear()

    def _watch(self) -> None:
        """Who keeps us waiting gives its place to others."""
        self._watching = None
        if self._lines.find_slow(asyncio.get_running_loop().time()):
            self.news.set()
        self._set_off()


async def run_due(services: Services) -> int:
    """Sends until nothing is due any more at the clock's present time; answers the number of attempts."""
    sender = Sender(services)
    try:
        while await sender.turn() or sender.busy:
            if sender.busy:
                await sender.news.wait()
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
    news: asyncio.Task[bool] | None = None
    try:
        while True:
            if await sender.turn() and not sender.busy:
                continue
            woken = woken or asyncio.create_task(waiter.wait(LONGEST_SLEEP))
            news = news or asyncio.create_task(sender.news.wait())
            await asyncio.wait(
                {news, woken}, timeout=sender.seconds_to_next, return_when=asyncio.FIRST_COMPLETED
            )
            if woken.done():
                woken = None
            if news.done():
                news = None
    finally:
        for task in (woken, news):
            if task is not None:
                task.cancel()
        await sender.abandon()

"""What goes wrong, by probability. Each history draws its own climate, so that some know one trouble only."""

import asyncio
import random
import sqlite3
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from server.storage.database import StorageUnavailable
from tests.simulation.machine import Crashed, Machine
from tests.simulation.trace import Trace

Fate = Literal["well", "lost", "cut", "unheard"]
"""Of a request: it arrives and is answered; it never arrives; it breaks off in mid-body; its answer is lost."""

DAY = timedelta(days=1)
LONGEST_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Climate:
    """Probabilities per request, per step of a machine, per statement, and per hour."""

    lost: float = 0.0
    cut: float = 0.0
    unheard: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    crash: float = 0.0
    busy: float = 0.0
    full: float = 0.0
    clock: float = 0.0
    away: float = 0.0

    @classmethod
    def drawn(cls, dice: random.Random) -> "Climate":
        def rate(highest: float) -> float:
            # Two of three troubles are absent from a history, or all histories would look alike.
            return highest * dice.random() if dice.random() < 0.45 else 0.0

        return cls(
            lost=rate(0.3),
            cut=rate(0.2),
            unheard=rate(0.3),
            twice=rate(0.3),
            late=rate(0.3),
            crash=rate(0.01),
            busy=rate(0.03),
            full=rate(0.003),
            clock=rate(0.05),
            away=rate(0.1),
        )


FAIR = Climate()
STORM = Climate(lost=0.1, unheard=0.35, twice=0.35, late=0.2, crash=0.003, away=0.05)
"""For programs that break a promise: what they do wrong must show soon."""


class Weather:
    """Fulfils `machine.Weather`, and tells the network what becomes of a request."""

    def __init__(self, climate: Climate, dice: random.Random, trace: Trace) -> None:
        self.climate = climate
        self._dice = dice
        self._trace = trace
        self._restarts: set[asyncio.Task[None]] = set()

    def clear_up(self) -> None:
        """From now on nothing goes wrong."""
        self.climate = FAIR

    async def step(self, machine: Machine, where: str) -> None:
        for _ in range(self._dice.randrange(3)):
            await asyncio.sleep(0)
        if machine.up and self._dice.random() < self.climate.crash:
            self._trace.note(machine.host, f"crashes {where}")
            machine.crash()
            # Nobody's: what is begun in the name of the dead machine would end with it.
            restarting = restart(machine, self._trace, after=self._dice.uniform(1, 3600))
            task = asyncio.get_running_loop().create_task(restarting, context=Context())
            self._restarts.add(task)
            task.add_done_callback(self._restarts.discard)

    def disk(self, machine: Machine, sql: str) -> None:
        now = asyncio.get_running_loop().time()
        if sql == "BEGIN IMMEDIATE" and self._dice.random() < self.climate.busy:
            self._trace.note(machine.host, "the database is busy")
            raise _failure(sqlite3.SQLITE_BUSY, "database is locked")
        if now >= machine.full_until and self._dice.random() < self.climate.full:
            machine.full_until = now + self._dice.uniform(1, 1800)
            self._trace.note(machine.host, "the disk is full")
        if now < machine.full_until and self.climate is not FAIR:
            raise _failure(sqlite3.SQLITE_FULL, "database or disk is full")

    def fate(self) -> Fate:
        drawn, climate = self._dice.random(), self.climate
        if drawn < climate.lost:
            return "lost"
        if drawn < climate.lost + climate.cut:
            return "cut"
        return "unheard" if drawn < climate.lost + climate.cut + climate.unheard else "well"

    def again_after(self) -> float | None:
        """Seconds until the network delivers the same request once more."""
        if self._dice.random() >= self.climate.twice:
            return None
        return self._dice.choice((0.0, self._dice.uniform(0, 60), self._dice.uniform(0, 48 * 3600)))

    def travel(self) -> float:
        """Seconds of one way; a late one overtakes the patience of whoever waits for the answer."""
        if self._dice.random() < self.climate.late:
            return self._dice.uniform(1, 40)
        return self._dice.uniform(0.005, 0.2)

    async def turn_clocks(self, machine: Machine) -> None:
        """For as long as the history has weather: now and then the clock is a day off, for minutes to hours."""
        while True:
            await asyncio.sleep(3600)
            if self._dice.random() < self.climate.clock:
                machine.clock.off = self._dice.choice((-DAY, DAY))
                self._trace.note(machine.host, f"its clock is off by {machine.clock.off}")
                await asyncio.sleep(self._dice.uniform(60, 6 * 3600))
                machine.clock.off = timedelta(0)
                self._trace.note(machine.host, "its clock is right again")

    async def send_away(self, peer: "Leaving") -> None:
        """Servers of followers are away for a while, up to a day and a half."""
        while True:
            await asyncio.sleep(3600)
            if self._dice.random() < self.climate.away:
                peer.away = True
                self._trace.note(peer.host, "is away")
                await asyncio.sleep(self._dice.uniform(600, 36 * 3600))
                peer.away = False
                self._trace.note(peer.host, "is back")


class Leaving:
    """A server that can be away."""

    host: str
    away: bool = False


async def restart(machine: Machine, trace: Trace, *, after: float) -> None:
    """As an init system does: again and again, each time a longer moment later."""
    await asyncio.sleep(after)
    patience = 5.0
    while not machine.up:
        try:
            await machine.start()
            trace.note(machine.host, "is up again")
        except (Crashed, StorageUnavailable) as error:
            machine.crash()
            trace.note(machine.host, f"does not start: {type(error).__name__}")
            await asyncio.sleep(patience)
            patience = min(2 * patience, LONGEST_PATIENCE)


def _failure(code: int, words: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error

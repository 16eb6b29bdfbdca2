"""What is spent on senders nobody has verified yet, kept in memory for minutes and bounded.

RES-11: ten thousand requests with ten thousand invented key ids on a victim's host must not make us its
attacker. SSR-17: five hundred that let us wait must not take the place of anybody we know.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from federation.actors import RemoteActor
from federation.errors import FederationError, TooBusy, Unreachable
from federation.fetching import Budget
from federation.origins import authority_of
from federation.pace import Pace
from federation.registrable import registrable_domain

WINDOW = timedelta(minutes=1)
KEEP = timedelta(minutes=5)
KEEP_OUTAGE = timedelta(seconds=10)
# A fetch counts as one more for each of these: a few domains that answer late held every place of newcomers.
SECONDS_PER_FETCH = 1.0
OPEN_PER_DOMAIN = 2
# Honest newcomers of a large server cost one fetch each and verify; this bounds also them.
FETCHES_PER_DOMAIN = 300
# Requests that wait for a fetch hold a place among those being verified, of which there are 128: half of them at most.
MAX_WAITING = 64
MAX_WAITING_PER_DOMAIN = 16
QUEUE_SECONDS = 3.0
MAX_REMEMBERED = 4096
MAX_REMEMBERED_BYTES = 16 * 1024 * 1024

# What says that a host is not there, rather than one address on it: any visitor can find an address that answers 403.
_SILENT = frozenset({"no-answer", "no-address", "timeout"})
# What says nothing of a host when the fetch began with a part of a budget only: an attacker's key that takes nearly
# all of it would make the server of the author it names look down, for everybody and for minutes.
_RAN_OUT = frozenset({"timeout", "budget-spent"})
_WHOLE = Budget()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many fetches at once, how many a minute at one registrable domain that lead to nobody verified, and how many
    requests may wait for them."""

    open: int
    per_minute: int
    waiting: int = MAX_WAITING

    @property
    def waiting_per_domain(self) -> int:
        return min(MAX_WAITING_PER_DOMAIN, self.waiting // 2)


# Together 8 at once, 30 a minute at one domain, and 64 that wait.
FOR_FIRST = Allowance(open=6, per_minute=24, waiting=48)
FOR_AGAIN = Allowance(open=2, per_minute=6, waiting=16)


@dataclass(frozen=True, slots=True)
class _Answer:
    at: datetime
    actor: RemoteActor | None
    error: FederationError | None
    failures: int = 0
    cost: int = 1
    ran_out: bool = False

    @property
    def weight(self) -> int:
        return len(self.actor.document) if self.actor else 0

    def holds(self, now: datetime) -> bool:
        outage = isinstance(self.error, Unreachable) and self.error.retry
        return now - self.at < (_patience(self.failures) if outage else KEEP)

    def unpack(self) -> RemoteActor:
        if self.error is not None:
            # A new object each time: one exception raised in many tasks would grow a traceback for ever.
            raise _copy(self.error)
        assert self.actor is not None  # an answer has exactly one of the two
        return self.actor


@dataclass(slots=True)
class _Lane:
    """One registrable domain: what was spent on it in this minute, and who waits for it now."""

    begun: datetime
    spent: int = 0
    fetched: int = 0
    tasks: int = 0
    waiting: int = 0
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(OPEN_PER_DOMAIN))

    def renew(self, now: datetime) -> None:
        if now - self.begun >= WINDOW:
            self.begun, self.spent, self.fetched = now, 0, 0


class Fetches:
    """Fetches of actors for one purpose: bounded per domain and in all, one per address in five minutes.

    The kept answer also serves the burst in which a new sender's first requests arrive together: they share
    one fetch. A domain is what somebody registered, with all names below it: a wildcard in the DNS is one.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._turn = asyncio.Semaphore(allowance.open)
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._weight = 0
        self._running: dict[str, asyncio.Task[_Answer]] = {}
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._silent: OrderedDict[str, _Answer] = OrderedDict()
        self._waiting = 0

    async def fetch(
        self,
        url: str,
        now: datetime,
        fetch: Callable[[], Awaitable[RemoteActor]],
        *,
        budget: Budget | None = None,
        anew: bool = False,
    ) -> tuple[RemoteActor, bool]:
        """The actor behind `url` by `fetch()`, and whether that is an answer kept from before.

        `anew`: what is kept did not do; it is asked once more, and that not again in five minutes. `budget` is
        the one that `fetch` spends: a host that lets us ask thrice has cost three, as has one that takes three seconds.

        Raises what `fetch` raises (again for as long as the answer is kept), `Malformed`, or `TooBusy`.
        """
        what = f"{url} anew" if anew else url
        kept = self._answers.get(what)
        if kept is not None and kept.holds(now):
            return kept.unpack(), True
        authority = authority_of(url)
        silent = self._silent.get(authority)
        if silent is not None and silent.holds(now):
            return silent.unpack(), True
        lane = self._lane(registrable_domain(authority), now)
        limits = self._allowance
        if self._waiting >= limits.waiting or lane.waiting >= limits.waiting_per_domain:
            raise TooBusy("too-many-strangers", 10)
        task = self._running.get(what)
        joined = task is not None
        if task is None:
            # Who hangs up waits no more, but the fetch goes on: those are counted too.
            if len(self._running) >= limits.waiting or lane.tasks >= limits.waiting_per_domain:
                raise TooBusy("too-many-strangers", 10)
            self._spend(lane, now)
            lane.tasks += 1
            task = asyncio.create_task(self._ask(what, url, lane, now, fetch, budget or Budget()))
            self._running[what] = task
        self._waiting += 1
        lane.waiting += 1
        try:
            # Shielded: one sender hanging up must not cancel the fetch that others of the burst wait for.
            answer = await asyncio.shield(task)
        finally:
            self._waiting -= 1
            lane.waiting -= 1
        if joined and answer.ran_out:
            raise TooBusy("too-many-strangers", 10)
        return answer.unpack(), False

    def vouch(self, url: str, now: datetime) -> None:
        """What was fetched for `url` verified a request: it counts no more among what led to nothing."""
        for what in (url, f"{url} anew"):
            answer = self._answers.get(what)
            if answer is None or not answer.cost:
                continue
            lane = self._lane(registrable_domain(authority_of(url)), now)
            if answer.at >= lane.begun:
                lane.spent = max(0, lane.spent - answer.cost)
            self._answers[what] = _Answer(answer.at, answer.actor, answer.error, answer.failures, cost=0)

    async def _ask(
        self,
        what: str,
        url: str,
        lane: _Lane,
        now: datetime,
        fetch: Callable[[], Awaitable[RemoteActor]],
        budget: Budget,
    ) -> _Answer:
        try:
            async with AsyncExitStack() as turns:
                try:
                    async with asyncio.timeout(QUEUE_SECONDS):
                        await turns.enter_async_context(lane.turn)
                        await turns.enter_async_context(self._turn)
                except TimeoutError:
                    lane.spent = max(0, lane.spent - 1)
                    return _Answer(now, None, TooBusy("too-many-strangers", 10))
                before, begun = budget.requests, _seconds()
                try:
                    actor, error = await fetch(), None
                except FederationError as failure:
                    actor, error = None, _copy(failure)
                cost = max(1, before - budget.requests, int((_seconds() - begun) / SECONDS_PER_FETCH))
                lane.spent += cost - 1
        finally:
            lane.tasks -= 1
            del self._running[what]
        if before < _WHOLE.requests and error is not None and error.reason in _RAN_OUT:
            return _Answer(now, None, error, cost=cost, ran_out=True)
        answer = _Answer(now, actor, error, self._failures(what, error), cost)
        self._remember(what, answer)
        if what != url and actor is not None:
            self._remember(url, answer)
        self._note_silence(authority_of(url), answer)
        return answer

    def _failures(self, what: str, error: FederationError | None) -> int:
        before = self._answers.get(what)
        return 0 if error is None else 1 + (before.failures if before is not None else 0)

    def _note_silence(self, authority: str, answer: _Answer) -> None:
        before = self._silent.pop(authority, None)
        if isinstance(answer.error, Unreachable) and answer.error.retry and answer.error.reason in _SILENT:
            failures = 1 + (before.failures if before is not None else 0)
            self._silent[authority] = _Answer(answer.at, None, answer.error, failures)
            if len(self._silent) > MAX_REMEMBERED:
                self._silent.popitem(last=False)

    def _remember(self, what: str, answer: _Answer) -> None:
        replaced = self._answers.pop(what, None)
        self._weight += answer.weight - (replaced.weight if replaced else 0)
        self._answers[what] = answer
        while len(self._answers) > MAX_REMEMBERED or self._weight > MAX_REMEMBERED_BYTES:
            _, dropped = self._answers.popitem(last=False)
            self._weight -= dropped.weight

    def _lane(self, domain: str, now: datetime) -> _Lane:
        lane = self._lanes.setdefault(domain, _Lane(now))
        self._lanes.move_to_end(domain)
        lane.renew(now)
        if len(self._lanes) > MAX_REMEMBERED:
            idle = (name for name, other in self._lanes.items() if other is not lane and not other.tasks)
            if (oldest := next(idle, None)) is not None:
                del self._lanes[oldest]
        return lane

    def _spend(self, lane: _Lane, now: datetime) -> None:
        if lane.spent >= self._allowance.per_minute or lane.fetched >= FETCHES_PER_DOMAIN:
            rest = int((lane.begun + WINDOW - now).total_seconds())
            raise TooBusy("too-many-strangers", max(1, rest))
        lane.spent += 1
        lane.fetched += 1


class Strangers:
    """`first` is for senders nobody remembers, `again` for remembered ones whose key does not fit any more.

    Two, so that a flood of inventions leaves room for an honest sender that changed its key. `pace` is for
    senders that were verified: they are strangers no longer, and have limits of their own.
    """

    def __init__(self) -> None:
        self.first = Fetches(FOR_FIRST)
        self.again = Fetches(FOR_AGAIN)
        self.pace = Pace()


def _seconds() -> float:
    return asyncio.get_running_loop().time()


def _patience(failures: int) -> timedelta:
    """An outage is over when it is over: ten seconds after the first failure, five minutes after many."""
    return min(KEEP, KEEP_OUTAGE * (1 << max(0, min(failures, 10) - 1)))


def _copy(error: FederationError) -> FederationError:
    copy = type(error).__new__(type(error))
    copy.args = error.args
    copy.__dict__.update(error.__dict__)
    return copy

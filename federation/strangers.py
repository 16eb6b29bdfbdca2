"""What is spent on senders nobody has verified yet, kept in memory for minutes and bounded.

RES-11: ten thousand requests with ten thousand invented key ids on a victim's host must not make us its
attacker.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.actors import RemoteActor
from federation.errors import FederationError, TooBusy, Unreachable
from federation.origins import authority_of

MAX_AT_ONCE = 8
PER_ORIGIN = 30
WINDOW = timedelta(minutes=1)
KEEP = timedelta(minutes=5)
KEEP_OUTAGE = timedelta(seconds=10)
MAX_REMEMBERED = 4096
MAX_REMEMBERED_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    at: datetime
    actor: RemoteActor | None
    error: FederationError | None

    @property
    def weight(self) -> int:
        return len(self.actor.document) if self.actor else 0

    def holds(self, now: datetime) -> bool:
        outage = isinstance(self.error, Unreachable) and self.error.retry
        return now - self.at < (KEEP_OUTAGE if outage else KEEP)

    def unpack(self) -> RemoteActor:
        if self.error is not None:
            # A new object each time: one exception raised in many tasks would grow a traceback for ever.
            raise _copy(self.error)
        assert self.actor is not None  # an answer has exactly one of the two
        return self.actor


class Strangers:
    """At most 8 fetches at once and 30 a minute per origin; one per key id in five minutes.

    The kept answer also serves the burst in which a new sender's first requests arrive together: they share
    one fetch.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._weight = 0
        self._running: dict[str, asyncio.Task[_Answer]] = {}
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    async def fetch(
        self, key_id: str, now: datetime, fetch: Callable[[], Awaitable[RemoteActor]]
    ) -> RemoteActor:
        """The actor behind `key_id`, by `fetch()` unless it was asked within five minutes.

        Raises what `fetch` raises (again for as long as the answer is kept), `Malformed`, or `TooBusy`.
        """
        kept = self._answers.get(key_id)
        if kept is not None and kept.holds(now):
            return kept.unpack()
        task = self._running.get(key_id)
        if task is None:
            self._spend(authority_of(key_id), now)
            task = asyncio.create_task(self._ask(key_id, now, fetch))
            self._running[key_id] = task
        # Shielded: one sender hanging up must not cancel the fetch that others of the burst wait for.
        return (await asyncio.shield(task)).unpack()

    async def _ask(self, key_id: str, now: datetime, fetch: Callable[[], Awaitable[RemoteActor]]) -> _Answer:
        try:
            answer = _Answer(now, await fetch(), None)
        except FederationError as error:
            answer = _Answer(now, None, _copy(error))
        finally:
            del self._running[key_id]
        self._remember(key_id, answer)
        return answer

    def _remember(self, key_id: str, answer: _Answer) -> None:
        replaced = self._answers.pop(key_id, None)
        self._weight += answer.weight - (replaced.weight if replaced else 0)
        self._answers[key_id] = answer
        while len(self._answers) > MAX_REMEMBERED or self._weight > MAX_REMEMBERED_BYTES:
            _, dropped = self._answers.popitem(last=False)
            self._weight -= dropped.weight

    def _spend(self, authority: str, now: datetime) -> None:
        if len(self._running) >= MAX_AT_ONCE:
            raise TooBusy("too-many-strangers", 30)
        begun, count = self._counts.pop(authority, (now, 0))
        if now - begun >= WINDOW:
            begun, count = now, 0
        self._counts[authority] = (begun, min(count + 1, PER_ORIGIN))
        if len(self._counts) > MAX_REMEMBERED:
            self._counts.popitem(last=False)
        if count >= PER_ORIGIN:
            raise TooBusy("too-many-strangers", max(1, int((begun + WINDOW - now).total_seconds())))


def _copy(error: FederationError) -> FederationError:
    copy = type(error).__new__(type(error))
    copy.args = error.args
    copy.__dict__.update(error.__dict__)
    return copy

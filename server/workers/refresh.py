"""Errands (fetching that transactions left behind) and chores (work that nothing but time starts)."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from federation.delivery import Retry, judge
from federation.errors import FederationError, TooBusy, Unreachable
from server.feature import Chore, Errand, Feature
from server.fediverse import errands
from server.fediverse.errands import ErrandRow
from server.services import Services
from server.storage.database import StorageUnavailable, Transaction
from server.workers.bugs import report
from server.workers.rounds import take_turn

AT_ONCE = 8
LONGEST_SLEEP = 60.0

_RNG = random.SystemRandom()


async def run_due(services: Services, features: Sequence[Feature]) -> int:
    """Runs every errand that is due and each chore once; answers how many things were done."""
    done = 0
    while count := await run_errands(services, features):
        done += count
    for chore in _chores(features):
        done += await _run_chore(services, chore)
    return done


async def run_errands(services: Services, features: Sequence[Feature]) -> int:
    """One batch of errands that are due now, side by side; answers how many."""
    handlers = {kind: errand for feature in features for kind, errand in feature.errands.items()}
    now = services.here.clock.now()
    leased = await services.database.write(lambda tx: errands.lease(tx, now, AT_ONCE))
    await asyncio.gather(*(_run_errand(services, handlers, row) for row in leased))
    return len(leased)


async def _run_errand(services: Services, handlers: Mapping[str, Errand], row: ErrandRow) -> None:
    """Success ends it; silence of the other side postpones it; anything else is a dead letter (INT-18)."""
    later: str | None = None
    reason = ""
    try:
        handler = handlers.get(row.kind)
        if handler is None:
            reason = "unknown-kind"  # a role was taken away from the instance while it waited
        else:
            await handler(services, row.subject, row.detail)
    except (Unreachable, TooBusy) as error:
        later, reason = _later(error), error.reason
    except FederationError as error:
        reason = error.reason
    except StorageUnavailable:
        later = reason = "storage-unavailable"
    except Exception as error:
        report(f"errand {row.kind}", error)
        reason = "bug"
    now = services.here.clock.now()
    await services.database.write(lambda tx: _settle(tx, row, now, later, reason))


def _later(error: Unreachable | TooBusy) -> str | None:
    return None if isinstance(error, Unreachable) and not error.retry else error.reason


def _settle(tx: Transaction, row: ErrandRow, now: datetime, later: str | None, reason: str) -> None:
    if later is not None:
        verdict = judge(
            None, retry_after=None, attempt=row.attempts, first_tried=row.first_tried, now=now, rng=_RNG
        )
        if isinstance(verdict, Retry):
            errands.retry(tx, row, verdict.at, later)
            return
    if reason:
        errands.fail(tx, row, now, reason)
    else:
        errands.finish(tx, row)


async def run_errands_for_ever(services: Services, features: Sequence[Feature]) -> None:
    """Wakes at once when a transaction leaves something behind."""
    # Of several processes another one may be at work: what one that was killed had leased runs out by itself.
    if not services.here.settings.is_shared:
        await services.database.write(errands.release_leases)
    waiter = services.database.waiter("errands")
    while True:
        while await run_errands(services, features):
            pass
        now = services.here.clock.now()
        at = await services.database.read(errands.next_due)
        seconds = LONGEST_SLEEP if at is None else (at - now).total_seconds()
        await waiter.wait(min(max(seconds, 0.0), LONGEST_SLEEP))


async def run_chores_for_ever(services: Services, features: Sequence[Feature]) -> None:
    """Each chore at its own pace, in one of all processes; one that was never done at once.

    Where this process is the only one, all of them are done at its start: while it was down somebody may have tried to
    reach it.
    """
    loop = asyncio.get_running_loop()
    early = set() if services.here.settings.is_shared else {chore.name for chore in _chores(features)}
    plan = {chore.name: (loop.time(), chore) for chore in _chores(features)}
    while plan:
        at, chore = min(plan.values(), key=lambda entry: entry[0])
        await asyncio.sleep(max(0.0, at - loop.time()))
        work = partial(_run_chore, services, chore)
        seconds = await take_turn(services, chore.name, chore.every, work, early=chore.name in early)
        early.discard(chore.name)
        plan[chore.name] = (loop.time() + seconds, chore)


async def _run_chore(services: Services, chore: Chore) -> int:
    try:
        return await chore.run(services)
    except (FederationError, StorageUnavailable):
        return 0  # the next time it comes round may find better weather
    except Exception as error:
        report(f"chore {chore.name}", error)
        return 0


def _chores(features: Sequence[Feature]) -> list[Chore]:
    return [chore for feature in features for chore in feature.chores]

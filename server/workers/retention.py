"""Forgetting: what is no longer needed is deleted, counted where a total must stay true, and leaves the
disk.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from server.fediverse import actors, deliveries, errands, moves, outbox, received
from server.services import Services
from server.storage.database import Transaction
from server.workers.rounds import take_turn

EVERY = timedelta(minutes=1)
DELIVERIES_KEPT = timedelta(days=7)
RECEIVED_KEPT = timedelta(days=30)
STRANGERS_KEPT = timedelta(days=7)
ERRANDS_KEPT = timedelta(days=30)
# Peers that were down for a week still get the Delete of an actor, signed by its key.
KEYS_KEPT = timedelta(days=14)
UPLOADS_KEPT = timedelta(hours=1)


async def run_due(services: Services) -> int:
    """Deletes what has had its time; answers how many rows."""
    pruned = await _forget(services)
    await _remove_unfinished_uploads(services)
    return pruned


async def _forget(services: Services) -> int:
    now = services.here.clock.now()
    pruned = await services.database.write(lambda tx: _prune(tx, services, now))
    # Also when nothing had its time: what a Delete or an edit erased would stay readable in the write-ahead log until
    # that is overwritten, which may take days.
    await services.database.tidy()
    return pruned


def _prune(tx: Transaction, services: Services, now: datetime) -> int:
    return sum(
        (
            deliveries.prune_ended(tx, now - DELIVERIES_KEPT),
            deliveries.prune_stale_breakers(tx, now),
            outbox.prune_unlisted(tx, now - DELIVERIES_KEPT),
            received.prune_received(tx, now - RECEIVED_KEPT),
            actors.prune_unrelated(tx, now - STRANGERS_KEPT),
            errands.prune_failed(tx, now - ERRANDS_KEPT),
            moves.forget_old(tx, now - moves.COOL_DOWN),
            services.here.keyring.drop_old(tx, now - KEYS_KEPT),
        )
    )


async def _remove_unfinished_uploads(services: Services) -> None:
    """A process that was killed while it wrote a picture leaves a file without a final name (INT-07)."""
    before = services.here.clock.now() - UPLOADS_KEPT
    await asyncio.to_thread(_remove_older, services.paths.media, before.timestamp())


def _remove_older(media: Path, before: float) -> None:
    for file in media.glob(".*"):
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)


async def run(services: Services) -> None:
    while True:
        seconds = await take_turn(services, "retention", EVERY, partial(_forget, services))
        # In every process: each machine may have a directory of its own.
        await _remove_unfinished_uploads(services)
        await asyncio.sleep(min(seconds, EVERY.total_seconds()))

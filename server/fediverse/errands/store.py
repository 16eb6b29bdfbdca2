"""Errands in and out of storage. One row per (kind, subject)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.clock import from_millis, millis
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ErrandRow:
    """A leased errand. `fence` tells this lease from a later one; `attempts` counts from 1."""

    kind: str
    subject: str
    detail: Mapping[str, Any]
    attempts: int
    first_tried: datetime
    fence: int


def add(
    tx: Transaction,
    kind: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    due: datetime | None = None,
) -> None:
    """Leaves work behind, due at once unless `due` is given; adding it again starts it anew. `detail` is
    JSON.
    """
    tx.run(
        QUERIES.add_errand,
        kind=kind,
        subject=subject,
        detail=json.dumps(dict(detail or {}), ensure_ascii=False),
        due_at=millis(due) if due else 0,
    )
    tx.wake("errands")


def lease(tx: Transaction, now: datetime, limit: int) -> list[ErrandRow]:
    """Takes up to `limit` due errands for five minutes."""
    rows = tx.all(QUERIES.lease_errands, now=millis(now), lease_until=millis(now + LEASE), limit=limit)
    return [
        ErrandRow(
            row["kind"],
            row["subject"],
            json.loads(row["detail"]),
            row["attempts"],
            from_millis(row["first_tried"]),
            row["fence"],
        )
        for row in rows
    ]


def finish(tx: Transaction, errand: ErrandRow) -> None:
    tx.run(QUERIES.finish_errand, kind=errand.kind, subject=errand.subject, fence=errand.fence)


def retry(tx: Transaction, errand: ErrandRow, at: datetime, reason: str) -> None:
    """`reason` is one word, as errors of `federation` carry it."""
    tx.run(
        QUERIES.retry_errand,
        kind=errand.kind,
        subject=errand.subject,
        fence=errand.fence,
        due_at=millis(at),
        reason=reason,
    )


def fail(tx: Transaction, errand: ErrandRow, now: datetime, reason: str) -> None:
    """To the dead letters."""
    tx.run(
        QUERIES.fail_errand,
        kind=errand.kind,
        subject=errand.subject,
        fence=errand.fence,
        now=millis(now),
        reason=reason,
    )


def bring_forward(tx: Transaction, origin: str, now: datetime) -> int:
    """A server that was silent has spoken: what was to be fetched there is tried soon. Answers how many."""
    brought = tx.run(QUERIES.bring_forward, origin=origin, now=millis(now))
    if brought:
        tx.wake("errands")
    return brought


def release_leases(tx: Transaction) -> None:
    """Only at the start of the one process that works."""
    tx.run(QUERIES.release_leases)


def next_due(tx: Transaction) -> datetime | None:
    row = tx.one(QUERIES.next_due)
    return None if row is None or row["due_at"] is None else from_millis(row["due_at"])


def waiting(tx: Transaction, kind: str, subject: str) -> str | None:
    """The reason of the last failure ("" before the first attempt) while it waits or after it failed, else
    None.
    """
    row = tx.one(QUERIES.find_errand, kind=kind, subject=subject)
    return None if row is None else str(row["last_reason"])


def prune_failed(tx: Transaction, before: datetime) -> int:
    return tx.run(QUERIES.prune_failed, before=millis(before))

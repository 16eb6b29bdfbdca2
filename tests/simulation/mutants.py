"""The program with one promise taken out. A simulation that does not find these finds nothing."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from unittest.mock import patch

from federation.errors import FederationError
from federation.inbox import VerifiedActivity
from server.endpoints import inbox as inbox_door
from server.fediverse import received
from server.fediverse.deliveries import store as deliveries_store
from server.storage import units
from server.storage.database import StorageUnavailable, Transaction

Mutant = Literal[
    "answers before it commits",
    "takes in everything as new",
    "keeps no order of one object",
    "forgets deliveries when it starts",
    "keeps what it refused",
]
"""What each of them does wrong."""


def without(mutant: Mutant | None) -> AbstractContextManager[object]:
    """While open, that promise is broken."""
    return contextlib.nullcontext() if mutant is None else _MUTANTS[mutant]()


@contextlib.contextmanager
def _answering_first() -> Iterator[None]:
    take = inbox_door._take
    under_way: set[asyncio.Task[None]] = set()

    async def quietly(*arguments: Any) -> None:
        with contextlib.suppress(FederationError, StorageUnavailable):
            await take(*arguments)

    async def later(*arguments: Any) -> None:
        task = asyncio.ensure_future(quietly(*arguments))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    with patch.object(inbox_door, "_take", later):
        yield


@contextlib.contextmanager
def _never_seen() -> Iterator[None]:
    first_time = received.first_time

    def always(tx: Transaction, activity: VerifiedActivity, now: datetime) -> bool:
        first_time(tx, activity, now)
        return True

    with patch.object(received, "first_time", always):
        yield


@contextlib.contextmanager
def _disorder() -> Iterator[None]:
    claim = deliveries_store.QUERIES.claim
    sql = claim.sql.replace("earlier.activity_id < due.activity_id", "1 = 0")
    assert sql != claim.sql
    with patch.object(deliveries_store.QUERIES, "claim", replace(claim, sql=sql)):
        yield


@contextlib.contextmanager
def _forgetful() -> Iterator[None]:
    release = deliveries_store.QUERIES.release_leases
    sql = release.sql.replace(
        "SET lease_until = NULL", "SET lease_until = NULL, state = 'done', ended_at = 0"
    )
    assert sql != release.sql
    with patch.object(deliveries_store.QUERIES, "release_leases", replace(release, sql=sql)):
        yield


@contextlib.contextmanager
def _keeping_what_was_refused() -> Iterator[None]:
    run_unit = units._run_unit

    def half(connection: sqlite3.Connection, work: units.Work) -> units.Outcome[Any]:
        errors: list[BaseException] = []

        def caught(tx: Transaction) -> Any:
            try:
                return work(tx)
            except FederationError as error:
                errors.append(error)

        outcome = run_unit(connection, caught)
        return units.Outcome(None, errors[0]) if errors else outcome

    with patch.object(units, "_run_unit", half):
        yield


_MUTANTS: Mapping[Mutant, Callable[[], AbstractContextManager[None]]] = {
    "answers before it commits": _answering_first,
    "takes in everything as new": _never_seen,
    "keeps no order of one object": _disorder,
    "forgets deliveries when it starts": _forgetful,
    "keeps what it refused": _keeping_what_was_refused,
}
MUTANTS: Sequence[Mutant] = tuple(_MUTANTS)

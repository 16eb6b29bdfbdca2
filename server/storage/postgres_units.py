"""What runs inside a thread: a unit of work on a connection to PostgreSQL that nobody else uses meanwhile."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from server.storage.database import Row, StorageUnavailable, Transaction
from server.storage.postgres_errors import is_stale
from server.storage.postgres_language import translated
from server.storage.queries import Query

T = TypeVar("T")
Connection = psycopg.Connection[dict[str, Any]]

CHANNEL = "antipole"
MOST_PAYLOAD = 7_900
"""Bytes; PostgreSQL takes less than 8 000."""


class PostgresTransaction:
    """A `Transaction` on a connection, used in one thread only."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.woken: set[str] = set()
        self.read: set[str] = set()
        self.changed: set[str] = set()
        self.failure: psycopg.Error | None = None
        """Ends the transaction over there, also where the unit went on after it."""

    def one(self, query: Query, **values: Any) -> Row | None:
        return self._asked(query, values).fetchone()

    def all(self, query: Query, **values: Any) -> list[Row]:
        rows: list[Row] = []
        rows.extend(self._asked(query, values).fetchall())
        return rows

    def run(self, query: Query, **values: Any) -> int:
        changed = max(self._execute(query, values).rowcount, 0)
        if changed:
            self.changed |= query.writes
        return changed

    def run_many(self, query: Query, rows: Iterable[Mapping[str, Any]]) -> int:
        self.changed |= query.writes
        cursor = self._connection.cursor()
        try:
            cursor.executemany(translated(query.postgres or query.sql), rows)
        except psycopg.Error as error:
            self.failure = self.failure or error
            raise
        return max(cursor.rowcount, 0)

    def wake(self, name: str) -> None:
        self.woken.add(name)

    def _asked(self, query: Query, values: Mapping[str, Any]) -> psycopg.Cursor[dict[str, Any]]:
        self.read |= query.reads
        # With RETURNING a statement that changes rows answers some.
        self.changed |= query.writes
        return self._execute(query, values)

    def _execute(self, query: Query, values: Mapping[str, Any]) -> psycopg.Cursor[dict[str, Any]]:
        try:
            return self._connection.execute(translated(query.postgres or query.sql), values)
        except psycopg.Error as error:
            self.failure = self.failure or error
            raise


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    result: T
    woken: frozenset[str]
    changed: frozenset[str]


class CommitUnknown(StorageUnavailable):
    """The connection broke while the commit was on its way: it may have happened. It is not run again."""


def run_writing(connection: Connection, sender: str, work: Callable[[Transaction], T]) -> Done[T]:
    """One unit and its commit. Raises `psycopg.Error`, or what the unit raises; then nothing of it happened."""
    connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
    transaction = PostgresTransaction(connection)
    try:
        result = work(transaction)
        if transaction.failure is not None:
            # COMMIT would roll back without a word.
            raise transaction.failure
        done = Done(result, frozenset(transaction.woken), frozenset(transaction.changed))
        if done.woken or done.changed:
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, said(sender, done)), prepare=True)
    except BaseException as error:
        roll_back(connection)
        if transaction.failure is not None and error is not transaction.failure:
            raise transaction.failure from error
        raise
    _commit(connection)
    return done


def _commit(connection: Connection) -> None:
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        roll_back(connection)
        if is_stale(error):
            raise CommitUnknown(
                "The database server went away at the last moment: look whether it is done, or try again."
            ) from error
        raise


def run_reading(connection: Connection, work: Callable[[Transaction], T]) -> tuple[T, set[str]]:
    """One snapshot for the whole unit; its result and the tables it read."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        transaction = PostgresTransaction(connection)
        return work(transaction), transaction.read
    finally:
        roll_back(connection)


def roll_back(connection: Connection) -> None:
    """A connection that cannot even do that is closed, and replaced the next time."""
    if connection.closed or connection.info.transaction_status == TransactionStatus.IDLE:
        return
    try:
        connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()


def said(sender: str, done: Done[Any]) -> str:
    """What other processes are told with the commit. Too much to say is said as "anything may have changed"."""
    payload = f"{sender}|{' '.join(sorted(done.woken))}|{' '.join(sorted(done.changed))}"
    return payload if len(payload.encode()) <= MOST_PAYLOAD else sender

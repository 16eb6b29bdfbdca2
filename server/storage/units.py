"""What runs inside a connection's thread: units of work, batches of them, and what SQLite's errors mean."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from server.storage.database import Damaged, Row, StorageUnavailable, Transaction
from server.storage.queries import Query

T = TypeVar("T")

Work = Callable[[Transaction], Any]

DAMAGED = (
    "The database is damaged: stop the server, keep the file in case it can be repaired, restore a backup."
)
_HELD = "Another program holds the database: end it, then try again."
_NOT_OURS = "The database may not be written: give its files and directory to the server's user."
_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk that holds the database is full: free some space, then try again.",
    sqlite3.SQLITE_IOERR: "The disk of the database fails, perhaps since it is full: free some space or replace it.",
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_READONLY: _NOT_OURS,
    sqlite3.SQLITE_PERM: _NOT_OURS,
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened: does the server's user own its directory?",
    sqlite3.SQLITE_NOMEM: "There is not enough memory for the database: free some, then try again.",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

logger = logging.getLogger(__name__)


def storage_failure(error: BaseException) -> StorageUnavailable | None:
    """What the machine did to us, as opposed to a mistake in a query or a broken constraint (None)."""
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if primary not in _SENTENCES:
        return None
    return (Damaged if primary in _DAMAGE else StorageUnavailable)(_SENTENCES[primary])


class SqliteTransaction:
    """A `Transaction` on a `sqlite3.Connection`, used in that connection's thread only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.woken: set[str] = set()
        self.read: set[str] = set()
        self.changed: set[str] = set()

    def one(self, query: Query, **values: Any) -> Row | None:
        self._note(query)
        cursor = self._connection.execute(query.sql, values)
        try:
            row = cursor.fetchone()
            return None if row is None else dict(zip(_names(cursor), row, strict=True))
        finally:
            # An unfinished statement would keep its snapshot and block the savepoint's end.
            cursor.close()

    def all(self, query: Query, **values: Any) -> list[Row]:
        self._note(query)
        cursor = self._connection.execute(query.sql, values)
        names = _names(cursor)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, query: Query, **values: Any) -> int:
        cursor = self._connection.execute(query.sql, values)
        try:
            changed = max(cursor.rowcount, 0)
        finally:
            cursor.close()
        if changed:
            self.changed |= query.writes
        return changed

    def run_many(self, query: Query, rows: Iterable[Mapping[str, Any]]) -> int:
        self.changed |= query.writes
        return max(self._connection.executemany(query.sql, rows).rowcount, 0)

    def _note(self, query: Query) -> None:
        self.read |= query.reads
        # With RETURNING a statement that changes rows answers some.
        if query.writes:
            self.changed |= query.writes

    def wake(self, name: str) -> None:
        self.woken.add(name)


def _names(cursor: sqlite3.Cursor) -> list[str]:
    return [column[0] for column in cursor.description or ()]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """How one unit of a batch ended: with a result, or with the error its caller gets."""

    result: T | None
    error: BaseException | None
    woken: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


def run_batch(connection: sqlite3.Connection, works: Sequence[Work]) -> list[Outcome[Any]]:
    """Every unit in its savepoint, then one commit for all; never raises."""
    # Nothing should be open here; if something is, every later batch would fail on it.
    _roll_back(connection)
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_run_unit(connection, work) for work in works]
        connection.execute("COMMIT")
        return outcomes
    except Exception as error:
        _roll_back(connection)
        failure = storage_failure(error)
        if failure is None:
            logger.error("a batch could not be committed: %s", type(error).__name__)
            failure = StorageUnavailable("The database refused to keep this: try again.")
        failure.__cause__ = error
        return [Outcome(None, failure) for _ in works]


def _run_unit(connection: sqlite3.Connection, work: Callable[[Transaction], T]) -> Outcome[T]:
    """Raises `sqlite3.Error` only when the whole batch is lost with it."""
    connection.execute("SAVEPOINT unit")
    transaction = SqliteTransaction(connection)
    try:
        result = work(transaction)
    except BaseException as error:
        # A full disk or an I/O error may have rolled back the whole transaction, earlier units included.
        if isinstance(error, sqlite3.Error) and (storage_failure(error) or not connection.in_transaction):
            raise
        connection.execute("ROLLBACK TO unit")
        connection.execute("RELEASE unit")
        return Outcome(None, error)
    connection.execute("RELEASE unit")
    return Outcome(result, None, frozenset(transaction.woken), frozenset(transaction.changed))


def _roll_back(connection: sqlite3.Connection) -> None:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        logger.error("a failed transaction could not be rolled back: %s", error)


def run_reading(connection: sqlite3.Connection, work: Callable[[Transaction], T]) -> tuple[T, set[str]]:
    """One snapshot for the whole unit; its result and the tables it read.

    Raises `StorageUnavailable`, or what the unit raises.
    """
    try:
        connection.execute("BEGIN")
        try:
            transaction = SqliteTransaction(connection)
            return work(transaction), transaction.read
        finally:
            _roll_back(connection)
    except sqlite3.Error as error:
        raise storage_failure(error) or error from error


def quick_check(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the file; empty when all is well."""
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(10)")]
    return [] if found == ["ok"] else found


def vacuum_into(connection: sqlite3.Connection, path: Path) -> None:
    """A copy without freed pages, so that erased words do not travel in it."""
    try:
        connection.execute("VACUUM INTO ?", (str(path),))
    except sqlite3.Error as error:
        failure = storage_failure(error)
        if isinstance(failure, Damaged):
            raise failure from error
        # It is the disk of the copy that may be full, not that of the database.
        raise StorageUnavailable(f"The copy to {path.parent} failed: {error}.") from error


def tidy(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA incremental_vacuum").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise storage_failure(error) or error from error

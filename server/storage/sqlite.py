"""SQLite: one writing connection with group commit, several readers.

Only one process writes: SQLite before 3.51.3 can corrupt a database when two connections write or checkpoint
at the same instant (the WAL-reset defect). The caller holds the instance's lock for as long as this is open.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakSet

import aiosqlite

from server.storage.database import Damaged, Database, Row, StorageUnavailable, Transaction, Waiter
from server.storage.migrate import migrate, read_migrations
from server.storage.queries import Query

T = TypeVar("T")

BATCH = 64
READERS = 3
CHECKED_AT_START = 256 * 1024 * 1024
"""Bytes up to which the whole file is checked at each start; a larger one takes `antipole check`."""

_BUSY_SECONDS = 5
_OPENING = (
    # Must come before the first page is written, or it has no effect.
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    # NORMAL passes every kill -9 and still loses acknowledged rows at power loss.
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 67108864",
)
_EVERY_CONNECTION = (
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)

_HELD = "Another program holds the database: end it, then try again."
_NOT_OURS = "The database may not be written: give its files and directory to the server's user."
_DAMAGED = (
    "The database is damaged: stop the server, keep the file in case it can be repaired, restore a backup."
)
_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk that holds the database is full: free some space, then try again.",
    sqlite3.SQLITE_IOERR: "The disk that holds the database fails (is it full? worn out?): mend that first.",
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_READONLY: _NOT_OURS,
    sqlite3.SQLITE_PERM: _NOT_OURS,
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened: does the server's user own its directory?",
    sqlite3.SQLITE_NOMEM: "There is not enough memory for the database: free some, then try again.",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

logger = logging.getLogger(__name__)


def _storage_failure(error: sqlite3.Error) -> StorageUnavailable | None:
    """What the machine did to us, as opposed to a mistake in a query or a broken constraint (None)."""
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if primary not in _SENTENCES:
        return None
    return (Damaged if primary in _DAMAGE else StorageUnavailable)(_SENTENCES[primary])


class _Tx:
    """A `Transaction` on a `sqlite3.Connection`, used in that connection's thread only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.woken: set[str] = set()

    def one(self, query: Query, **values: Any) -> Row | None:
        cursor = self._connection.execute(query.sql, values)
        try:
            row = cursor.fetchone()
            return None if row is None else dict(zip(_names(cursor), row, strict=True))
        finally:
            # An unfinished statement would keep its snapshot and block ROLLBACK TO.
            cursor.close()

    def all(self, query: Query, **values: Any) -> list[Row]:
        cursor = self._connection.execute(query.sql, values)
        names = _names(cursor)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, query: Query, **values: Any) -> int:
        cursor = self._connection.execute(query.sql, values)
        try:
            return max(cursor.rowcount, 0)
        finally:
            cursor.close()

    def run_many(self, query: Query, rows: Iterable[Mapping[str, Any]]) -> int:
        return max(self._connection.executemany(query.sql, rows).rowcount, 0)

    def wake(self, name: str) -> None:
        self.woken.add(name)


def _names(cursor: sqlite3.Cursor) -> list[str]:
    return [column[0] for column in cursor.description or ()]


_Work = Callable[[Transaction], Any]


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    """How one unit of a batch ended: with a result, or with the error its caller gets."""

    result: T | None
    error: BaseException | None
    woken: frozenset[str] = frozenset()


def _run_batch(connection: sqlite3.Connection, works: Sequence[_Work]) -> list[_Done[Any]]:
    """In the writer's thread: every unit in its savepoint, then one commit for all."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        done = [_run_unit(connection, work) for work in works]
        connection.execute("COMMIT")
        return done
    except sqlite3.Error as error:
        _abandon(connection)
        failure = _storage_failure(error)
        if failure is None:
            logger.error("a batch could not be committed: %s", error)
            failure = StorageUnavailable("The database refused to keep this: try again.")
        failure.__cause__ = error
        return [_Done(None, failure) for _ in works]


def _run_unit(connection: sqlite3.Connection, work: Callable[[Transaction], T]) -> _Done[T]:
    """Raises `sqlite3.Error` only when the whole batch is lost with it."""
    connection.execute("SAVEPOINT unit")
    tx = _Tx(connection)
    try:
        result = work(tx)
    except BaseException as error:
        # A full disk or an I/O error may have rolled back the whole transaction, earlier units included.
        if isinstance(error, sqlite3.Error) and (_storage_failure(error) or not connection.in_transaction):
            raise
        connection.execute("ROLLBACK TO unit")
        connection.execute("RELEASE unit")
        return _Done(None, error)
    connection.execute("RELEASE unit")
    return _Done(result, None, frozenset(tx.woken))


def _abandon(connection: sqlite3.Connection) -> None:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        logger.error("a failed batch could not be rolled back: %s", error)


def _run_reading(connection: sqlite3.Connection, work: Callable[[Transaction], T]) -> T:
    try:
        connection.execute("BEGIN")
        try:
            return work(_Tx(connection))
        finally:
            _abandon(connection)
    except sqlite3.Error as error:
        raise _storage_failure(error) or error from error


class _Waiter:
    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.event.wait()
        except TimeoutError:
            return False
        self.event.clear()
        return True


_Unit = tuple[_Work, "asyncio.Future[_Done[Any]]"]


class SqliteDatabase:
    """Fulfils `Database`. Made by `open_sqlite`."""

    def __init__(
        self, path: Path, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection]
    ) -> None:
        self._path = path
        self._writer = writer
        self._readers = readers
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._units: asyncio.Queue[_Unit | None] = asyncio.Queue()
        self._waiters: dict[str, WeakSet[_Waiter]] = {}
        self._closed = False
        self._draining = asyncio.create_task(self._drain(), name="database writer")

    async def write(self, work: Callable[[Transaction], T]) -> T:
        self._require_open()
        done: asyncio.Future[_Done[T]] = asyncio.get_running_loop().create_future()
        self._units.put_nowait((work, done))
        outcome = await done
        if outcome.error is not None:
            raise outcome.error
        return outcome.result  # type: ignore[return-value] # None only where T is None

    async def read(self, work: Callable[[Transaction], T]) -> T:
        self._require_open()
        reader = await self._idle.get()
        try:
            return await _in_thread(reader, _run_reading, work)
        finally:
            self._idle.put_nowait(reader)

    def waiter(self, name: str) -> Waiter:
        waiter = _Waiter()
        self._waiters.setdefault(name, WeakSet()).add(waiter)
        return waiter

    async def copy_to(self, path: Path) -> None:
        # A connection of its own: a large copy must not keep a reader from the pages.
        connection = await _connect(self._path, "ro")
        try:
            await _in_thread(connection, _vacuum_into, path)
        finally:
            await connection.close()

    async def problems(self) -> list[str]:
        return await self.read(lambda tx: _quick_check(tx._connection))  # type: ignore[attr-defined] # our own _Tx

    async def tidy(self) -> None:
        self._require_open()
        await _in_thread(self._writer, _tidy)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._units.put_nowait(None)
        await self._draining
        for reader in self._readers:
            await reader.close()
        # The last to close empties the write-ahead log into the database: the writer, never a reader.
        await self._writer.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("The server is stopping: try again in a moment.")

    async def _drain(self) -> None:
        """Commits what has been handed in, up to BATCH units at a time, until None arrives."""
        last = False
        while not last:
            batch: list[_Unit] = []
            unit = await self._units.get()
            while unit is not None:
                # A caller that was cancelled before its turn wants nothing any more.
                if not unit[1].done():
                    batch.append(unit)
                if len(batch) >= BATCH or self._units.empty():
                    break
                unit = self._units.get_nowait()
            last = unit is None
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: Sequence[_Unit]) -> None:
        outcomes = await _in_thread(self._writer, _run_batch, [work for work, _ in batch])
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)
        for name in frozenset().union(*(outcome.woken for outcome in outcomes)):
            for waiter in self._waiters.get(name, ()):
                waiter.event.set()


async def open_sqlite(path: Path, *, create: bool = False) -> Database:
    """Opens the database for this process alone, checks it and brings it to the newest schema.

    `create` makes it first, for its owner only, and raises FileExistsError on an existing one. Raises
    `Damaged` with one sentence; a database that is missing or empty is never silently replaced by a new one.
    """
    opened: list[aiosqlite.Connection] = []
    try:
        _require_file(path, create)
        writer = await _connect(path, "rw")
        opened.append(writer)
        await _in_thread(writer, _prepare, create)
        for _ in range(READERS):
            opened.append(await _connect(path, "ro"))
    except BaseException as error:
        for connection in reversed(opened):
            await connection.close()
        failure = _storage_failure(error) if isinstance(error, sqlite3.Error) else error
        if isinstance(failure, StorageUnavailable):
            raise type(failure)(f"{path}: {failure}") from error
        raise
    return SqliteDatabase(path, writer, opened[1:])


def _require_file(path: Path, create: bool) -> None:
    if create:
        # SQLite would make it readable by everyone; its log and index files take over the mode of this one.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    elif not path.exists():
        raise Damaged("The database is missing: restore a backup, or make a new instance elsewhere.")


async def _connect(path: Path, mode: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(
        _uri(path, mode), uri=True, isolation_level=None, cached_statements=512
    )
    try:
        await _in_thread(connection, _dress, mode == "ro")
    except BaseException:
        await connection.close()
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _dress(connection: sqlite3.Connection, reading: bool) -> None:
    for pragma in _EVERY_CONNECTION:
        connection.execute(pragma)
    if reading:
        connection.execute("PRAGMA query_only = ON")


def _prepare(connection: sqlite3.Connection, create: bool) -> None:
    """In the writer's thread, before anyone else is let in."""
    if not create:
        _require_sound(connection)
    for pragma in _OPENING:
        connection.execute(pragma)
    migrate(connection, read_migrations())


def _require_sound(connection: sqlite3.Connection) -> None:
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * size <= CHECKED_AT_START and _quick_check(connection):
        raise Damaged(_DAMAGED)
    known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'migrations'").fetchone()[0]
    if not known:
        # SQLite takes a file cut to zero bytes for a new database and would start it empty.
        raise Damaged("The database is empty: restore a backup.")


def _quick_check(connection: sqlite3.Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(10)")]
    return [] if found == ["ok"] else found


def _vacuum_into(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("VACUUM INTO ?", (str(path),))
    except sqlite3.Error as error:
        raise _storage_failure(error) or StorageUnavailable(
            f"The copy could not be made: {error}."
        ) from error


def _tidy(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA incremental_vacuum").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise _storage_failure(error) or error from error


async def _in_thread(connection: aiosqlite.Connection, act: Callable[..., T], *arguments: Any) -> T:
    """One hop into the connection's thread.

    aiosqlite has no public call for this; statement by statement would cost a hop each and leave transactions
    open across awaits. Its version is pinned; `tests/server/storage/test_sqlite.py` says when this goes away.
    """
    call: Callable[..., Awaitable[T]] = connection._execute
    return await call(act, connection._conn, *arguments)

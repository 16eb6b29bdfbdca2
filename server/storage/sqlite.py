"""SQLite: one writing connection with group commit, several readers.

Only one process writes: SQLite before 3.51.3 can corrupt a database when two connections write or checkpoint
at the same instant (the WAL-reset defect). The caller holds the instance's lock for as long as this is open.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from server.storage import units
from server.storage.changes import WATCHED, Changes
from server.storage.database import Damaged, Database, StorageUnavailable, Transaction, Waiter
from server.storage.migrate import migrate, read_migrations
from server.storage.waiters import Waiters

T = TypeVar("T")

BATCH = 64
READERS = 3
CHECKED_AT_START = 256 * 1024 * 1024
"""Bytes up to which the whole file is checked before each start; a larger one is checked beside the work."""

_WRITER = (
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
    "PRAGMA busy_timeout = 5000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)

logger = logging.getLogger(__name__)

_Unit = tuple[units.Work, "asyncio.Future[units.Outcome[Any]]"]


class SqliteDatabase:
    """Fulfils `Database`. Made by `open_sqlite`."""

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        readers: Sequence[aiosqlite.Connection],
        *,
        checked: bool = True,
    ) -> None:
        self._path = path
        self._writer = writer
        self._readers = readers
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._units: asyncio.Queue[_Unit | None] = asyncio.Queue()
        self._waiters = Waiters()
        self.changes = Changes()
        self._closed = False
        self._draining = asyncio.create_task(self._drain(), name="database writer")
        self._damaged = False
        self._checking = None if checked else asyncio.create_task(self._check(), name="database check")

    async def write(self, work: Callable[[Transaction], T]) -> T:
        self._require_open()
        if self._damaged:
            # What is written to a damaged file may be lost with it: nobody is told that we have it.
            raise Damaged(units.DAMAGED)
        done: asyncio.Future[units.Outcome[T]] = asyncio.get_running_loop().create_future()
        self._units.put_nowait((work, done))
        outcome = await done
        if outcome.error is not None:
            raise outcome.error
        return outcome.result  # type: ignore[return-value] # None only where T is None

    async def read(self, work: Callable[[Transaction], T]) -> T:
        result: T
        result, tables = await self._on_a_reader(units.run_reading, work)
        watched = WATCHED.get()
        if watched is not None:
            watched |= tables
        return result

    async def problems(self) -> list[str]:
        return await self._on_a_reader(units.quick_check)

    def waiter(self, name: str) -> Waiter:
        return self._waiters.waiter(name)

    @contextlib.asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        # Only this process writes, and it does each thing once at a time.
        yield True

    async def copy_to(self, path: Path) -> None:
        # A connection of its own: a large copy must not keep a reader from the pages.
        # Without query_only, which SQLite applies to the copy as well.
        connection = await _connect(self._path, "ro")
        try:
            await _in_thread(connection, units.vacuum_into, path)
        finally:
            await connection.close()

    async def tidy(self) -> None:
        self._require_open()
        await _in_thread(self._writer, units.tidy)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.gather(self._checking, return_exceptions=True)
        self._units.put_nowait(None)
        await self._draining
        for reader in self._readers:
            await reader.close()
        # The last to close empties the write-ahead log into the database: the writer, never a reader.
        await self._writer.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("The server is stopping: try again in a moment.")

    async def _on_a_reader(self, act: Callable[..., T], *arguments: Any) -> T:
        self._require_open()
        reader = await self._idle.get()
        try:
            return await _in_thread(reader, act, *arguments)
        finally:
            self._idle.put_nowait(reader)

    async def _check(self) -> None:
        """The whole file, by a connection of its own; a gibibyte takes seconds to a minute."""
        connection = await _connect(self._path, "ro", query_only=True)
        try:
            self._damaged = bool(await _in_thread(connection, units.quick_check))
        except asyncio.CancelledError:
            # The thread is still at it, and the end of the server would wait for it.
            await connection.interrupt()
            raise
        except sqlite3.Error as error:
            self._damaged = isinstance(units.storage_failure(error), Damaged)
        finally:
            await connection.close()
        if self._damaged:
            logger.error("%s: %s", self._path, units.DAMAGED)

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
        outcomes = await _in_thread(self._writer, units.run_batch, [work for work, _ in batch])
        self.changes.add(table for outcome in outcomes for table in outcome.changed)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)
        self._waiters.wake(frozenset().union(*(outcome.woken for outcome in outcomes)))


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
        checked = await _in_thread(writer, _prepare, create)
        for _ in range(READERS):
            opened.append(await _connect(path, "ro", query_only=True))
    except BaseException as error:
        for connection in reversed(opened):
            await connection.close()
        failure = error if isinstance(error, StorageUnavailable) else units.storage_failure(error)
        if failure:
            raise type(failure)(f"{path}: {failure}") from error
        raise
    return SqliteDatabase(path, writer, opened[1:], checked=checked)


def _require_file(path: Path, create: bool) -> None:
    if create:
        # SQLite would make it readable by everyone; its log and index files take over the mode of this one.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    elif not path.exists():
        raise Damaged("The database is missing: restore a backup, or make a new instance elsewhere.")


async def _connect(path: Path, mode: str, *, query_only: bool = False) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(_uri(path, mode), uri=True, isolation_level=None)
    try:
        await _in_thread(connection, _dress, query_only)
    except BaseException:
        await connection.close()
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _dress(connection: sqlite3.Connection, query_only: bool) -> None:
    for pragma in _EVERY_CONNECTION:
        connection.execute(pragma)
    if query_only:
        connection.execute("PRAGMA query_only = ON")
        # What readers share lies in the system's cache; a copy in each of them is memory that a small server lacks.
        connection.execute("PRAGMA cache_size = -4000")


def _prepare(connection: sqlite3.Connection, create: bool) -> bool:
    """In the writer's thread, before anyone else is let in. False when the file is too large to be checked by then."""
    checked = create or _require_sound(connection)
    for pragma in _WRITER:
        connection.execute(pragma)
    migrate(connection, read_migrations())
    return checked


def _require_sound(connection: sqlite3.Connection) -> bool:
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    small = bool(pages * size <= CHECKED_AT_START)
    if small and units.quick_check(connection):
        raise Damaged(units.DAMAGED)
    known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'migrations'").fetchone()[0]
    if not known:
        # SQLite takes a file cut to zero bytes for a new database and would start it empty.
        raise Damaged("The database is empty: restore a backup.")
    return small


async def _in_thread(connection: aiosqlite.Connection, act: Callable[..., T], *arguments: Any) -> T:
    """One hop into the connection's thread.

    aiosqlite has no public call for this; statement by statement would cost a hop each and leave transactions
    open across awaits. Its version is pinned; `tests/server/storage/test_sqlite.py` says when this goes away.
    """
    call: Callable[..., Awaitable[T]] = connection._execute
    return await call(act, connection._conn, *arguments)

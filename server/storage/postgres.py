"""PostgreSQL: for a hub that outgrows one machine. Several processes work with one database.

Units of work run in threads, each on a connection of its own: SERIALIZABLE to write, so that a unit may trust what it
read as it may in SQLite; one that met another is run again from its start. Commits are told to all processes.
"""

import asyncio
import contextlib
import hashlib
import random
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from server.storage.changes import WATCHED, Changes
from server.storage.database import Database, StorageUnavailable, Transaction, Waiter
from server.storage.migrate import read_migrations
from server.storage.postgres_connections import Connections, connect, connect_async, parameters, shown
from server.storage.postgres_errors import may_have_met_another, met_another, storage_failure
from server.storage.postgres_listening import Listening
from server.storage.postgres_migrate import prepare, problems
from server.storage.postgres_units import Connection, Done, run_reading, run_writing
from server.storage.waiters import Waiters

T = TypeVar("T")

WRITERS = 4
READERS = 4
TRIES = 16
"""Of a unit that meets others again and again."""

_PATIENT = 3
"""From this try on, units of this process that have to be run again take turns."""

_LONGEST_PAUSE = 0.25


class PostgresDatabase:
    """Fulfils `Database`. Made by `open_postgres`."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._writing = Connections(given, WRITERS)
        self._reading = Connections(given, READERS)
        self._writers = ThreadPoolExecutor(WRITERS, "database writer")
        self._readers = ThreadPoolExecutor(READERS, "database reader")
        self._again = threading.Lock()
        self._sender = secrets.token_hex(8)
        self._waiters = Waiters()
        self.changes = Changes()
        self._listening = Listening(lambda: connect_async(given), self._sender, self.changes, self._waiters)
        self._loop = asyncio.get_running_loop()
        self._closed = False

    async def open(self, create: bool) -> None:
        """Raises `psycopg.Error`, and what `prepare` raises."""
        migrations = read_migrations(postgres=True)

        def first() -> None:
            # Not one of those that units use: a migration may take its time.
            connection = connect(self._given)
            try:
                connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
                prepare(connection, migrations, create)
            finally:
                connection.close()

        await self._loop.run_in_executor(self._writers, first)
        await self._listening.start()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        self._require_open()
        done = await self._loop.run_in_executor(self._writers, self._write, work)
        return done.result

    async def read(self, work: Callable[[Transaction], T]) -> T:
        self._require_open()
        result, tables = await self._loop.run_in_executor(self._readers, self._read, work)
        watched = WATCHED.get()
        if watched is not None:
            watched |= tables
        return result

    def waiter(self, name: str) -> Waiter:
        return self._waiters.waiter(name)

    @contextlib.asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """A lock of a session of its own: it ends with its process, however that ends."""
        self._require_open()
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        async with contextlib.AsyncExitStack() as stack:
            try:
                connection = await connect_async(self._given)
                stack.push_async_callback(connection.close)
                cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS held", (key,))
                row = await cursor.fetchone()
            except psycopg.Error as error:
                raise storage_failure(error) or error from error
            yield row is not None and bool(row["held"])

    async def copy_to(self, path: Path) -> None:
        raise StorageUnavailable(
            "A PostgreSQL database is not copied into a file by this command: use pg_dump, or `antipole export`."
        )

    async def problems(self) -> list[str]:
        """Reads every row of every table once, which is what finds a damaged page; names indexes that do not count."""
        self._require_open()
        return await self._loop.run_in_executor(self._readers, self._once, self._reading, problems)

    async def tidy(self) -> None:
        """The server's own autovacuum does it. Erased bytes stay on its disk until they are overwritten."""
        self._require_open()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for executor in (self._writers, self._readers):
            await asyncio.to_thread(executor.shutdown)
        await self._listening.stop()
        for connections in (self._writing, self._reading):
            connections.close()

    def _require_open(self) -> None:
        if self._closed:
            raise StorageUnavailable("The server is stopping: try again in a moment.")

    def _write(self, work: Callable[[Transaction], T]) -> Done[T]:
        done = self._persistently(work)
        # Before the caller is answered, and also where the caller has gone away meanwhile.
        self._loop.call_soon_threadsafe(self._committed, done)
        return done

    def _committed(self, done: Done[Any]) -> None:
        self.changes.add(done.changed)
        self._waiters.wake(done.woken)

    def _persistently(self, work: Callable[[Transaction], T]) -> Done[T]:
        for number in range(TRIES):
            if number:
                time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.002 * 2**number)))  # noqa: S311 # no secret
            try:
                with self._again if number >= _PATIENT else contextlib.nullcontext():
                    return self._once(
                        self._writing, lambda connection: run_writing(connection, self._sender, work)
                    )
            except psycopg.Error as error:
                if not (met_another(error) or (number < _PATIENT and may_have_met_another(error))):
                    raise
        raise StorageUnavailable("Too many changes meet in the database: try again in a moment.")

    def _read(self, work: Callable[[Transaction], T]) -> tuple[T, set[str]]:
        return self._once(self._reading, lambda connection: run_reading(connection, work))

    def _once(self, connections: Connections, act: Callable[[Connection], T]) -> T:
        try:
            return connections.run(act)
        except psycopg.Error as error:
            failure = storage_failure(error)
            if failure is None:
                raise
            raise failure from error


async def open_postgres(address: str, *, create: bool = False) -> Database:
    """Opens the database, checks it and brings it to the newest schema.

    `create` makes its tables first and raises FileExistsError where there are some. Raises `Damaged` and
    `StorageUnavailable` with one sentence that bears neither user nor password.
    """
    given = parameters(address)
    database = PostgresDatabase(given)
    try:
        await database.open(create)
    except BaseException as error:
        await database.close()
        failure = error if isinstance(error, StorageUnavailable) else storage_failure(error)
        if failure:
            raise type(failure)(f"{shown(given)}: {failure}") from error
        raise
    return database

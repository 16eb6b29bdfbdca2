"""One machine with an instance on it: what it does is its own, and at any await it may be gone."""

import asyncio
import contextlib
import itertools
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from unittest.mock import patch

import httpx2

from federation.keys import RsaPrivateKey
from server import settings as settings_file
from server.app import close_services, create_app, open_services
from server.control.commands import commands_of, find_command
from server.feature import Feature
from server.fediverse.moderation import changing
from server.roles import features_of
from server.services import Services
from server.storage import sqlite
from server.workers import deliveries, refresh, retention
from server.workers.runner import Workers
from tests.simulation.virtual_time import SkewedClock

T = TypeVar("T")

POLLED = timedelta(hours=3)
"""How often workers look up without being woken: else a month would be made of nothing but looking."""

_RUNNING: "ContextVar[Running | None]" = ContextVar("running", default=None)


class Weather(Protocol):
    """What may go wrong inside a machine, asked at each step."""

    async def step(self, machine: "Machine", where: str) -> None:
        """At an await: may take its time, may crash the machine."""
        ...

    def disk(self, machine: "Machine", sql: str) -> None:
        """Before a statement of a writer: may raise what SQLite raises."""
        ...


@dataclass(slots=True)
class Running:
    """One life of a machine, from start to crash. Whatever was begun in it ends with it."""

    machine: "Machine"
    alive: bool = True
    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)
    connections: list[sqlite3.Connection] = field(default_factory=list)

    def require(self) -> None:
        if not self.alive:
            raise asyncio.CancelledError


class _SimulatedConnection(sqlite3.Connection):
    running: Running | None = None
    writes = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "PRAGMA synchronous = FULL":
            # Power is never lost here: `tests/durability` cuts it.
            sql = "PRAGMA synchronous = OFF"
        self.writes = self.writes or sql == "BEGIN IMMEDIATE"
        if self.writes and self.running is not None and not sql.startswith(("ROLLBACK", "PRAGMA")):
            self.running.machine.weather.disk(self.running.machine, sql)
        return super().execute(sql, *values)


class _Hops:
    """Stands in for `aiosqlite.Connection`: the same hop, without its thread."""

    def __init__(self, connection: _SimulatedConnection, running: Running | None) -> None:
        self._conn = connection
        self._running = running

    async def _execute(self, act: Any, *arguments: Any) -> Any:
        if self._running is None:
            return act(*arguments)
        await self._running.machine.weather.step(self._running.machine, f"before {act.__name__}")
        self._running.require()
        result = act(*arguments)
        await self._running.machine.weather.step(self._running.machine, f"after {act.__name__}")
        self._running.require()
        return result

    async def close(self) -> None:
        self._conn.close()


class _Hopless:
    """Stands in for the module aiosqlite."""

    Connection = _Hops

    @staticmethod
    async def connect(address: str, **options: Any) -> _Hops:
        running = _RUNNING.get()
        connection = sqlite3.connect(
            address, factory=_SimulatedConnection, check_same_thread=False, **options
        )
        connection.running = running
        # SQLite has dice of its own.
        connection.create_function("random", 0, lambda: int.from_bytes(os.urandom(8), signed=True))
        if running is not None:
            running.connections.append(connection)
        return _Hops(connection, running)


class Machine:
    """An instance at https://`host`. `start`, then `crash` and `start` as often as it comes."""

    def __init__(
        self,
        host: str,
        roles: Sequence[str],
        directory: Path,
        *,
        weather: Weather,
        network: httpx2.AsyncBaseTransport,
        make_rsa: Any,
        empty: Path,
    ) -> None:
        self.host = host
        self.origin = f"https://{host}"
        self.weather = weather
        self.clock = SkewedClock(asyncio.get_running_loop())
        self.running: Running | None = None
        self.lives = 0
        self.full_until = 0.0
        self._network = network
        self._make_rsa: Any = make_rsa
        self._room = directory
        self._directory = directory / "0"
        self._directory.mkdir(parents=True)
        settings_file.write(
            self._directory, settings_file.make(self._directory, origin=self.origin, roles=roles)
        )
        shutil.copyfile(empty, self._directory / "antipole.sqlite3")

    services: Services
    features: Sequence[Feature]
    door: Any

    @property
    def up(self) -> bool:
        return self.running is not None and self.running.alive

    async def start(self) -> None:
        """From the files as they are. Raises what a start raises; then it is not up."""
        running = Running(self)
        self.running = running
        self.lives += 1
        await self.within(self._open(), running)

    async def _open(self) -> None:
        self.services = await open_services(
            self._directory, clock=self.clock, fallback=self._network, make_rsa=self._rsa
        )
        self.features = [_polled(feature) for feature in features_of(self.services.here.settings)]
        self.door = create_app(self.services, self.features, with_workers=False)
        Workers(self.services, self.features).start()

    def _rsa(self) -> RsaPrivateKey:
        key: RsaPrivateKey = self._make_rsa()
        return key

    async def within(self, work: Coroutine[Any, Any, T], running: Running | None = None) -> T:
        """Does `work` on this machine. Raises `asyncio.CancelledError` of the work as `Crashed`."""
        life = running or self.running
        if life is None or not life.alive:
            work.close()
            raise Crashed(self.host)
        context = copy_context()
        context.run(_RUNNING.set, life)
        task = asyncio.get_running_loop().create_task(work, context=context)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if life.alive:
                raise
            raise Crashed(self.host) from None

    async def command(self, name: str, /, **arguments: Any) -> Any:
        """What the command line would do."""
        act = find_command(commands_of(self.features), name)

        async def carried_out() -> Any:
            return await act(self.services, arguments)

        return await self.within(carried_out())

    def crash(self) -> None:
        """Between two instructions: what the files hold stays, everything else is gone."""
        running = self.running
        if running is None or not running.alive:
            return
        running.alive = False
        self._keep_files()
        for task in list(running.tasks):
            task.cancel()
        for connection in running.connections:
            connection.close()

    async def stop(self) -> None:
        """In order, at the end of a history."""
        if self.up and self.running is not None:
            for task in list(self.running.tasks):
                if task.get_name() != "database writer":
                    task.cancel()
            await asyncio.sleep(0)
            await close_services(self.services)
            self.running.alive = False

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What its file holds, read past everything else."""
        address = f"{(self._directory / 'antipole.sqlite3').absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as reader:
            return reader.execute(sql, values).fetchall()

    def _keep_files(self) -> None:
        """As a killed process leaves them: closing the connections afterwards would tidy up."""
        left = self._directory
        self._directory = self._room / str(self.lives)
        self._directory.mkdir()
        for file in left.iterdir():
            if file.is_file() and not file.name.endswith("-shm"):
                shutil.copyfile(file, self._directory / file.name)
        # Connections of the life that ended may still be open, which is what an unlinked file is for.
        shutil.rmtree(left, ignore_errors=True)


class Crashed(Exception):
    """The machine was gone before it had answered: whether it was done nobody knows."""


def _polled(feature: Feature) -> Feature:
    chores = [replace(chore, every=max(chore.every, POLLED)) for chore in feature.chores]
    return replace(feature, chores=chores)


class _Task(asyncio.Task[Any]):
    """Sets of tasks are walked in the order of hashes: those must not be addresses in memory."""

    _numbers = itertools.count()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._number = next(_Task._numbers)
        super().__init__(*arguments, **options)

    def __hash__(self) -> int:
        return self._number


def owned_task(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> "asyncio.Task[Any]":
    """The task factory: each task belongs to the machine in whose name it was made."""
    task = _Task(work, loop=loop, **options)
    context = options.get("context")
    running = context.get(_RUNNING) if context is not None else _RUNNING.get()
    if running is not None:
        running.tasks.add(task)
        task.add_done_callback(running.tasks.discard)
        if not running.alive:
            task.cancel()
    return task


def _submit(pool: ThreadPoolExecutor, work: Callable[..., T], /, *values: Any, **named: Any) -> "Future[T]":
    done: Future[T] = Future()
    try:
        done.set_result(work(*values, **named))
    except Exception as error:
        done.set_exception(error)
    return done


def _no_thread(thread: threading.Thread) -> None:
    raise AssertionError(
        f"{thread.name}: a thread runs when it likes, and one seed would have many histories"
    )


@contextlib.contextmanager
def without_threads() -> Iterator[None]:
    """While open nothing runs in threads, and workers look up by themselves every three hours only."""
    with (
        patch.object(ThreadPoolExecutor, "submit", _submit),
        patch.object(threading.Thread, "start", _no_thread),
        patch.object(sqlite, "aiosqlite", _Hopless),
        patch.object(deliveries, "LONGEST_SLEEP", POLLED.total_seconds()),
        patch.object(refresh, "LONGEST_SLEEP", POLLED.total_seconds()),
        patch.object(retention, "EVERY", POLLED),
        patch.object(changing, "READ_ANEW_AFTER", POLLED.total_seconds()),
    ):
        yield

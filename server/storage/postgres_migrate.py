"""Brings a PostgreSQL database to the newest schema: `migrate.py` says what that means."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from server.clock import SystemClock, millis
from server.storage.database import Damaged, StorageUnavailable
from server.storage.migrate import LEDGER, Migration, missing_of
from server.storage.postgres_errors import storage_failure
from server.storage.postgres_language import translated_migration
from server.storage.postgres_units import Connection, roll_back

OLDEST = 140_000
"""PostgreSQL 14."""

LOCK = 0x616E7469_706F6C65
"""An advisory lock, so that of several processes that start together one migrates and the others wait."""


def prepare(connection: Connection, migrations: Sequence[Migration], create: bool) -> None:
    """Before anyone else is let in.

    Raises `Damaged`, `StorageUnavailable`, with `create` FileExistsError where something is there already, and
    `psycopg.Error`.
    """
    if connection.info.server_version < OLDEST:
        raise StorageUnavailable("The database server is too old: it has to be PostgreSQL 14 or newer.")
    row = connection.execute("SHOW server_encoding").fetchone()
    if row is None or row["server_encoding"] != "UTF8":
        raise StorageUnavailable("The database keeps no UTF-8: make one with createdb --encoding=UTF8.")
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        _require_what_is_expected(connection, create)
        migrate(connection, migrations)
    finally:
        if not connection.closed:
            roll_back(connection)
            connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _require_what_is_expected(connection: Connection, create: bool) -> None:
    tables = _tables(connection)
    if create and tables:
        raise FileExistsError("The database is not empty: make a new one for this instance.")
    if not create and "migrations" not in tables:
        raise Damaged("The database is empty: restore a backup.")


def _tables(connection: Connection) -> set[str]:
    return {
        row["relname"]
        for row in connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        )
    }


def migrate(connection: Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """Applies what is missing and returns it. `connection` is in autocommit mode. Raises `Damaged`."""
    connection.execute(translated_migration(LEDGER).encode())
    rows = connection.execute("SELECT number, checksum FROM migrations").fetchall()
    missing = missing_of(migrations, {row["number"]: row["checksum"] for row in rows})
    for migration in missing:
        _apply(connection, migration)
    return missing


def _apply(connection: Connection, migration: Migration) -> None:
    connection.execute("BEGIN")
    try:
        # Without values: several statements in one go, and a % stands for itself.
        connection.execute(translated_migration(migration.sql).encode())
        connection.execute(
            "INSERT INTO migrations (number, name, checksum, applied_at) VALUES (%s, %s, %s, %s)",
            (migration.number, migration.name, migration.checksum, millis(SystemClock().now())),
        )
        connection.execute("COMMIT")
    except psycopg.Error:
        roll_back(connection)
        raise


def problems(connection: Connection) -> list[str]:
    """Reads every row of every table once, which finds damaged pages; and names indexes that do not count."""
    found = [
        f"The index {row['relname']} is not whole: REINDEX it."
        for row in connection.execute(
            "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid "
            "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
        )
    ]
    connection.execute("SET statement_timeout = 0")
    try:
        for table in sorted(_tables(connection)):
            try:
                connection.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(table)))
            except psycopg.Error as error:
                if not isinstance(storage_failure(error), Damaged):
                    raise
                found.append(f"The table {table} is damaged.")
    finally:
        if not connection.closed:
            connection.execute("SET statement_timeout = '60s'")
    return found

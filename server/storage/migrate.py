"""Brings a database to the newest schema: forward only, checksummed.

Each migration is applied together with its version row or not at all.
The caller holds the instance's lock, so that no two programs migrate at once.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.clock import SystemClock, millis
from server.storage.database import Damaged

MIGRATIONS_DIR = Path(__file__).with_name("migrations")
SCHEMA = Path(__file__).with_name("schema.sql")

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)(\.postgres)?\.sql")

LEDGER = """CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS_DIR, *, postgres: bool = False) -> list[Migration]:
    """The migrations in order. Raises ValueError when a name breaks the pattern or a number comes twice.

    Where PostgreSQL goes another way, `0001_what_it_does.postgres.sql` takes the place of the file without that word.
    """
    found: dict[int, Migration] = {}
    others: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        among = others if match and match[3] else found
        if not match or int(match[1]) in among:
            raise ValueError(f"{path.name}: migrations are named 0001_what_it_does.sql, each number once")
        among[int(match[1])] = Migration(int(match[1]), match[2], path.read_text(encoding="utf-8"))
    for number, other in others.items():
        if number not in found or found[number].name != other.name:
            raise ValueError(f"{other.number:04d}_{other.name}.postgres.sql: takes the place of no migration")
    return list((found | others if postgres else found).values())


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """Applies what is missing and returns it. `connection` is in autocommit mode.

    Raises `Damaged` when the database is newer than this program or was made by other migrations.
    """
    connection.execute(LEDGER)
    applied = dict(connection.execute("SELECT number, checksum FROM migrations").fetchall())
    missing = missing_of(migrations, applied)
    for migration in missing:
        _apply(connection, migration)
    return missing


def missing_of(migrations: Sequence[Migration], applied: Mapping[int, str]) -> list[Migration]:
    """What a database has to be given, by the numbers and checksums of what it was given. Raises `Damaged`."""
    if applied.keys() - {migration.number for migration in migrations}:
        raise Damaged(
            f"This database was written by a newer Antipole (migration {max(applied):04d}): "
            "install that version again, or restore a backup made before the update."
        )
    missing = []
    for migration in migrations:
        if migration.number not in applied:
            missing.append(migration)
        elif applied[migration.number] != migration.checksum:
            raise Damaged(
                f"This database was made by another form of migration {migration.number:04d} than this "
                "program has: install the version of Antipole that made it."
            )
    return missing


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(migration.sql):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
            (migration.number, migration.name, migration.checksum, millis(SystemClock().now())),
        )
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may already have ended the transaction.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def statements(script: str) -> Iterator[str]:
    """The script's statements one by one: `executescript` would commit behind our back first."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if pending.strip():
        yield pending.strip()


def schema_of(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(type, name, normalised SQL) of all that a schema defines, without the engine's own parts."""
    return sorted((kind, name, _normal(sql)) for kind, name, sql in _definitions(connection))


def dump_schema(migrations: Sequence[Migration]) -> str:
    """All migrations together as one script, in the order in which they made things."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, migrations)
        parts = [sql.strip() + ";\n" for _, _, sql in _definitions(connection)]
    finally:
        connection.close()
    head = "-- All migrations together, for reading. Written by scripts/dump_schema.py, never by hand.\n"
    return "\n".join([head, *parts])


def _definitions(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """In the order of making. Full-text tables keep shadow tables that the engine makes by itself."""
    made = {name for _, name, kind, *_ in connection.execute("PRAGMA table_list") if kind == "shadow"}
    made.add("sqlite_sequence")
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    )
    return [row for row in rows.fetchall() if row[1] not in made]


def _normal(sql: str) -> str:
    without_comments = re.sub(r"--[^\n]*", " ", sql)
    return re.sub(r"\s*([(),])\s*", r"\1", " ".join(without_comments.split()))

"""Migrations: forward only, whole or not at all, and together equal to schema.sql."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from server.storage.database import Damaged
from server.storage.migrate import (
    SCHEMA,
    Migration,
    dump_schema,
    migrate,
    read_migrations,
    schema_of,
    statements,
)
from server.storage.sqlite import open_sqlite
from tests.postgres_server import PostgresServer

FIRST = Migration(1, "makes_words", "-- Words.\nCREATE TABLE words (word TEXT);\n")
SECOND = Migration(
    2, "counts_words", "ALTER TABLE words ADD COLUMN n INTEGER;\nCREATE INDEX by_n ON words (n);\n"
)


@pytest.fixture
def empty() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def test_all_migrations_together_equal_schema_sql(empty: sqlite3.Connection) -> None:
    """Where they differ, run `scripts/dump_schema.py` and read what changes."""
    migrate(empty, read_migrations())
    written = sqlite3.connect(":memory:", isolation_level=None)
    written.executescript(SCHEMA.read_text(encoding="utf-8"))
    assert schema_of(written) == schema_of(empty)
    written.close()


def test_the_dump_of_the_schema_makes_the_same_schema_again(empty: sqlite3.Connection) -> None:
    empty.executescript(dump_schema([FIRST, SECOND]))
    other = sqlite3.connect(":memory:", isolation_level=None)
    migrate(other, [FIRST, SECOND])
    assert schema_of(empty) == schema_of(other)
    assert [name for _, name, _ in schema_of(empty)] == ["by_n", "migrations", "words"]
    other.close()


def test_a_difference_in_the_schema_is_seen(empty: sqlite3.Connection) -> None:
    empty.executescript(dump_schema([FIRST]))
    before = schema_of(empty)
    empty.execute("ALTER TABLE words ADD COLUMN n TEXT")
    assert schema_of(empty) != before


def test_no_constraint_is_put_off_to_the_commit(empty: sqlite3.Connection) -> None:
    """One that failed there would take the neighbours in its batch with it."""
    migrate(empty, read_migrations())
    assert [name for _, name, sql in schema_of(empty) if "DEFERR" in sql.upper()] == []


def test_what_is_missing_is_applied_once(empty: sqlite3.Connection) -> None:
    assert migrate(empty, [FIRST]) == [FIRST]
    assert migrate(empty, [FIRST, SECOND]) == [SECOND]
    assert migrate(empty, [FIRST, SECOND]) == []
    assert empty.execute("SELECT number, name FROM migrations").fetchall() == [
        (1, "makes_words"),
        (2, "counts_words"),
    ]


def test_a_migration_that_fails_leaves_nothing_behind(empty: sqlite3.Connection) -> None:
    broken = Migration(2, "breaks", "CREATE TABLE half (a);\nCREATE TABLE words (again);\n")
    with pytest.raises(sqlite3.OperationalError):
        migrate(empty, [FIRST, broken])
    assert [name for _, name, _ in schema_of(empty)] == ["migrations", "words"]
    assert migrate(empty, [FIRST, SECOND]) == [SECOND]


def test_a_newer_database_is_refused_in_one_sentence(empty: sqlite3.Connection) -> None:
    migrate(empty, [FIRST, SECOND])
    with pytest.raises(Damaged, match=r"newer Antipole \(migration 0002\): install that version") as refused:
        migrate(empty, [FIRST])
    assert "\n" not in str(refused.value)


def test_a_migration_changed_after_the_fact_is_noticed(empty: sqlite3.Connection) -> None:
    migrate(empty, [FIRST])
    with pytest.raises(Damaged, match="another form of migration 0001"):
        migrate(empty, [Migration(1, FIRST.name, FIRST.sql + " ")])


def test_statements_are_parted_where_sqlite_parts_them() -> None:
    script = (
        "-- a; comment\nCREATE TABLE a (b TEXT DEFAULT ';');\n"
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\n  DELETE FROM a;\nEND;\nSELECT 1"
    )
    assert [statement.splitlines()[-1] for statement in statements(script)] == [
        "CREATE TABLE a (b TEXT DEFAULT ';');",
        "END;",
        "SELECT 1",
    ]


@pytest.mark.parametrize("names", [["1_a.sql"], ["0001_a.sql", "0001_b.sql"], ["0001_A.sql"]])
def test_file_names_that_break_the_pattern_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match="0001_what_it_does"):
        read_migrations(tmp_path)


@pytest.mark.anyio
async def test_opening_a_newer_database_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "antipole.sqlite3"
    await (await open_sqlite(path, create=True)).close()
    raw = sqlite3.connect(path)
    raw.execute("INSERT INTO migrations VALUES (9999, 'of_the_future', '', 0)")
    raw.commit()
    raw.close()
    with pytest.raises(Damaged, match=r"antipole\.sqlite3: .*newer Antipole \(migration 9999\)"):
        await open_sqlite(path)


def test_a_file_for_postgresql_takes_the_place_of_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("SELECT 1;")
    (tmp_path / "0002_second.sql").write_text("SELECT 2;")
    (tmp_path / "0001_first.postgres.sql").write_text("SELECT 3;")
    assert [one.sql for one in read_migrations(tmp_path)] == ["SELECT 1;", "SELECT 2;"]
    assert [one.sql for one in read_migrations(tmp_path, postgres=True)] == ["SELECT 3;", "SELECT 2;"]
    (tmp_path / "0002_other.postgres.sql").write_text("SELECT 4;")
    with pytest.raises(ValueError, match="takes the place of no migration"):
        read_migrations(tmp_path, postgres=True)


@pytest.fixture
def on_postgres(postgres_server: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    address = postgres_server.new_migrated()
    with psycopg.connect(address) as connection:
        yield connection
    postgres_server.give_back(address)


def test_both_engines_have_the_same_tables(
    empty: sqlite3.Connection, on_postgres: psycopg.Connection[Any]
) -> None:
    """Names and order of columns, which may be NULL, keys, references and their deletion; indexes by name."""
    migrate(empty, read_migrations())
    ours = {
        name: [
            (column[1], bool(column[3]) or bool(column[5]))
            for column in empty.execute(f"PRAGMA table_info({name})")
        ]
        for (name,) in empty.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        )
        if not name.startswith(("sqlite_", "hub_terms_"))
    }
    theirs: dict[str, list[tuple[str, bool]]] = {}
    for table, column, nullable in on_postgres.execute(
        "SELECT table_name, column_name, is_nullable FROM information_schema.columns "
        "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    ):
        theirs.setdefault(table, []).append((column, nullable == "NO"))
    assert {name for name in theirs if name.startswith("hub_terms")} == {"hub_terms", "hub_terms_to_purge"}
    assert {name: columns for name, columns in theirs.items() if not name.startswith("hub_terms")} == ours

    references = {
        (table, row[2], row[6] == "CASCADE")
        for table in ours
        for row in empty.execute(f"PRAGMA foreign_key_list({table})")
    }
    assert references == set(
        on_postgres.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text, confdeltype = 'c' "
            "FROM pg_constraint WHERE contype = 'f'"
        )
    )
    indexes = {
        (name, "UNIQUE" in sql)
        for name, sql in empty.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        )
    }
    assert indexes == set(
        on_postgres.execute(
            "SELECT indexrelid::regclass::text, indisunique FROM pg_index "
            "WHERE indrelid::regclass::text IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public') "
            "AND indexrelid NOT IN (SELECT conindid FROM pg_constraint) AND indrelid <> 'hub_terms'::regclass"
        )
    )


def test_every_text_sorts_byte_by_byte_on_postgresql(on_postgres: psycopg.Connection[Any]) -> None:
    others = on_postgres.execute(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND atttypid = 'text'::regtype "
        "AND attcollation <> (SELECT oid FROM pg_collation WHERE collname = 'C')"
    ).fetchall()
    assert others == []

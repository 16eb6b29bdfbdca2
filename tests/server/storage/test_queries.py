"""Every named query of the house: used by the store beside it, explained in a sentence, valid SQL on our schema."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import server
from server.storage.migrate import migrate, read_migrations
from server.storage.postgres_connections import connect, parameters
from server.storage.postgres_language import translated, translated_migration
from server.storage.queries import Query, load_queries, parse_queries
from tests.postgres_server import PostgresServer

FILES = sorted(Path(server.__file__).parent.rglob("queries.sql"))
HERE = Path("queries.sql")


def every_query() -> list[Query]:
    return [
        query for file in FILES for query in parse_queries(file.read_text(encoding="utf-8"), file).values()
    ]


def loaded(file: Path) -> list[Query]:
    """As its store has them: with those that PostgreSQL goes another way for."""
    return load_queries(str(file.with_name("store.py"))).each()


def label(query: Query) -> str:
    return f"{query.path.parent.name}.{query.name}"


class _Nothing(dict[str, None]):
    """Binds NULL to whatever a statement asks for."""

    def __missing__(self, name: str) -> None:
        return None


@pytest.fixture(scope="module")
def migrated() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, read_migrations())
    yield connection
    connection.close()


def test_queries_are_found() -> None:
    assert len(FILES) >= 5
    assert len(every_query()) >= 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_file_of_queries_belongs_to_the_store_beside_it(file: Path) -> None:
    store = file.with_name("store.py").read_text(encoding="utf-8")
    assert "load_queries(__file__)" in store
    used = set(re.findall(r"\bQUERIES\.([a-z0-9_]+)", store))
    assert used == set(parse_queries(file.read_text(encoding="utf-8"), file))


@pytest.mark.parametrize("query", every_query(), ids=label)
def test_a_query_runs_on_our_schema(query: Query, migrated: sqlite3.Connection) -> None:
    migrated.execute(f"EXPLAIN {query.sql}", _Nothing()).fetchall()


@pytest.fixture(scope="module")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    address = postgres_server.new_migrated()
    with contextlib.closing(connect(parameters(address))) as connection:
        yield connection
    postgres_server.give_back(address)


@pytest.mark.parametrize("query", [query for file in FILES for query in loaded(file)], ids=label)
def test_a_query_runs_on_our_schema_in_postgresql(
    query: Query, migrated_postgres: psycopg.Connection[Any]
) -> None:
    sql = translated(query.postgres or query.sql)
    nothing = dict.fromkeys(re.findall(r"%\((\w+)\)s", sql))
    migrated_postgres.execute(f"EXPLAIN {sql}".encode(), nothing).fetchall()


@pytest.mark.parametrize("query", every_query(), ids=label)
def test_a_query_keeps_to_the_language_both_engines_share(query: Query) -> None:
    bare = re.sub(r"'[^']*'|/\*.*?\*/|--[^\n]*", "", query.sql, flags=re.DOTALL)
    assert "::" not in bare
    assert "?" not in bare
    assert not re.search(r"\bINSERT OR\b|\bREPLACE INTO\b", bare, re.IGNORECASE)


def test_the_format() -> None:
    found = parse_queries(
        "-- Words of the whole file.\n\n"
        "-- name: one\n-- First half,\n-- second half.\n\nSELECT 1 -- here\nFROM a;\n\n"
        "-- name: two\n-- A sentence.\nSELECT 2\n",
        HERE,
    )
    assert found == {
        "one": Query("one", "SELECT 1 -- here\nFROM a", "First half, second half.", HERE),
        "two": Query("two", "SELECT 2", "A sentence.", HERE),
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("-- name: a\nSELECT 1", "needs a sentence"),
        ("-- name: a\n-- A sentence.\n", "needs a sentence and a statement"),
        ("-- name: a\n-- S.\nSELECT 1\n-- name: a\n-- S.\nSELECT 1", "two queries are named a"),
        ("SELECT 1", "before the first"),
    ],
)
def test_a_file_that_breaks_the_format_does_not_load(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_queries(text, HERE)


def test_queries_are_attributes_of_their_store(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text("-- name: a\n-- S.\nSELECT 1;\n")
    queries: Any = load_queries(str(tmp_path / "store.py"))
    assert queries.a.sql == "SELECT 1"
    with pytest.raises(AttributeError, match="no query is named b"):
        _ = queries.b


ONE = "-- name: a\n-- S.\nSELECT 1;\n"


def test_postgresql_may_go_another_way(tmp_path: Path) -> None:
    (tmp_path / "queries.sql").write_text(ONE)
    (tmp_path / "queries.postgres.sql").write_text(ONE.replace("1", "2"))
    queries: Any = load_queries(str(tmp_path / "store.py"))
    assert (queries.a.sql, queries.a.postgres) == ("SELECT 1", "SELECT 2")
    (tmp_path / "queries.postgres.sql").write_text(ONE + ONE.replace("name: a", "name: b"))
    with pytest.raises(ValueError, match="same queries"):
        load_queries(str(tmp_path / "store.py"))


@pytest.mark.parametrize(
    ("sql", "there"),
    [
        ("SELECT :a, :a_b", "SELECT %(a)s, %(a_b)s"),
        ("SELECT ':a %' || \":b\" || 'it''s :c'", "SELECT ':a %%' || \":b\" || 'it''s :c'"),
        ("SELECT 5 % 2 -- :a 'b\n, :c", "SELECT 5 %% 2  \n, %(c)s"),
        (
            "SELECT 1 /* :a */ LIMIT 1 /*postgres: FOR UPDATE SKIP LOCKED */",
            "SELECT 1   LIMIT 1  FOR UPDATE SKIP LOCKED ",
        ),
        ("SELECT CAST(:a AS TEXT), a::TEXT", "SELECT CAST(%(a)s AS TEXT), a::TEXT"),
    ],
)
def test_the_translation(sql: str, there: str) -> None:
    assert translated(sql) == there


def test_texts_of_a_migration_sort_byte_by_byte() -> None:
    assert (
        translated_migration("CREATE TABLE a (b TEXT, c TEXT NOT NULL) -- TEXT\n, d 'TEXT'")
        == 'CREATE TABLE a (b TEXT COLLATE "C", c TEXT COLLATE "C" NOT NULL) -- TEXT\n, d \'TEXT\''
    )

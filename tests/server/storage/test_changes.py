"""Which tables a query reads and changes, asked of the engine itself; what was changed since when."""

import sqlite3
from collections.abc import Iterator

import pytest

from server.storage.cascades import with_children
from server.storage.changes import Changes
from server.storage.migrate import migrate, read_migrations
from server.storage.queries import Query
from tests.server.storage.test_queries import every_query, label

CHANGES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)


class _Nothing(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


@pytest.fixture(scope="module")
def migrated() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, read_migrations())
    yield connection
    connection.close()


def _tables(connection: sqlite3.Connection) -> set[str]:
    """Without those that a full-text index keeps for itself: no query names them."""
    named = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    indexes = {
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'")
    }
    return {
        name
        for name in named
        if not name.startswith("sqlite_")
        and not any(name.startswith(f"{index}_") for index in indexes - {name})
    } | {"hub_terms_to_purge"}


def _touched(connection: sqlite3.Connection, query: Query) -> tuple[set[str], set[str]]:
    """What SQLite asks permission for when it compiles the statement: tables read, tables changed."""
    tables, read, changed = _tables(connection), set[str](), set[str]()

    def permit(act: int, first: str | None, _column: str | None, _base: str | None, _by: str | None) -> int:
        if first in tables:
            if act == sqlite3.SQLITE_READ:
                read.add(first)
            elif act in CHANGES:
                changed.add(first)
        return sqlite3.SQLITE_OK

    connection.set_authorizer(permit)
    try:
        connection.execute(f"EXPLAIN {query.sql}", _Nothing()).fetchall()
    finally:
        connection.set_authorizer(None)
    return read, changed


@pytest.mark.parametrize("query", every_query(), ids=label)
def test_a_query_says_what_the_engine_reads_and_changes(query: Query, migrated: sqlite3.Connection) -> None:
    read, changed = _touched(migrated, query)
    # What a statement changes it may read as well; whoever only reads has none of it.
    assert read <= query.reads | query.writes
    migrated.execute("PRAGMA foreign_keys = ON")
    try:
        # Now with what the engine deletes on its own.
        changed |= _touched(migrated, query)[1]
    finally:
        migrated.execute("PRAGMA foreign_keys = OFF")
    assert changed <= query.writes
    assert bool(query.writes) == bool(changed)


def test_all_that_goes_with_a_deleted_row_is_changed_too(migrated: sqlite3.Connection) -> None:
    """By the engine's own list of references; a table that loses its rows loses those of its own children as well."""
    for table in _tables(migrated):
        for reference in migrated.execute(f"PRAGMA foreign_key_list({table})"):
            parent, on_update, on_delete = reference[2], reference[5], reference[6]
            assert on_update == "NO ACTION"
            assert (table in with_children([parent])) == (on_delete != "NO ACTION" or table == parent)
    assert with_children(["initiatives"]) >= {"initiative_links", "hub_applications", "hub_application_steps"}
    assert with_children(["blocks"]) == {"blocks"}


def test_a_deletion_is_a_change_of_the_children() -> None:
    query = next(query for query in every_query() if "DELETE FROM initiatives" in query.sql)
    assert {"initiatives", "initiative_links"} <= query.writes


def test_what_changed_after_a_commit_is_known_table_by_table() -> None:
    changes = Changes()
    assert not changes.since(0, ["calls"])
    changes.add(["calls"])
    before = changes.number
    changes.add([])
    assert changes.number == before
    changes.add(["blocks", "moves"])
    assert changes.since(0, ["calls"])
    assert not changes.since(before, ["calls", "initiatives"])
    assert changes.since(before, ["calls", "moves"])

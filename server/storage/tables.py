"""What the tables are, for moving all of their rows: names, columns and keys, parents before children."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.storage.database import Row, Transaction
from server.storage.migrate import migrate, read_migrations
from server.storage.queries import Query

DERIVED = frozenset({"migrations", "hub_searchable", "hub_terms_to_purge"})
"""Made anew by each engine: who applied which migration, and the words of the search (its terms are no plain table)."""


@dataclass(frozen=True, slots=True)
class Table:
    """`key` are the columns of its primary key, in whose order its rows travel.

    Its statements are put together from names of our own schema alone, hence the exceptions from S608.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    def page(self, tx: Transaction, after: Row | None, limit: int) -> list[Row]:
        """The next rows in the order of the key, after the one given."""
        key = ", ".join(self.key)
        beyond = (
            "" if after is None else f"WHERE ({key}) > ({', '.join(f':{column}' for column in self.key)})"
        )
        sql = f"SELECT {', '.join(self.columns)} FROM {self.name} {beyond} ORDER BY {key} LIMIT :limit"  # noqa: S608
        values = {} if after is None else {name: after[name] for name in self.key}
        return tx.all(self._query("page", sql), limit=limit, **values)

    def count(self, tx: Transaction) -> int:
        row = tx.one(self._query("count", f"SELECT COUNT(*) AS n FROM {self.name}"))  # noqa: S608
        return int(row["n"]) if row else 0

    def insert(self, tx: Transaction, rows: Sequence[Row]) -> None:
        names = ", ".join(self.columns)
        values = ", ".join(f":{column}" for column in self.columns)
        sql = f"INSERT INTO {self.name} ({names}) VALUES ({values})"  # noqa: S608
        tx.run_many(self._query("insert", sql), rows)

    def _query(self, what: str, sql: str) -> Query:
        return Query(f"{what}_{self.name}", sql, f"Moves the rows of {self.name}.", Path(__file__))


def all_tables() -> list[Table]:
    """Those whose rows are an instance's own; who is referred to comes before who refers."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, read_migrations())
        names = [
            str(name)
            for _, name, kind, *_ in connection.execute("PRAGMA table_list").fetchall()
            if kind == "table" and not str(name).startswith("sqlite_") and name not in DERIVED
        ]
        found = {name: _table(connection, name) for name in sorted(names)}
        parents = {name: _parents(connection, name) for name in found}
    finally:
        connection.close()
    ordered: list[Table] = []
    placed: set[str] = set()
    while len(ordered) < len(found):
        ready = [name for name in found if name not in placed and parents[name] <= placed]
        if not ready:
            raise ValueError(f"these tables refer to each other in a circle: {sorted(found.keys() - placed)}")
        ordered += [found[name] for name in ready]
        placed.update(ready)
    return ordered


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = connection.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
    key = sorted((place, column) for column, place in columns if place)
    return Table(name, tuple(column for column, _ in columns), tuple(column for _, column in key))


def _parents(connection: sqlite3.Connection, name: str) -> frozenset[str]:
    rows = connection.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (name,)).fetchall()
    return frozenset(str(parent) for (parent,) in rows) - {name}

"""What a database says of itself while an import fills it: how many rows of each table are in."""

from pathlib import Path

from server.storage.database import Damaged, Transaction
from server.storage.queries import Query

_BEGUN = "import"
_PATH = Path(__file__)
_FIND = Query("find", "SELECT value FROM counters WHERE name = :name", "How far a table has come.", _PATH)
_ADD = Query(
    "add",
    "INSERT INTO counters (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value",
    "So many rows more.",
    _PATH,
)
_FORGET = Query(
    "forget",
    "DELETE FROM counters WHERE name = 'import' OR name LIKE 'import of %'",
    "The import has ended.",
    _PATH,
)


def begin(tx: Transaction) -> None:
    tx.run(_ADD, name=_BEGUN, value=0)


def add(tx: Transaction, table: str, rows: int) -> None:
    """In the transaction that inserts them."""
    tx.run(_ADD, name=f"import of {table}", value=rows)


def done(table: str, tx: Transaction) -> int:
    row = tx.one(_FIND, name=f"import of {table}")
    return int(row["value"]) if row else 0


def end(tx: Transaction) -> None:
    tx.run(_FORGET)


def is_unfinished(tx: Transaction) -> bool:
    return tx.one(_FIND, name=_BEGUN) is not None


def require_whole(tx: Transaction) -> None:
    """Raises `Damaged` for a database that an import has not filled yet."""
    if is_unfinished(tx):
        raise Damaged(
            "An import into this database was interrupted: give the same `antipole import` again to finish it."
        )

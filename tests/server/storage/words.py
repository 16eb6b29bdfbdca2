"""Units of work on the table that `conftest.py` makes."""

from collections.abc import Callable
from pathlib import Path

from server.storage.database import Transaction
from server.storage.queries import Query


def query(sql: str) -> Query:
    return Query("test", sql, "Only for this test.", Path("test"))


CREATE = query("CREATE TABLE words (word TEXT NOT NULL UNIQUE)")
INSERT = query("INSERT INTO words (word) VALUES (:word)")
ALL = query("SELECT word FROM words ORDER BY word")


def add(word: str) -> Callable[[Transaction], int]:
    return lambda tx: tx.run(INSERT, word=word)


def words(tx: Transaction) -> list[str]:
    return [row["word"] for row in tx.all(ALL)]

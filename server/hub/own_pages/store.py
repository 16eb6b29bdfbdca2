"""Rows of `hub_pages`."""

from datetime import datetime

from server.clock import from_millis, millis
from server.hub.own_pages.model import Written
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def page(tx: Transaction, name: str, language: str) -> Written | None:
    row = tx.one(QUERIES.page, name=name, language=language)
    return None if row is None else _read(row)


def languages_of(tx: Transaction, name: str) -> set[str]:
    return {row["language"] for row in tx.all(QUERIES.languages_of, name=name)}


def all_pages(tx: Transaction) -> list[Written]:
    return [_read(row) for row in tx.all(QUERIES.all_pages)]


def save(tx: Transaction, name: str, language: str, text: str, now: datetime) -> None:
    tx.run(QUERIES.save, name=name, language=language, text=text, now=millis(now))


def forget(tx: Transaction, name: str, language: str) -> bool:
    """False when it was not written."""
    return tx.run(QUERIES.forget, name=name, language=language) > 0


def _read(row: Row) -> Written:
    return Written(row["name"], row["language"], row["text"], from_millis(row["updated_at"]))

"""Rows of `hub_searchable` and the terms under their numbers."""

from dataclasses import dataclass
from typing import Any

from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


@dataclass(frozen=True, slots=True)
class Hit:
    """An initiative, or one of its calls."""

    actor_id: str
    call_uri: str | None


def put(tx: Transaction, hit: Hit, title: str, words: str) -> None:
    """Title and words as `model.indexed` makes them; they replace older ones."""
    named: dict[str, Any] = {"actor_id": hit.actor_id}
    if hit.call_uri is None:
        row = tx.one(QUERIES.number_of_initiative, **named)
    else:
        row = tx.one(QUERIES.number_of_call, **named, call_uri=hit.call_uri)
    assert row is not None  # RETURNING answers in either case
    number = row["number"]
    if tx.run(QUERIES.delete_terms, number=number):
        tx.run(QUERIES.owe_purge)
    tx.run(QUERIES.insert_terms, number=number, title=title, words=words)


def drop_call(tx: Transaction, call_uri: str) -> None:
    tx.run(QUERIES.delete_terms_of_call, call_uri=call_uri)
    if tx.run(QUERIES.delete_call, call_uri=call_uri):
        tx.run(QUERIES.owe_purge)


def drop_all_of(tx: Transaction, actor_id: str) -> None:
    """The initiative and its calls."""
    tx.run(QUERIES.delete_terms_of_actor, actor_id=actor_id)
    if tx.run(QUERIES.delete_actor, actor_id=actor_id):
        tx.run(QUERIES.owe_purge)


def purge(tx: Transaction) -> bool:
    """Merges the index if something was deleted from it since the last time; False when nothing was."""
    if not tx.run(QUERIES.settle_purge):
        return False
    tx.run(QUERIES.merge_terms)
    return True


def search(tx: Transaction, match: str, limit: int, offset: int) -> list[Hit]:
    """`match` comes from `model.match_of` and nowhere else."""
    rows = tx.all(QUERIES.search, match=match, limit=limit, offset=offset)
    return [Hit(row["actor_id"], row["call_uri"]) for row in rows]


def count(tx: Transaction, match: str) -> int:
    row = tx.one(QUERIES.count_found, match=match)
    return 0 if row is None else int(row["found"])


def initiatives_without_words(tx: Transaction) -> list[str]:
    return [row["actor_id"] for row in tx.all(QUERIES.initiatives_without_words)]


def calls_without_words(tx: Transaction) -> list[str]:
    return [row["uri"] for row in tx.all(QUERIES.calls_without_words)]

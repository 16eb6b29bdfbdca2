"""Counts: rows that are there, and what retention took away."""

from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def add_to_counter(tx: Transaction, name: str, amount: int) -> None:
    if amount:
        tx.run(QUERIES.add_to_counter, name=name, amount=amount)


def counts(tx: Transaction) -> dict[str, int]:
    """Followers, activities and deliveries since the instance began; wings add what is theirs."""
    pruned = {row["name"]: row["value"] for row in tx.all(QUERIES.counters)}
    followers = tx.one(QUERIES.count_followers)
    received = tx.one(QUERIES.count_received)
    deliveries = {row["state"]: row["n"] for row in tx.all(QUERIES.count_deliveries)}
    here = {
        "followers": followers["n"] if followers else 0,
        "activities_received": received["received"] if received else 0,
        "activities_processed": received["processed"] if received else 0,
        "deliveries_pending": deliveries.get("pending", 0),
        "deliveries_done": deliveries.get("done", 0),
        "deliveries_failed": deliveries.get("failed", 0),
    }
    return {name: number + pruned.get(name, 0) for name, number in here.items()}

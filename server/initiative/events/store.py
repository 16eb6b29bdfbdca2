"""Events in numbers."""

from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def servers_reading_events(tx: Transaction, actor_id: str) -> int:
    """Of the servers that follow the initiative: those that are sent an Event instead of a Note."""
    row = tx.one(QUERIES.servers_reading_events, actor_id=actor_id)
    return row["n"] if row else 0

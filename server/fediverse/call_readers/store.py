"""Readers of calls in and out of storage: inboxes of servers, never of a person."""

from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

MOST_READERS = 2_000


def remember(tx: Transaction, call_uri: str, inbox: str, origin: str, *, most: int = MOST_READERS) -> bool:
    """False when it was remembered before, when the call has enough of them, and when it is no call any more."""
    return tx.run(QUERIES.remember, call_uri=call_uri, inbox=inbox, origin=origin, most=most) > 0


def is_remembered(tx: Transaction, call_uri: str, inbox: str) -> bool:
    return tx.one(QUERIES.is_remembered, call_uri=call_uri, inbox=inbox) is not None


def inboxes_of(tx: Transaction, call_uri: str) -> list[tuple[str, str]]:
    """Pairs (inbox, origin), as `outbox.publish` takes recipients."""
    return [(row["inbox"], row["origin"]) for row in tx.all(QUERIES.inboxes_of, call_uri=call_uri)]


def forget(tx: Transaction, call_uri: str) -> None:
    """After its Delete is on the way."""
    tx.run(QUERIES.forget, call_uri=call_uri)

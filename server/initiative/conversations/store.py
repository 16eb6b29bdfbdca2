"""Ids of shown replies, oldest first."""

from dataclasses import dataclass
from typing import Final

from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


@dataclass(frozen=True, slots=True)
class Position:
    """A reply in the order of the conversation; `published` in milliseconds."""

    published: int
    id: str


BEGINNING: Final = Position(-1, "")


def replies_after(tx: Transaction, call_uri: str, after: Position, limit: int) -> list[Position]:
    rows = tx.all(
        QUERIES.replies_after, call_uri=call_uri, published_at=after.published, id=after.id, limit=limit
    )
    return [Position(row["published_at"], row["id"]) for row in rows]

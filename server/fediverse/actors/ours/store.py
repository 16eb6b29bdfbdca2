"""Local actors in and out of storage. Their documents are kept as served, byte for byte."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.clock import millis
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

Kind = Literal["instance", "initiative", "hub"]


class HandleTaken(Exception):
    """The handle, or the id, belongs or belonged to an actor of this instance."""


@dataclass(frozen=True, slots=True)
class LocalActor:
    """`document` is the JSON text that is served: the actor, or its Tombstone when `deleted`."""

    id: str
    kind: Kind
    handle: str
    deleted: bool
    document: str


def insert_local(
    tx: Transaction, actor_id: str, kind: Kind, handle: str, document: str, now: datetime
) -> None:
    """Raises `HandleTaken`, also for a handle whose actor was deleted."""
    added = tx.run(
        QUERIES.insert_actor,
        id=actor_id,
        kind=kind,
        handle=handle.lower(),
        document=document,
        now=millis(now),
    )
    if not added:
        raise HandleTaken(handle)


def by_handle(tx: Transaction, handle: str) -> LocalActor | None:
    """Upper and lower case are one handle, as on Mastodon."""
    return _actor(tx.one(QUERIES.actor_by_handle, handle=handle.lower()))


def by_id(tx: Transaction, actor_id: str) -> LocalActor | None:
    return _actor(tx.one(QUERIES.actor_by_id, id=actor_id))


def all_local(tx: Transaction, kind: Kind) -> list[LocalActor]:
    """Those that are not deleted."""
    return [actor for row in tx.all(QUERIES.all_actors, kind=kind) if (actor := _actor(row))]


def replace_document(tx: Transaction, actor_id: str, document: str, now: datetime) -> bool:
    """False when there is no such living actor."""
    return tx.run(QUERIES.replace_document, id=actor_id, document=document, now=millis(now)) > 0


def bury(tx: Transaction, actor_id: str, tombstone: str, now: datetime) -> bool:
    """From now on its address answers 410: peers delete what they have of it, and there is no way back.

    False when there is no such living actor.
    """
    return tx.run(QUERIES.bury, id=actor_id, document=tombstone, now=millis(now)) > 0


def _actor(row: Row | None) -> LocalActor | None:
    if row is None:
        return None
    return LocalActor(row["id"], row["kind"], row["handle"], row["state"] == "deleted", row["document"])

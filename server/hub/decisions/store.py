"""Rows of `hub_decisions`, to which is only added, and of their details, which can be erased."""

from collections.abc import Iterator
from datetime import datetime

from server.clock import from_millis, millis
from server.hub.decisions.model import FIRST, Decision, Entry, Kept, Link
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def head(tx: Transaction) -> tuple[int, str]:
    """The newest entry's number and hash."""
    row = tx.one(QUERIES.head)
    return (0, FIRST) if row is None else (int(row["number"]), str(row["hash"]))


def add(tx: Transaction, link: Link, salt: str, decision: Decision) -> None:
    tx.run(
        QUERIES.add_link,
        number=link.number,
        at=millis(link.at),
        act=link.act,
        commitment=link.commitment,
        previous=link.previous,
        hash=link.hash,
    )
    tx.run(
        QUERIES.add_details,
        number=link.number,
        salt=salt,
        decided_by=decision.by,
        actor_id=decision.actor_id,
        handle=decision.handle,
        name=decision.name,
        about=decision.about,
        reason=decision.reason,
    )
    tx.run(QUERIES.note_head, number=link.number, hash=link.hash)


def chain(tx: Transaction) -> Iterator[tuple[Kept, int]]:
    """From the first entry on, each with its time in milliseconds as it is stored."""
    for row in tx.all(QUERIES.chain):
        yield Kept(_link(row), _decision(row), row["salt"] or ""), int(row["at"])


def page(tx: Transaction, act: str | None, before: int | None, limit: int) -> list[Entry]:
    return [_entry(row) for row in tx.all(QUERIES.page, act=act, before=before, limit=limit)]


def about_actor(tx: Transaction, actor_id: str, limit: int) -> list[Entry]:
    return [_entry(row) for row in tx.all(QUERIES.about_actor, actor_id=actor_id, limit=limit)]


def public_page(tx: Transaction, before: int | None, limit: int) -> list[Entry]:
    return [_entry(row) for row in tx.all(QUERIES.public_page, before=before, limit=limit)]


def erase_actor(tx: Transaction, actor_id: str) -> None:
    tx.run(QUERIES.erase_actor, actor_id=actor_id)


def erase_old(tx: Transaction, *, refused_before: datetime, before: datetime) -> int:
    return tx.run(QUERIES.erase_old, refused_before=millis(refused_before), before=millis(before))


def _link(row: Row) -> Link:
    return Link(
        row["number"], from_millis(row["at"]), row["act"], row["commitment"], row["previous"], row["hash"]
    )


def _decision(row: Row) -> Decision | None:
    if row["decided_by"] is None:
        return None
    return Decision(
        act=row["act"],
        by=row["decided_by"],
        reason=row["reason"],
        actor_id=row["actor_id"],
        handle=row["handle"],
        name=row["name"],
        about=row["about"],
    )


def _entry(row: Row) -> Entry:
    return Entry(_link(row), _decision(row), row["state"] == "listed")

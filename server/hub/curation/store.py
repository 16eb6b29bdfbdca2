"""What a curator wished for an initiative that has not applied yet, and what was found about those who have."""

from collections.abc import Iterable
from datetime import datetime

from server.clock import from_millis, millis
from server.fediverse.wire import from_text, to_text
from server.hub.curation.model import WISH_LIFE, Examination, Finding, Wish
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def save_wish(tx: Transaction, target: str, wish: Wish, now: datetime) -> None:
    tx.run(
        QUERIES.save_wish,
        target=target,
        wish=wish.wish,
        reason=wish.reason,
        expires_at=millis(now + WISH_LIFE),
    )


def take_wish(tx: Transaction, actor_id: str, handle: str, now: datetime) -> Wish | None:
    """The wish for an account by its id or its handle; it is spent by this."""
    row = tx.one(QUERIES.wish_for, actor_id=actor_id, handle=handle.lower(), now=millis(now))
    if row is None:
        return None
    tx.run(QUERIES.forget_wishes_for, actor_id=actor_id, handle=handle.lower())
    return Wish(row["wish"], row["reason"])


def forget_expired(tx: Transaction, now: datetime) -> int:
    return tx.run(QUERIES.forget_expired, now=millis(now))


def save_examination(tx: Transaction, actor_id: str, examination: Examination) -> None:
    findings = [[found.question, found.answer, found.about] for found in examination.findings]
    tx.run(
        QUERIES.save_examination,
        actor_id=actor_id,
        examined_at=millis(examination.at),
        findings=to_text({"findings": findings}),
    )


def examination_of(tx: Transaction, actor_id: str) -> Examination | None:
    row = tx.one(QUERIES.examination_of, actor_id=actor_id)
    if row is None:
        return None
    return Examination(
        from_millis(row["examined_at"]),
        tuple(Finding(*found) for found in from_text(row["findings"])["findings"]),
    )


def forget_examination(tx: Transaction, actor_id: str) -> None:
    tx.run(QUERIES.forget_examination, actor_id=actor_id)


def save_previews(tx: Transaction, actor_id: str, calls: Iterable[tuple[str, bytes]]) -> None:
    """(address, bytes of the Note) of each; what was there before goes."""
    tx.run(QUERIES.forget_previews, actor_id=actor_id)
    rows = [{"actor_id": actor_id, "uri": uri, "document": body.decode()} for uri, body in calls]
    tx.run_many(QUERIES.preview_call, rows)


def previewed_calls(tx: Transaction, actor_id: str) -> list[bytes]:
    return [row["document"].encode() for row in tx.all(QUERIES.previewed_calls, actor_id=actor_id)]


def forget_previews(tx: Transaction, actor_id: str) -> None:
    tx.run(QUERIES.forget_previews, actor_id=actor_id)

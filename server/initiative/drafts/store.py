"""Drafts in and out of storage."""

from datetime import datetime
from typing import Any

from server.clock import from_millis, millis
from server.initiative.calls.model import Draft
from server.initiative.drafts.model import KeptDraft
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def insert(
    tx: Transaction, draft_id: str, actor_id: str, call_uri: str | None, words: Draft, now: datetime
) -> None:
    tx.run(
        QUERIES.insert_draft,
        draft_id=draft_id,
        actor_id=actor_id,
        call_uri=call_uri,
        now=millis(now),
        **_values(words),
    )


def update(tx: Transaction, draft_id: str, actor_id: str, version: int, words: Draft, now: datetime) -> bool:
    """False when it has another version by now, or is gone."""
    changed = tx.run(
        QUERIES.update_draft,
        draft_id=draft_id,
        actor_id=actor_id,
        version=version,
        now=millis(now),
        **_values(words),
    )
    return changed > 0


def find(tx: Transaction, actor_id: str, draft_id: str) -> KeptDraft | None:
    row = tx.one(QUERIES.draft, draft_id=draft_id, actor_id=actor_id)
    return None if row is None else _draft(row)


def edit_of(tx: Transaction, actor_id: str, call_uri: str) -> KeptDraft | None:
    row = tx.one(QUERIES.draft_of_call, call_uri=call_uri, actor_id=actor_id)
    return None if row is None else _draft(row)


def of_initiative(tx: Transaction, actor_id: str) -> list[KeptDraft]:
    """What changed last comes first."""
    return [_draft(row) for row in tx.all(QUERIES.drafts_of, actor_id=actor_id)]


def count(tx: Transaction, actor_id: str) -> int:
    row = tx.one(QUERIES.count_drafts, actor_id=actor_id)
    return row["n"] if row else 0


def delete(tx: Transaction, actor_id: str, draft_id: str) -> bool:
    return tx.run(QUERIES.delete_draft, draft_id=draft_id, actor_id=actor_id) > 0


def forget_edits(tx: Transaction, call_uri: str) -> None:
    tx.run(QUERIES.forget_edits, call_uri=call_uri)


def _values(words: Draft) -> dict[str, Any]:
    return {
        "title": words.title,
        "text": words.text,
        "kind": words.kind,
        "size": words.size,
        "language": words.language,
        "themes": " ".join(words.themes),
        "start": words.start,
        "deadline": words.deadline,
        "link": words.link,
        "place": words.place,
        "as_event": int(words.as_event),
    }


def _draft(row: Row) -> KeptDraft:
    words = Draft(
        title=row["title"],
        text=row["text"],
        kind=row["kind"],
        size=row["size"],
        language=row["language"],
        themes=tuple(row["themes"].split()),
        start=row["start"],
        deadline=row["deadline"],
        link=row["link"],
        place=row["place"],
        as_event=bool(row["as_event"]),
    )
    return KeptDraft(
        row["draft_id"],
        row["actor_id"],
        row["call_uri"],
        row["version"],
        words,
        from_millis(row["changed_at"]),
    )

"""Calls in and out of storage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.clock import from_millis, millis
from server.documents.call import Call
from server.initiative.calls.model import KeptCall, Withdrawn
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def insert_call(tx: Transaction, kept: KeptCall) -> None:
    tx.run(QUERIES.insert_call, **_values(kept), published_at=millis(kept.call.published))


def update_call(tx: Transaction, kept: KeptCall) -> None:
    values = _values(kept)
    del values["actor_id"]
    tx.run(QUERIES.update_call, **values)


def wipe_call(tx: Transaction, uri: str, tombstone: str, event: str | None, now: datetime) -> None:
    """`event`: the Tombstone of its Event, if it ever had one."""
    tx.run(QUERIES.wipe_call, uri=uri, document=tombstone, event_document=event, updated_at=millis(now))


def find(tx: Transaction, uri: str) -> KeptCall | Withdrawn | None:
    """The call at an address of ours; None if there never was one."""
    row = tx.one(QUERIES.call_by_uri, uri=uri)
    if row is None:
        return None
    if row["state"] == "withdrawn":
        return Withdrawn(row["uri"], row["actor_id"], row["document"], row["event_document"])
    return _kept(row)


def calls_of(tx: Transaction, actor_id: str) -> list[KeptCall]:
    """Open and closed ones, newest first."""
    return [_kept(row) for row in tx.all(QUERIES.calls_of, actor_id=actor_id)]


def page(
    tx: Transaction,
    *,
    actor_id: str | None = None,
    state: str | None = None,
    theme: str | None = None,
    limit: int,
    offset: int = 0,
) -> list[Call]:
    """Open ones first, then the newest; None leaves a filter open."""
    wanted = {"state": state, "theme": theme, "limit": limit, "offset": offset}
    if actor_id is None:
        rows = tx.all(QUERIES.page_of_calls, **wanted)
    else:
        rows = tx.all(QUERIES.page_of_calls_of, actor_id=actor_id, **wanted)
    return [_call(row) for row in rows]


def latest(tx: Transaction, *, actor_id: str | None = None, limit: int) -> list[Call]:
    """What changed last, of one initiative or of all."""
    if actor_id is None:
        rows = tx.all(QUERIES.latest_calls, limit=limit)
    else:
        rows = tx.all(QUERIES.latest_calls_of, actor_id=actor_id, limit=limit)
    return [_call(row) for row in rows]


def count(tx: Transaction, *, theme: str | None = None) -> int:
    """Open and closed ones."""
    row = tx.one(QUERIES.count_all_calls) if theme is None else tx.one(QUERIES.count_calls, theme=theme)
    return row["n"] if row else 0


def count_of(tx: Transaction, actor_id: str, state: str) -> int:
    row = tx.one(QUERIES.count_calls_of, actor_id=actor_id, state=state)
    return row["n"] if row else 0


def _values(kept: KeptCall) -> dict[str, Any]:
    call = kept.call
    values: Mapping[str, Any] = {
        "uri": call.uri,
        "actor_id": call.actor_id,
        "state": call.state,
        "title": call.title,
        "text": call.text,
        "kind": call.kind,
        "size": call.size,
        "language": call.language,
        "themes": " ".join(call.themes),
        "start": call.start,
        "deadline": call.deadline,
        "link": call.link,
        "place": call.place,
        "updated_at": millis(call.updated),
        "document": kept.document,
        "as_event": int(call.as_event),
        "event_document": kept.event,
    }
    return dict(values)


def _kept(row: Row) -> KeptCall:
    return KeptCall(_call(row), row["document"], row["event_document"])


def _call(row: Row) -> Call:
    return Call(
        uri=row["uri"],
        actor_id=row["actor_id"],
        state=row["state"],
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
        published=from_millis(row["published_at"]),
        updated=from_millis(row["updated_at"]),
        as_event=bool(row["as_event"]),
    )

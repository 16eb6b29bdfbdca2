"""Rows of `hub_calls` and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from federation.fetching import Validators
from server.clock import from_millis, millis
from server.hub.calls.model import CallFilter, CallState, KeptCall
from server.hub.listings.model import short_id
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries
from server.storage.remembered import Remembered, Remembering

QUERIES = load_queries(__file__)

Position = tuple[int, str]
"""Where a page begins: (updated in milliseconds, short id) of the last item of the page before; while that one is
featured, the time is raised above all others."""

_FEATURED = 10**14
"""More than the milliseconds of any day until the year 5138."""


@dataclass(frozen=True, slots=True)
class PlacedCall:
    uri: str
    call_id: str
    title: str
    state: str
    language: str
    place: str


def by_uri(tx: Transaction, uri: str) -> KeptCall | None:
    row = tx.one(QUERIES.by_uri, uri=uri)
    return None if row is None else _read(row)


def by_call_id(tx: Transaction, call_id: str) -> KeptCall | None:
    row = tx.one(QUERIES.by_call_id, call_id=call_id)
    return None if row is None else _read(row)


def save(tx: Transaction, call: KeptCall, now: datetime) -> None:
    tx.run(
        QUERIES.save,
        uri=call.uri,
        call_id=call.call_id,
        actor_id=call.actor_id,
        state=call.state,
        document=call.document.decode(),
        updated_at=millis(call.updated),
        taken_at=millis(now),
        title=call.title,
        language=call.language,
        kind=call.kind,
        size=call.size,
        themes=" ".join(call.themes),
        place=call.place,
    )


def count_of(tx: Transaction, actor_id: str, state: CallState) -> int:
    return _number(tx.one(QUERIES.count_of, actor_id=actor_id, state=state))


def uris_of(tx: Transaction, actor_id: str, limit: int) -> list[str]:
    return [row["uri"] for row in tx.all(QUERIES.uris_of, actor_id=actor_id, limit=limit)]


def delete_call(tx: Transaction, uri: str) -> None:
    tx.run(QUERIES.delete_call, uri=uri)


def delete_calls_of(tx: Transaction, actor_id: str) -> None:
    tx.run(QUERIES.delete_calls_of, actor_id=actor_id)


def remember_erased(tx: Transaction, uri: str, actor_id: str, now: datetime) -> None:
    """Keeps no address, only the hashes of both."""
    tx.run(
        QUERIES.remember_erased,
        call_id=short_id(uri),
        listing_id=short_id(actor_id),
        erased_at=millis(now),
    )


def is_erased(tx: Transaction, call_id: str, by: str | None = None) -> bool:
    """Whether this call was deleted by the actor `by`, or by anyone."""
    listing_id = None if by is None else short_id(by)
    return tx.one(QUERIES.is_erased, call_id=call_id, listing_id=listing_id) is not None


def forget_erased(tx: Transaction, before: datetime) -> int:
    return tx.run(QUERIES.forget_erased, before=millis(before))


def validators_of(tx: Transaction, outbox: str, since: datetime) -> Validators | None:
    """What its server said when the outbox was read in full; None when that was before `since`."""
    row = tx.one(QUERIES.validators_of, url=outbox, since=millis(since))
    return None if row is None else Validators(row["etag"], row["last_modified"])


def save_validators(tx: Transaction, outbox: str, validators: Validators, now: datetime) -> None:
    tx.run(
        QUERIES.save_validators,
        url=outbox,
        etag=validators.etag,
        last_modified=validators.last_modified,
        now=millis(now),
    )


def forget_validators(tx: Transaction, before: datetime) -> int:
    return tx.run(QUERIES.forget_validators, before=millis(before))


def page(
    tx: Transaction, wanted: CallFilter, after: Position | None, limit: int, *, by_time: bool = False
) -> list[KeptCall]:
    """What is featured comes first, then what changed last; `by_time`: what changed last, featured or not."""
    rows: list[Row] = []
    before, before_id = after if after is not None else (None, None)
    if not by_time and (before is None or before >= _FEATURED):
        from_here = None if before is None else before - _FEATURED
        featured = QUERIES.featured_page
        rows = tx.all(featured, **_values(wanted), before=from_here, before_id=before_id, limit=limit)
        before = before_id = None
    if len(rows) < limit:
        place = {"before": before, "before_id": before_id, "with_featured": int(by_time)}
        rows += _rest(tx, wanted, place, limit - len(rows))
    return [_read(row) for row in rows]


def _rest(tx: Transaction, wanted: CallFilter, place: Mapping[str, Any], limit: int) -> list[Row]:
    """In the order of time. Without a state each of both is asked for: in one of them the engine walks an index."""
    if wanted.actor_id is not None:
        return tx.all(QUERIES.page_of_one, **_values(wanted), **place, limit=limit)
    values = _values(wanted)
    states = ("open", "closed") if wanted.state is None else (wanted.state,)
    rows = [
        row
        for state in states
        for row in tx.all(QUERIES.page, **values | {"state": state}, **place, limit=limit)
    ]
    return sorted(rows, key=lambda row: (row["updated_at"], row["call_id"]), reverse=True)[:limit]


def feature(tx: Transaction, uri: str, now: datetime) -> bool:
    """False when it was featured before."""
    return tx.run(QUERIES.feature, uri=uri, now=millis(now)) > 0


def unfeature(tx: Transaction, uri: str) -> bool:
    return tx.run(QUERIES.unfeature, uri=uri) > 0


def featured_uris(tx: Transaction) -> list[str]:
    """Open ones; who was put first last comes first."""
    return [row["call_uri"] for row in tx.all(QUERIES.featured_uris)]


def no_longer_featured(tx: Transaction) -> list[str]:
    """Those that ended or are not kept any more."""
    return [row["call_uri"] for row in tx.all(QUERIES.no_longer_featured)]


def count(tx: Transaction, wanted: CallFilter) -> int:
    return _number(tx.one(QUERIES.count_filtered, **_values(wanted)))


def remembered_count(remembered: Remembered, wanted: CallFilter) -> Remembering[int]:
    """The same without counting again while nothing has changed."""
    return remembered.ask(("calls", wanted), QUERIES.count_filtered.reads, partial(count, wanted=wanted))


def count_of_others(tx: Transaction) -> int:
    return _number(tx.one(QUERIES.count_of_others))


def placed(tx: Transaction) -> list[PlacedCall]:
    return [
        PlacedCall(row["uri"], row["call_id"], row["title"], row["state"], row["language"], row["place"])
        for row in tx.all(QUERIES.placed)
    ]


def count_unplaced(tx: Transaction) -> int:
    return _number(tx.one(QUERIES.count_unplaced))


def languages_in_use(tx: Transaction) -> list[str]:
    return [row["language"] for row in tx.all(QUERIES.languages_in_use)]


def position_of(call: KeptCall, *, by_time: bool = False) -> Position:
    """For the page that follows on this call, in the same order."""
    first = call.featured and not by_time
    return (millis(call.updated) + (_FEATURED if first else 0), call.call_id)


def _values(wanted: CallFilter) -> dict[str, Any]:
    return {
        "state": wanted.state,
        "actor_id": wanted.actor_id,
        "place": wanted.place,
        "theme": wanted.theme,
        "kind": wanted.kind,
        "size": wanted.size,
        "language": wanted.language,
    }


def _number(row: Row | None) -> int:
    return 0 if row is None else int(row["found"])


def _read(row: Row) -> KeptCall:
    return KeptCall(
        uri=row["uri"],
        call_id=row["call_id"],
        actor_id=row["actor_id"],
        state=row["state"],
        document=row["document"].encode(),
        updated=from_millis(row["updated_at"]),
        title=row["title"],
        language=row["language"],
        kind=row["kind"],
        size=row["size"],
        themes=tuple(row["themes"].split()),
        place=row["place"],
        featured=row["featured_at"] is not None,
    )

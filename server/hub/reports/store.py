"""Rows of `hub_reports`."""

from collections.abc import Sequence
from datetime import datetime

from server.clock import from_millis, millis
from server.hub.reports.model import Report, ReportState
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def insert(
    tx: Transaction, report_id: str, host: str, content: str, uris: Sequence[str], now: datetime
) -> bool:
    """False when it was kept before."""
    values = {"report_id": report_id, "host": host, "content": content}
    if not tx.run(QUERIES.insert_report, **values, now=millis(now)):
        return False
    tx.run_many(QUERIES.insert_object, [{"report_id": report_id, "uri": uri} for uri in uris])
    return True


def count_open(tx: Transaction) -> int:
    return _number(tx.one(QUERIES.count_open))


def count_open_of(tx: Transaction, host: str) -> int:
    return _number(tx.one(QUERIES.count_open_of, host=host))


def by_id(tx: Transaction, report_id: str) -> Report | None:
    row = tx.one(QUERIES.by_id, report_id=report_id)
    return None if row is None else _read(tx, row)


def newest(tx: Transaction, limit: int) -> list[Report]:
    return [_read(tx, row) for row in tx.all(QUERIES.newest, limit=limit)]


def close(tx: Transaction, report_id: str, state: ReportState, now: datetime) -> bool:
    """False when it was closed before."""
    return tx.run(QUERIES.close, report_id=report_id, state=state, now=millis(now)) > 0


def set_forwarded(tx: Transaction, report_id: str, now: datetime) -> bool:
    """False when it was passed on before."""
    return tx.run(QUERIES.set_forwarded, report_id=report_id, now=millis(now)) > 0


def forget(tx: Transaction, *, closed_before: datetime, open_before: datetime) -> int:
    return tx.run(QUERIES.forget, closed_before=millis(closed_before), open_before=millis(open_before))


def _read(tx: Transaction, row: Row) -> Report:
    return Report(
        report_id=row["report_id"],
        host=row["host"],
        content=row["content"],
        state=row["state"],
        received=from_millis(row["received_at"]),
        forwarded=None if row["forwarded_at"] is None else from_millis(row["forwarded_at"]),
        uris=tuple(found["uri"] for found in tx.all(QUERIES.objects_of, report_id=row["report_id"])),
    )


def _number(row: Row | None) -> int:
    return 0 if row is None else int(row["found"])

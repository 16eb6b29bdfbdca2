"""A report, as far as it is kept: what it is about, what it says, and from which server it came. Never who wrote it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

ReportState = Literal["open", "dismissed", "settled"]

MAX_CONTENT = 2_000
MAX_OBJECTS = 20
"""Of ours, kept of one report."""

MAX_OPEN_OF_HOST = 20
MAX_OPEN = 500
"""Reports that wait. Beyond these a new one is not kept: a server must not fill the queue, nor all of them together."""

CLOSED_KEPT = timedelta(days=90)
OPEN_KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Report:
    """`host` is the server that sent it; `uris` are the hub itself, initiatives or calls that are kept here."""

    report_id: str
    host: str
    content: str
    state: ReportState
    received: datetime
    forwarded: datetime | None
    uris: tuple[str, ...]

"""Time at the edges: aware UTC datetimes inside, BIGINT milliseconds in storage, ISO 8601 in documents."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SystemClock:
    """The machine's clock; tests pass one that is turned by hand. Fulfils `federation.ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def millis(moment: datetime) -> int:
    """Whole milliseconds since 1970 UTC, as storage keeps times."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    return EPOCH + timedelta(milliseconds=value)


def iso(moment: datetime) -> str:
    """`2026-11-23T08:00:00.123Z`.

    Always milliseconds: Mastodon compares `updated` at the precision sent, so that at whole seconds
    the second of two quick edits would be lost.
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

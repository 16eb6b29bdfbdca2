"""What software reads."""

from datetime import timedelta
from typing import Final, Literal, TypeAlias

Dialect: TypeAlias = Literal["note", "event"]

RELEARNED_AFTER: Final = timedelta(days=30)

# Those that show an Event with its date in a calendar (FEATURES 3). Not WordPress: it reads Events only with a plugin,
# the Event Bridge, of which NodeInfo says nothing, and without it drops them; a Note it always shows. Mastodon shows
# of an Event a title and a summary and ignores every edit of it.
EVENT_READERS: Final = frozenset({"friendica", "gancio", "hubzilla", "mobilizon"})


def dialect_of(software: str) -> Dialect:
    """For the name in NodeInfo, in lower case; "" for what is not known."""
    return "event" if software in EVENT_READERS else "note"

"""What happened, read from what is kept anyway: there is no log of who did what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.documents.call import Call
from server.documents.profile import Profile
from server.initiative.memberships.model import Step


@dataclass(frozen=True, slots=True)
class Event:
    """`words` is the call's title or the hub's name; `uri` the call's address, "" for others."""

    at: datetime
    kind: Literal["published", "changed", "closed", "listed", "refused", "removed", "profile", "began"]
    words: str
    language: str = ""
    uri: str = ""


def events(profile: Profile, calls: Iterable[Call], steps: Iterable[Step], limit: int) -> list[Event]:
    """The newest first."""
    found = [Event(profile.published, "began", profile.name)]
    if profile.updated > profile.published:
        found.append(Event(profile.updated, "profile", profile.name))
    for call in calls:
        found.append(Event(call.published, "published", call.title, call.language, call.uri))
        if call.updated > call.published:
            kind: Literal["closed", "changed"] = "closed" if call.state == "closed" else "changed"
            found.append(Event(call.updated, kind, call.title, call.language, call.uri))
    for step in steps:
        if step.state == "listed" or step.state == "refused" or step.state == "removed":
            found.append(Event(step.at, step.state, step.hub))
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit]

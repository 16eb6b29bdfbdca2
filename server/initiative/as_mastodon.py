"""What Mastodon makes of the very documents we send: what it keeps, hides and drops (FEATURES 3; PROTOCOL 2.4, 5.4).

Nothing of ours is looked at but the document: what is not in it does not show here either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.documents.rich_text import clean

PROMINENT: Final = 4
"""Fields beyond these are there, but nobody sees them at first sight."""
_BADGES: Final[Mapping[str, str]] = {"Application": "Automated", "Service": "Automated", "Group": "Group"}


@dataclass(frozen=True, slots=True)
class Field:
    """`value` is clean HTML."""

    name: str
    value: str
    prominent: bool


@dataclass(frozen=True, slots=True)
class Account:
    """`summary` is clean HTML; `badge` is "" for an Organization, as for a Person."""

    name: str
    handle: str
    summary: str
    fields: tuple[Field, ...]
    icon: str | None
    icon_alt: str
    badge: str


@dataclass(frozen=True, slots=True)
class Post:
    """`content` is clean HTML; `warning` folds the post behind itself; `language` is the one it is labelled with."""

    content: str
    language: str
    warning: str
    public: bool


def account(actor: Mapping[str, Any]) -> Account:
    """The profile that an actor document gives there."""
    icon = actor.get("icon") or {}
    rows = [entry for entry in actor.get("attachment", ()) if entry.get("type") == "PropertyValue"]
    return Account(
        name=str(actor.get("name") or actor["preferredUsername"]),
        handle=f"@{actor['webfinger']}",
        summary=clean(str(actor.get("summary") or "")),
        fields=tuple(
            Field(str(row["name"]), clean(str(row["value"])), number < PROMINENT)
            for number, row in enumerate(rows)
        ),
        icon=icon.get("url"),
        icon_alt=str(icon.get("name") or ""),
        badge=_BADGES.get(str(actor["type"]), ""),
    )


def post(note: Mapping[str, Any]) -> Post:
    """The status that a Note gives there: `content`, labelled by the first key of `contentMap`; `name` is dropped."""
    languages = note.get("contentMap") or {}
    first = next(iter(languages), "")
    return Post(
        content=clean(str(note.get("content") or languages.get(first) or "")),
        language=str(first),
        warning=str(note.get("summary") or ""),
        public=any(str(reader).endswith("#Public") for reader in note.get("to", ())),
    )

"""What somebody with a GoToSocial account sees of an actor and of a post."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ShownActor:
    """`account` is "name@domain" as WebFinger has the last word on it; `fields` are pairs of name and text."""

    id: str
    account: str
    inbox: str
    name: str
    fields: tuple[tuple[str, str], ...]
    icon: str | None
    is_group: bool


@dataclass(frozen=True, slots=True)
class ShownStatus:
    """`hashtags` are what its search by tag finds the post under."""

    id: str
    author: str
    content: str
    warning: str
    language: str | None
    hashtags: tuple[str, ...]
    published: datetime
    updated: datetime
    edited: bool = False
    boosted_by: str | None = None


def shown_actor(document: Mapping[str, Any], account: str) -> ShownActor:
    fields = [entry for entry in document.get("attachment", []) if entry["type"] == "PropertyValue"]
    icon = document.get("icon")
    return ShownActor(
        id=document["id"],
        account=account,
        inbox=document["inbox"],
        name=document.get("name") or document["preferredUsername"],
        fields=tuple((entry["name"], _plain(entry["value"])) for entry in fields),
        icon=icon["url"] if isinstance(icon, dict) else None,
        is_group=document["type"] == "Group",
    )


def shown_status(note: Mapping[str, Any]) -> ShownStatus:
    """The language is the first of `contentMap` whose text is the content's."""
    languages = [tag for tag, text in note.get("contentMap", {}).items() if text == note["content"]]
    tags = [tag for tag in note.get("tag", []) if tag.get("type") == "Hashtag"]
    published = datetime.fromisoformat(note["published"])
    return ShownStatus(
        id=note["id"],
        author=note["attributedTo"],
        content=_plain(note["content"]),
        warning=note.get("summary") or "",
        language=languages[0] if languages else None,
        hashtags=tuple(tag["name"].removeprefix("#").lower() for tag in tags),
        published=published,
        updated=datetime.fromisoformat(note.get("updated", note["published"])),
    )


def _plain(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html.replace("</p>", "\n").replace("<br>", "\n")).strip()

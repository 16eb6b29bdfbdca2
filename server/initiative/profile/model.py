"""What an initiative says of itself, and which handles it may have."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from server.documents.profile import MAX_LANGUAGES, MAX_NAME, MAX_SUMMARY, Profile
from server.feature import Refusal
from server.initiative.arguments import Arguments
from server.taxonomy.languages import parse_language
from server.taxonomy.themes import THEMES, parse_theme

MAX_HANDLE: Final = 30
# What Mastodon reads as a name in an address; anything else would be found here and nowhere else.
_HANDLE: Final = re.compile(r"[a-z0-9_]+([.-]+[a-z0-9_]+)*")
DETAILS: Final = ("name", "summary", "languages", "place", "themes", "links", "icon", "icon_alt")
DEFAULT_LANGUAGE: Final = "en"
RESERVED: Final = ("instance", "actor", "admin", "antipole")
"""The instance's own accounts, and what would be mistaken for one; the hub's handle comes on top."""


@dataclass(frozen=True, slots=True)
class Initiative:
    """An initiative of this instance. `icon_name` is the file in the media directory.

    `place_decided`: somebody chose the place, be it "undisclosed".
    """

    actor_id: str
    profile: Profile
    icon_name: str | None
    place_decided: bool = False

    @property
    def language(self) -> str:
        return self.profile.languages[0]


def read_handle(arguments: Arguments, reserved: Collection[str]) -> str:
    """Raises `Refusal` for what Mastodon could not find, and for names this instance needs itself."""
    handle = arguments.required("handle", 100).removeprefix("@")
    if not is_handle(handle):
        raise Refusal(
            f"“{handle[:60]}” cannot be a handle; use 1 to {MAX_HANDLE} of a-z, 0-9 and _, "
            "with dots or hyphens only between them."
        )
    if handle in reserved:
        raise Refusal(f"The handle “{handle}” belongs to this server itself; choose another one.")
    return handle


def is_handle(text: str) -> bool:
    """Whether every server finds an account of that name."""
    return len(text) <= MAX_HANDLE and _HANDLE.fullmatch(text) is not None


def read_new(arguments: Arguments, handle: str, page_url: str, now: datetime) -> tuple[Profile, list[str]]:
    """A new profile without its icon, and notes on the place. Raises `Refusal`."""
    empty = Profile(
        handle=handle,
        name=arguments.required("name", MAX_NAME),
        summary="",
        languages=(DEFAULT_LANGUAGE,),
        themes=(),
        place=None,
        links=(),
        icon=None,
        published=now,
        updated=now,
        page_url=page_url,
    )
    return read_edit(arguments, empty)


def read_edit(arguments: Arguments, profile: Profile) -> tuple[Profile, list[str]]:
    """The profile with what was given (all but the icon), and notes on the place. Raises `Refusal`."""
    notes: list[str] = []
    if "name" in arguments:
        profile = replace(profile, name=arguments.required("name", MAX_NAME))
    if "summary" in arguments:
        profile = replace(profile, summary=arguments.text("summary", MAX_SUMMARY, lines=True))
    if "languages" in arguments:
        languages = arguments.words("languages", parse_language, MAX_LANGUAGES)
        profile = replace(profile, languages=languages or (DEFAULT_LANGUAGE,))
    if "themes" in arguments:
        profile = replace(profile, themes=arguments.words("themes", parse_theme, len(THEMES)))
    if "place" in arguments:
        place, notes = arguments.place("place")
        profile = replace(profile, place=place)
    if "links" in arguments:
        profile = replace(profile, links=arguments.links("links"))
    return profile, notes

"""A decision, and the chain that makes a changed or missing one visible (SAFETY 2.3, TRU-08)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from federation.canonical import canonicalize
from server.taxonomy.words import N_

COMMAND_LINE: Final = N_("command line")
"""Who decides without an account: whoever has the server's shell."""

ACTS: Final[Mapping[str, str]] = {
    "admit": N_("Listed"),
    "refuse": N_("Refused"),
    "remove": N_("Removed"),
    "edit-listing": N_("Themes and place"),
    "feature": N_("Call featured"),
    "unfeature": N_("Call no longer featured"),
    "hold-back": N_("Announcement held back"),
    "let-go": N_("Announcement allowed again"),
    "announce-cap": N_("Announcements a day"),
    "block": N_("Blocked"),
    "import-blocks": N_("List of blocks taken over"),
    "lift-block": N_("Block lifted"),
    "dismiss-report": N_("Report dismissed"),
    "settle-report": N_("Report settled"),
    "forward-report": N_("Report passed on"),
    "edit-page": N_("Page edited"),
}
"""What can be decided, with its name on the screen."""

PAGE: Final = 40
FIRST: Final = "0" * 64
"""What stands before the first entry."""

REFUSED_KEPT: Final = timedelta(days=180)
KEPT: Final = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Decision:
    """`by` is an account's label. `actor_id`, `handle` and `name` are the initiative's, as they were at that time;
    `about` names what else it was about: a call, a page, what was blocked.
    """

    act: str
    by: str
    reason: str = ""
    actor_id: str = ""
    handle: str = ""
    name: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the chain. It says that something was decided; what, only the details say."""

    number: int
    at: datetime
    act: str
    commitment: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`decision` is None once its details were erased. `listed`: the initiative is in the directory now."""

    link: Link
    decision: Decision | None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it lies in storage, with the salt of its commitment: for the examination of the chain."""

    link: Link
    decision: Decision | None
    salt: str


def commitment_of(salt: str, decision: Decision) -> str:
    """Hides what it fixes: without the salt nobody can try names until one fits (SAFETY 5.7)."""
    said = {
        "about": decision.about,
        "actor": decision.actor_id,
        "by": decision.by,
        "handle": decision.handle,
        "name": decision.name,
        "reason": decision.reason,
        "salt": salt,
    }
    return hashlib.sha256(canonicalize(said)).hexdigest()


def hash_of(number: int, at: int, act: str, commitment: str, previous: str) -> str:
    """`at` in milliseconds, as it is stored."""
    said = {"act": act, "at": at, "commitment": commitment, "number": number, "previous": previous}
    return hashlib.sha256(canonicalize(said)).hexdigest()


def problems_of(chain: Iterable[tuple[Kept, int]], head: tuple[int, str]) -> list[str]:
    """What is wrong with a chain that is read from its first entry on; each comes with its time in milliseconds.

    `head` is the newest entry's number and hash, as they were noted apart.
    """
    found: list[str] = []
    number, previous = 0, FIRST
    for kept, at in chain:
        link = kept.link
        if link.number != number + 1:
            found.append(f"between entries {number} and {link.number} something is missing")
        elif link.previous != previous:
            found.append(f"entry {link.number} does not follow the one before it")
        if link.hash != hash_of(link.number, at, link.act, link.commitment, link.previous):
            found.append(f"entry {link.number} was changed")
        elif kept.decision is not None and link.commitment != commitment_of(kept.salt, kept.decision):
            found.append(f"what entry {link.number} says was changed")
        number, previous = link.number, link.hash
    if (number, previous) != head:
        found.append(f"the newest entry should be number {head[0]}")
    return found

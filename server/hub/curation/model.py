"""How a curator names an initiative, and what is found when one looks at an applicant."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from federation.documents import id_of

WISH_LIFE = timedelta(days=7)
"""How long an admission or refusal waits for an application that has not arrived."""

MAX_REASON = 500

LOOK_AFTER = timedelta(seconds=10)
"""How long after an application its links are fetched: who applies and leaves in circles, to have this hub knock at
somebody else's door, makes it knock a few times in ten seconds and no more."""

MAX_WAITING_OF_HOST = 20
MAX_WAITING = 500
"""Applications that wait for editors, of one server and of all."""

MAX_LINKS = 4
MAX_LINKED_PAGE = 256 * 1024
MAX_PREVIEWED = 5

ENDED_KEPT = timedelta(days=180)
"""How long it is remembered that somebody was refused or has left."""

_HANDLE = re.compile(
    r"@?([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@([a-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?)"
)

Question = Literal["profile", "proof", "handle", "discoverable", "indexable", "link", "same-address"]
Answer = Literal["yes", "no", "silent"]


@dataclass(frozen=True, slots=True)
class Wish:
    wish: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One question and its answer; `silent`: it could not be asked. `about`: a link, or the handle of another."""

    question: Question
    answer: Answer
    about: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, and when."""

    at: datetime
    findings: tuple[Finding, ...]


def target_of(text: str) -> str | None:
    """`@handle@host` in lower case, or an actor id as it stands; None if the text is neither."""
    text = text.strip()
    handle = _HANDLE.fullmatch(text.lower())
    if handle is not None:
        return f"@{handle[1]}@{handle[2]}"
    return id_of(text)

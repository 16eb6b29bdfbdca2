"""How a curator names an initiative."""

import re
from dataclasses import dataclass
from datetime import timedelta

from federation.documents import id_of

WISH_LIFE = timedelta(days=7)
"""How long an admission or refusal waits for an application that has not arrived."""

MAX_REASON = 500

_HANDLE = re.compile(
    r"@?([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@([a-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?)"
)


@dataclass(frozen=True, slots=True)
class Wish:
    wish: str
    reason: str


def target_of(text: str) -> str | None:
    """`@handle@host` in lower case, or an actor id as it stands; None if the text is neither."""
    text = text.strip()
    handle = _HANDLE.fullmatch(text.lower())
    if handle is not None:
        return f"@{handle[1]}@{handle[2]}"
    return id_of(text)

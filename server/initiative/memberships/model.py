"""What becomes of a wish to be listed by a hub."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from federation.addresses import NetworkPolicy
from federation.errors import FederationError, Gone, Malformed, Unreachable
from federation.webfinger import parse_handle
from server.documents.rich_text import is_web_link
from server.feature import Refusal
from server.taxonomy.words import N_

State = Literal["resolving", "asked", "waiting", "listed", "refused", "removed", "failed", "withdrawn"]

WORDS: Final[dict[State, str]] = {
    "resolving": N_("looking for the hub"),
    "asked": N_("asked, no answer yet"),
    "waiting": N_("received, waiting for the hub's people"),
    "listed": N_("listed"),
    "refused": N_("refused"),
    "removed": N_("no longer listed"),
    "failed": N_("failed"),
    "withdrawn": N_("taken back"),
}
UNDERWAY: Final[frozenset[State]] = frozenset({"resolving", "asked", "waiting"})
"""Somebody is still to answer."""


@dataclass(frozen=True, slots=True)
class Application:
    """`hub` as it was asked for; `hub_id` and `hub_handle` once it was found; `problem` is one sentence or ""."""

    actor_id: str
    hub: str
    state: State
    hub_id: str | None
    hub_handle: str
    hub_follow_id: str | None
    problem: str
    asked: datetime

    @property
    def can_be_left(self) -> bool:
        return self.state in UNDERWAY or self.state == "listed"

    @property
    def can_be_renewed(self) -> bool:
        return not self.can_be_left


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that became of a wish to be listed."""

    hub: str
    state: State
    problem: str
    at: datetime


def read_hub(text: str) -> str:
    """A handle as "@hub@host", or a web address as it is. Raises `Refusal`."""
    if "://" in text:
        if is_web_link(text):
            return text
    else:
        try:
            user, authority = parse_handle(text)
        except Malformed:
            pass
        else:
            return f"@{user}@{authority}"
    raise Refusal(f"“{text[:100]}” names no hub; write it as @hub@example.org or as its address https://....")


def require_reachable(hub: str, policy: NetworkPolicy) -> None:
    """Raises `Refusal` for what may never be asked whatever its name resolves to: localhost, other ports, numbers."""
    address = hub if not is_handle(hub) else f"https://{hub.rpartition('@')[2]}/"
    try:
        policy.check_url(address)
    except Unreachable:
        raise Refusal(
            f"“{hub[:100]}” is no public address; give the hub's full host name, or its address with https://."
        ) from None


def is_handle(hub: str) -> bool:
    return hub.startswith("@")


def problem_with(hub: str, error: FederationError) -> str:
    """One sentence for the initiative's people; `reason` is a word of ours, never the other side's."""
    if isinstance(error, Gone):
        return f"There is no account {hub}; check the spelling and apply again."
    if isinstance(error, Unreachable) and error.retry:
        return f"{hub} cannot be reached ({error.reason}); it is tried again for seven days."
    return f"{hub} cannot be asked ({error.reason}); check the address and apply again."


def not_a_hub(hub: str, actor_type: str) -> str:
    return (
        f"{hub} is not a hub but an account of type {actor_type}; ask for the hub's address and apply again."
    )

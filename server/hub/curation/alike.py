"""Names that could be taken for one another (CON-09): the same to the eye, or one letter off."""

from collections.abc import Iterable

from server.hub.listings.store import KnownListing
from server.taxonomy.confusables import skeleton

LONG_ENOUGH = 6
"""Shorter names differ in one letter all the time."""


def alike(actor_id: str, name: str, handle: str, others: Iterable[KnownListing]) -> list[KnownListing]:
    """Those of `others` whose name or handle looks like this one's."""
    own_name, own_handle = skeleton(name), skeleton(_user(handle))
    return [
        other
        for other in others
        if other.actor_id != actor_id
        and (
            (other.name and _close(own_name, skeleton(other.name)))
            or _close(own_handle, skeleton(_user(other.handle)))
        )
    ]


def _user(handle: str) -> str:
    return handle.removeprefix("@").partition("@")[0]


def _close(one: str, other: str) -> bool:
    if one == other:
        return one != ""
    if min(len(one), len(other)) < LONG_ENOUGH or abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    at = next((i for i, letter in enumerate(shorter) if longer[i] != letter), len(shorter))
    return longer[at + 1 :] == shorter[at if len(shorter) < len(longer) else at + 1 :]

"""FEP-8fcf: two servers compare, by one digest, who of the one follows an actor of the other.

A follow that only one side remembers (a lost Undo, a database restored from a backup) is found at the next post.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from federation.documents import MAX_URL_CHARACTERS
from federation.errors import Forbidden, Malformed
from federation.origins import same_origin

HEADER = "collection-synchronization"
MAX_HEADER_CHARACTERS = 3 * MAX_URL_CHARACTERS

# Possessive: a header that does not fit is refused in one pass, however long its runs of spaces.
_PARAMETER = re.compile(r'[ \t]*+([A-Za-z][A-Za-z0-9_-]*+)="([^"\\\x00-\x1f\x7f]*+)"[ \t]*+(,|\Z)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Synchronization:
    """What a sender says of its followers on the receiver's origin. `digest` is lower-case hex, 64 digits."""

    collection_id: str
    url: str
    digest: str


def digest_of(ids: Iterable[str]) -> str:
    """XOR of the SHA-256 of each id, as lower-case hex: the same for any order; zeros for nobody."""
    combined = 0
    for actor_id in ids:
        combined ^= int.from_bytes(hashlib.sha256(actor_id.encode()).digest(), "big")
    return f"{combined:064x}"


def format_header(synchronization: Synchronization) -> str:
    """The value of `Collection-Synchronization`."""
    return (
        f'collectionId="{synchronization.collection_id}", url="{synchronization.url}", '
        f'digest="{synchronization.digest}"'
    )


def parse_header(value: str, *, actor_id: str) -> Synchronization:
    """What `actor_id` says in the header. Raises `Malformed`, and `Forbidden` for an address of another origin:
    else anybody could have us ask a third server, or compare with a list that is not the actor's.

    Parameters come in any order, as Mastodon sends them; unknown ones are passed over.
    """
    if len(value) > MAX_HEADER_CHARACTERS:
        raise Malformed("bad-synchronization")
    found: dict[str, str] = {}
    position = 0
    while True:
        match = _PARAMETER.match(value, position)
        if match is None or match[1].lower() in found:
            raise Malformed("bad-synchronization")
        found[match[1].lower()] = match[2]
        position = match.end()
        if not match[3]:
            break
    collection_id, url = found.get("collectionid", ""), found.get("url", "")
    digest = found.get("digest", "").lower()
    if not _DIGEST.fullmatch(digest):
        raise Malformed("bad-synchronization")
    if not (same_origin(collection_id, actor_id) and same_origin(url, actor_id)):
        raise Forbidden("synchronization-elsewhere")
    return Synchronization(collection_id, url, digest)

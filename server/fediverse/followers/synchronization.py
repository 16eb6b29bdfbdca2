"""FEP-8fcf: telling another server which of its actors follow one of ours, by a digest and, when asked, by name.

The names of an origin's actors are told to that origin alone: it knows them already.
"""

from typing import Final

from federation.collection_synchronization import Synchronization, digest_of, format_header
from federation.documents import id_of, many
from server.fediverse.followers.store import QUERIES
from server.fediverse.uris import Uris
from server.fediverse.wire import from_text
from server.storage.database import Database, Transaction

MOST_AT_ONE_ORIGIN: Final = 5_000
"""More names make a document that no peer of ours reads; nothing is said of so many."""


def synchronization_address(uris: Uris, actor_id: str) -> str:
    return f"{uris.followers(actor_id)}_synchronization"


def followers_at(tx: Transaction, actor_id: str, origin: str) -> list[str] | None:
    """Ids of the actors of `origin` ("https://host[:port]") that follow one of ours; None when too many do."""
    rows = tx.all(QUERIES.followers_at, local_actor=actor_id, origin=origin, limit=MOST_AT_ONE_ORIGIN + 1)
    return None if len(rows) > MOST_AT_ONE_ORIGIN else [row["actor_id"] for row in rows]


async def synchronization_header(
    services_database: Database, uris: Uris, *, actor_id: str, document: str, inbox_origin: str
) -> str | None:
    """The value of `Collection-Synchronization` for a delivery to an inbox at `inbox_origin`.

    None unless `document` is a Create addressed to the followers of `actor_id` and somebody at that origin
    follows it. Asked at each sending: what a queued delivery said would be old.
    """
    collection_id = uris.followers(actor_id)
    activity = from_text(document)
    audience = [id_of(reader) for key in ("to", "cc") for reader in many(activity, key)]
    if activity.get("type") != "Create" or collection_id not in audience:
        return None
    ids = await services_database.read(lambda tx: followers_at(tx, actor_id, inbox_origin))
    if not ids:
        return None
    url = synchronization_address(uris, actor_id)
    return format_header(Synchronization(collection_id, url, digest_of(ids)))

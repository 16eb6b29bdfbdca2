"""What the hub says of calls: Announce by address, and its Undo (PROTOCOL 8.2)."""

from collections.abc import Mapping
from typing import Any

from federation.vocabulary import PUBLIC
from server.fediverse.uris import Uris


def announce(uris: Uris, hub: str, activity_id: str, call_uri: str, author: str) -> dict[str, Any]:
    """The object is an address, never an embedded copy: Mastodon fetches it from its origin anyway (IDC-07).

    The author in `cc` sees that the hub passed the call on.
    """
    return {
        "id": activity_id,
        "type": "Announce",
        "actor": hub,
        "object": call_uri,
        "to": [PUBLIC],
        "cc": [uris.followers(hub), author],
    }


def undo_announce(uris: Uris, hub: str, activity_id: str, call_uri: str, author: str) -> Mapping[str, Any]:
    return {
        "type": "Undo",
        "actor": hub,
        "object": {"id": activity_id, "type": "Announce", "actor": hub, "object": call_uri},
        "to": [PUBLIC],
        "cc": [uris.followers(hub), author],
    }

"""Ordered collections and their pages: what we publish, and how far we read other people's (PROTOCOL 6)."""

from collections.abc import Sequence
from typing import Any

from federation.documents import Json, JsonObject, id_of, many, type_of
from federation.errors import Forbidden, Malformed
from federation.fetching import DocumentSource
from federation.origins import same_origin
from federation.vocabulary import AS_CONTEXT

_COLLECTIONS = frozenset({"OrderedCollection", "Collection", "OrderedCollectionPage", "CollectionPage"})


def ordered_collection(
    collection_id: str, total: int | None, first: str | None = None, last: str | None = None
) -> JsonObject:
    """Without `first` its members are hidden: so Mastodon and GoToSocial read it. `total` None: not told."""
    document: JsonObject = {"@context": AS_CONTEXT, "id": collection_id, "type": "OrderedCollection"}
    document |= {
        key: value
        for key, value in (("totalItems", total), ("first", first), ("last", last))
        if value is not None
    }
    return document


def page(
    page_id: str, part_of: str, items: Sequence[Any], next: str | None = None, prev: str | None = None
) -> JsonObject:
    """One page; `items` are ids or whole objects, newest first."""
    document: JsonObject = {
        "@context": AS_CONTEXT,
        "id": page_id,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": list(items),
    }
    document |= {key: value for key, value in (("next", next), ("prev", prev)) if value is not None}
    return document


async def read_outbox(
    client: DocumentSource, outbox_url: str, *, max_pages: int = 20, max_items: int = 1000
) -> list[Json]:
    """The items of a remote collection as they stand: ids or embedded objects, none of them verified.

    RES-07: a collection may be endless, point back at itself or lead to another host. Each page is read once,
    on the collection's own origin, and what lies beyond the limits is left unread. Raises what the client
    raises.
    """
    head = (await client.fetch_document(outbox_url)).document
    if type_of(head) not in _COLLECTIONS:
        raise Malformed("not-a-collection")
    items = _items(head)[:max_items]
    visited = {outbox_url}
    following: Json = head.get("first") or head.get("next")
    for _ in range(max_pages):
        if following is None or len(items) >= max_items:
            break
        if isinstance(following, dict) and type_of(following) in _COLLECTIONS:
            current: JsonObject = following
        else:
            url = id_of(following)
            if url is None or url in visited:
                break
            if not same_origin(url, outbox_url):
                raise Forbidden("page-elsewhere")
            visited.add(url)
            current = (await client.fetch_document(url)).document
        items += _items(current)[: max_items - len(items)]
        following = current.get("next")
    return items


def _items(document: JsonObject) -> list[Json]:
    return many(document, "orderedItems") or many(document, "items")

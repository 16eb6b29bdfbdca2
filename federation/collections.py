"""Ordered collections and their pages: what we publish, and how far we read other people's (PROTOCOL 6)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from federation.documents import MAX_FETCH_BYTES, MAX_NODES, Json, JsonObject, id_of, many, type_of
from federation.errors import Forbidden, Malformed
from federation.fetching import DocumentSource, Validators, deadline
from federation.origins import same_origin
from federation.vocabulary import AS_CONTEXT

# Twenty pages of a slow server would take minutes, and as many of nearly a megabyte each a tenth of the memory.
READ_SECONDS = 30.0
MAX_BYTES: Final = 8 * MAX_FETCH_BYTES

_COLLECTIONS = frozenset({"OrderedCollection", "Collection", "OrderedCollectionPage", "CollectionPage"})


def ordered_collection(
    collection_id: str,
    total: int | None,
    first: str | None = None,
    last: str | None = None,
    updated: str | None = None,
) -> JsonObject:
    """Without `first` its members are hidden: so Mastodon and GoToSocial read it. `total` None: not told."""
    return _told(
        {"@context": AS_CONTEXT, "id": collection_id, "type": "OrderedCollection"},
        totalItems=total,
        updated=updated,
        first=first,
        last=last,
    )


def collection(
    collection_id: str,
    total: int,
    *,
    kind: str,
    attributed_to: str,
    first: str | None,
    items: Sequence[Any] | None,
) -> JsonObject:
    """One that somebody owns, whole in `items` or paged from `first`; `kind` is Collection or OrderedCollection."""
    return _told(
        {"@context": AS_CONTEXT, "id": collection_id, "type": kind, "attributedTo": attributed_to},
        totalItems=total,
        first=first,
        **{_items_key(kind == "OrderedCollection"): None if items is None else list(items)},
    )


def page(
    page_id: str,
    part_of: str,
    items: Sequence[Any],
    next: str | None = None,
    prev: str | None = None,
    *,
    ordered: bool = True,
) -> JsonObject:
    """One page; `items` are ids or whole objects, newest first where the order says nothing else."""
    return _told(
        {
            "@context": AS_CONTEXT,
            "id": page_id,
            "type": "OrderedCollectionPage" if ordered else "CollectionPage",
            "partOf": part_of,
            _items_key(ordered): list(items),
        },
        next=next,
        prev=prev,
    )


def _items_key(ordered: bool) -> str:
    return "orderedItems" if ordered else "items"


def _told(document: JsonObject, **members: Any) -> JsonObject:
    return document | {key: value for key, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ReadCollection:
    """`whole`: nothing was left unread. `validators` are those of the collection itself, not of its pages."""

    items: list[Json]
    whole: bool
    validators: Validators


async def read_outbox(
    client: DocumentSource,
    outbox_url: str,
    *,
    max_pages: int = 20,
    max_items: int = 1000,
    known: Validators | None = None,
) -> list[Json]:
    """The items of `read_collection`, for whom it does not matter whether these are all."""
    return (
        await read_collection(client, outbox_url, max_pages=max_pages, max_items=max_items, known=known)
    ).items


async def read_collection(
    client: DocumentSource,
    url: str,
    *,
    max_pages: int = 20,
    max_items: int = 1000,
    known: Validators | None = None,
) -> ReadCollection:
    """The items of a remote collection as they stand: ids or embedded objects, none of them verified.

    RES-07: a collection may be endless, point back at itself or lead to another host. Each page is read once,
    on the collection's own origin, and what lies beyond the limits is left unread: of pages and items, 8 MiB and 30
    seconds. Raises what the client raises: with `known` also `NotModified`, for the collection alone, since pages
    without it say nothing.
    """
    until = asyncio.get_running_loop().time() + READ_SECONDS
    async with deadline(READ_SECONDS):
        fetched = await client.fetch_document(url, known=known)
    head, left = fetched.document, MAX_BYTES - len(fetched.body)
    if type_of(head) not in _COLLECTIONS:
        raise Malformed("not-a-collection")
    items, whole = _items(head), True
    visited = {url, fetched.url}
    following: Json = head.get("first") or head.get("next")
    for _ in range(max_pages):
        if following is None or len(items) >= max_items or left <= 0:
            break
        if isinstance(following, dict) and type_of(following) in _COLLECTIONS:
            current: JsonObject = following
        else:
            page_url = id_of(following)
            if page_url is None or page_url in visited:
                whole = False
                break
            if not same_origin(page_url, url):
                raise Forbidden("page-elsewhere")
            visited.add(page_url)
            try:
                async with asyncio.timeout_at(until):
                    fetched_page = await client.fetch_document(page_url)
            except TimeoutError:
                break
            current = fetched_page.document
            left -= len(fetched_page.body)
        items += _items(current)
        following = current.get("next")
    whole = whole and following is None and len(items) <= max_items
    return ReadCollection(items[:max_items], whole, fetched.validators)


def _items(document: JsonObject) -> list[Json]:
    # Mastodon tells all followers of one server on a single page; the bytes and nodes of a document are bounded.
    return many(document, "orderedItems", limit=MAX_NODES) or many(document, "items", limit=MAX_NODES)

"""A conversation as ActivityPub collections (ActivityPub 5, FEP-7888 and FEP-f228).

Both name posts by id alone: what a stranger wrote is read at its own origin, and nobody takes our word for it.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from federation.collections import collection, page
from federation.documents import JsonObject, id_of
from server.documents.call import Call, context_uri, replies_uri
from server.initiative.conversations import store
from server.initiative.conversations.store import BEGINNING, Position
from server.initiative.replies.store import count_shown
from server.storage.database import Transaction

PAGE: Final = 100

Query = Mapping[str, str]
"""What stands behind the ? of the address."""


def replies_document(tx: Transaction, call: Call, query: Query) -> JsonObject | None:
    """The shown replies, oldest first; up to a hundred without pages. None for a page that cannot be."""
    return _document(tx, call, query, replies_uri(call.uri), "Collection", ())


def context_document(tx: Transaction, call: Call, query: Query) -> JsonObject | None:
    """The same after the call itself, in order; whoever follows a reply's `context` finds the call first."""
    return _document(tx, call, query, context_uri(call.uri), "OrderedCollection", (call.uri,))


def _document(
    tx: Transaction, call: Call, query: Query, address: str, kind: str, first: tuple[str, ...]
) -> JsonObject | None:
    after = _position(query)
    if after is None:
        return None
    found = store.replies_after(tx, call.uri, after, PAGE + 1)
    shown, more = found[:PAGE], len(found) > PAGE
    ids = [*(first if after == BEGINNING else ()), *(reply.id for reply in shown)]
    ordered = kind == "OrderedCollection"
    if "page" in query:
        following = _page(address, shown[-1]) if more else None
        return page(_page(address, after), address, ids, following, ordered=ordered)
    total = len(first) + (count_shown(tx, call.uri) if more else len(shown))
    return collection(
        address,
        total,
        kind=kind,
        attributed_to=call.actor_id,
        first=_page(address, BEGINNING) if more else None,
        items=None if more else ids,
    )


def _page(address: str, after: Position) -> str:
    cursor = {} if after == BEGINNING else {"after": f"{after.published} {after.id}"}
    return f"{address}?{urlencode({'page': 'true', **cursor})}"


def _position(query: Query) -> Position | None:
    cursor = query.get("after")
    if cursor is None or "page" not in query:
        return BEGINNING
    published, _, reply_id = cursor.partition(" ")
    if not (published.isascii() and published.isdigit() and len(published) < 16):
        return None
    return None if id_of(reply_id) is None else Position(int(published), reply_id)

"""Acts on replies: take one in, show it, hide it for ever, close a call for them. The author is told nothing."""

import logging
import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from federation.errors import Forbidden
from federation.objects import RemoteObject
from federation.origins import same_origin
from server.fediverse import errands, moderation, received
from server.fediverse.instance import Instance
from server.initiative.calls.model import CALL_ID
from server.initiative.replies import store
from server.initiative.replies.model import (
    HIDDEN_KEPT,
    MAX_OF_AUTHOR,
    MAX_READ,
    MAX_WAITING,
    MAX_WAITING_OF_ORIGIN,
    OF_AUTHOR_WITHIN,
    WAITING_KEPT,
    Author,
    Reply,
    digest_of,
    language_of,
    moments,
    readable,
)
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)

NAME_AUTHOR = "name-reply-author"
_ADDRESS = re.compile(rf"/(?:calls|events)/({CALL_ID.pattern})")
"""Under which a call is read: the Note and its page, in any language, and the Event."""


def call_named(here: Instance, addresses: Iterable[str | None]) -> str | None:
    """The first of our calls that one of these addresses means; whether there is such a call is not asked."""
    for address in addresses:
        if address is not None and here.uris.is_ours(address):
            found = _ADDRESS.fullmatch(urlsplit(address).path)
            if found is not None:
                return here.uris.call(found[1])
    return None


def take_in(
    tx: Transaction, here: Instance, post: RemoteObject, author: Author, *, is_public: bool, now: datetime
) -> bool:
    """A reply to a call, new or changed; `author` was verified and `post` is theirs. Whether it waits for an editor.

    What is not kept leaves no row; what was kept and is not what it was any more is erased. Raises `Forbidden` for a
    reply that another actor of the same server wrote (IDC-03), and `TooBusy` when its server has us clean too much.
    """
    held = store.find(tx, post.id)
    if held is not None and held.actor_id != author.id:
        raise Forbidden("object-of-another")
    published, updated = moments(post, now)
    if held is not None and updated < held.updated:
        return False
    call_uri = call_named(here, post.in_reply_to)
    takes = store.takes_replies(tx, call_uri) if call_uri is not None else None
    if call_uri is None or takes is None:
        return _left_out(tx, held, "no-call")
    if not takes and held is None:
        return _left_out(tx, held, "replies-closed")
    if reason := _why_not(tx, here, post, author, is_public=is_public):
        return _left_out(tx, held, reason)
    if held is None and (reason := _no_room(tx, author, call_uri, held, now)):
        return _left_out(tx, held, reason)
    # Not before, because it takes longest: all other writers wait meanwhile.
    html = post.summary[:MAX_READ] + post.content[:MAX_READ]
    here.cleaning.take(author.id, 1 + html.count("<") + html.count("&"), now)
    content = readable(post)
    said = (call_uri, content, language_of(post))
    if held is not None and (held.call_uri, held.content, held.language) == said:
        return held.state == "waiting"
    if not content or not takes:
        return _left_out(tx, held, "replies-closed" if content else "no-words")
    if held is not None and (reason := _no_room(tx, author, call_uri, held, now)):
        return _left_out(tx, held, reason)
    known = author if author.handle else store.author_of(tx, author.id) or author
    reply = Reply(
        id=post.id,
        call_uri=call_uri,
        actor_id=author.id,
        handle=known.handle,
        name=known.name,
        url=post.url,
        language=language_of(post),
        content=content,
        published=published,
        updated=updated,
        state="waiting",
    )
    if held is not None:
        store.rewrite(tx, reply, now)
        return True
    store.insert(tx, reply, now)
    if not known.handle:
        errands.add(tx, NAME_AUTHOR, author.id)
    return True


def _left_out(tx: Transaction, held: Reply | None, reason: str) -> bool:
    if held is not None:
        store.delete(tx, held.id)
    log.info("a reply was left out: %s", reason)
    return False


def _why_not(
    tx: Transaction,
    here: Instance,
    post: RemoteObject,
    author: Author,
    *,
    is_public: bool,
) -> str:
    """One word, or "" for one that an editor may look at."""
    if not is_public:
        # Words for few eyes are not kept, not even for the editors: this server can be seized.
        return "not-public"
    if here.uris.is_ours(post.id) or here.uris.is_ours(author.id) or not same_origin(post.id, author.id):
        return "not-theirs"
    if post.owner not in (None, author.id):
        # IDC-02: a Create by one of a Note by another.
        return "not-theirs"
    if moderation.is_blocked(tx, author.id):
        return "blocked"
    if received.was_deleted(tx, author.id, post.id):
        # An edit that its server could not deliver at first comes after the deletion (INT-11).
        return "deleted"
    return "hidden" if store.is_hidden(tx, digest_of(post.id)) else ""


def _no_room(tx: Transaction, author: Author, call_uri: str, held: Reply | None, now: datetime) -> str:
    """New words for one that waits already take no room."""
    if held is not None and held.state == "waiting":
        return ""
    waiting = store.waiting_authors(tx, call_uri)
    if len(waiting) >= MAX_WAITING:
        return "too-many"
    if sum(same_origin(other, author.id) for other in waiting) >= MAX_WAITING_OF_ORIGIN:
        return "too-many-of-origin"
    if store.count_of_author(tx, author.id, now - OF_AUTHOR_WITHIN) >= MAX_OF_AUTHOR:
        return "too-many-of-author"
    return ""


def erase(tx: Transaction, reply_id: str, author_id: str, now: datetime) -> None:
    """Its author deleted it, perhaps before it came. Raises `Forbidden` for another actor (IDC-04)."""
    held = store.find(tx, reply_id)
    if held is not None:
        if held.actor_id != author_id:
            raise Forbidden("object-of-another")
        store.delete(tx, reply_id)
    received.remember_deletion(tx, author_id, reply_id, now)


def show(tx: Transaction, reply: Reply, version: str) -> bool:
    """As the editor read it: False when its author has changed it since, or it is shown already."""
    return reply.version == version and store.show(tx, reply.id)


def hide(tx: Transaction, reply: Reply, now: datetime) -> None:
    """For ever: the words go, and a digest keeps them from coming back."""
    store.delete(tx, reply.id)
    store.insert_hidden(tx, digest_of(reply.id), reply.call_uri, now)


async def sweep(services: Services) -> int:
    """Chore: what nobody looked at, and everything of authors who are gone; a block takes its own at once."""
    now = services.here.clock.now()

    def work(tx: Transaction) -> int:
        return store.delete_orphans(tx) + store.forget_before(
            tx, waiting=now - WAITING_KEPT, hidden=now - HIDDEN_KEPT
        )

    return await services.database.write(work)

"""What has to be fetched for replies: one that somebody passed on, and what its author is called."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from federation.actors import fetch_actor
from federation.errors import Forbidden, Gone
from federation.inbox import Forwarded
from federation.objects import kind_of, read_object
from federation.origins import same_origin
from server.fediverse import actors
from server.initiative.replies import actions, store
from server.initiative.replies.model import author_of
from server.services import Services
from server.storage.database import Transaction

FETCH_FORWARDED = "fetch-forwarded"


def wants(tx: Transaction, services: Services, passed_on: Forwarded) -> bool:
    """A reply that we hold was changed or deleted, somebody says. New ones come from their own server, or not at all:
    else anybody could have us fetch whatever they name.
    """
    return store.find(tx, passed_on.object_id) is not None


async def fetch_forwarded(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """The reply as its origin serves it now. A deletion is believed only when the origin has it no more (IDC-04).

    Raises `Forbidden` for an object whose owner is of another origin.
    """
    if await services.database.read(lambda tx: store.find(tx, subject)) is None:
        return
    client, is_deletion = services.here.client, detail.get("kind") == "Delete"
    try:
        fetched = await client.fetch_document(subject)
    except Gone as gone:
        # 404 alone may be a maintenance page; together with a deletion it is none.
        if is_deletion or gone.deleted:
            await services.database.write(partial(_erase, subject))
        return
    if kind_of(fetched.document) == "Tombstone":
        await services.database.write(partial(_erase, subject))
        return
    if is_deletion:
        return
    post = read_object(fetched.document)
    if post.id != subject or post.owner is None or not same_origin(post.owner, subject):
        raise Forbidden("object-of-another")
    author = await fetch_actor(client, post.owner)
    if author.id != post.owner:
        raise Forbidden("another-actor")

    def keep(tx: Transaction) -> None:
        if store.find(tx, subject) is None:
            # Deleted or hidden, or the call withdrawn, while its server was asked: nothing brings it back.
            return
        if detail.get("actor") == author.id:
            store.delete_by_another(tx, subject, author.id)
        now = services.here.clock.now()
        actors.remember(tx, author)
        actions.take_in(tx, services.here, post, author_of(author), is_public=post.is_public, now=now)
        actors.forget_unrelated(tx, author.id)

    await services.database.write(keep)


async def name_author(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """Of people who follow us only the key is remembered; what they are called is asked once they reply."""
    actor = await fetch_actor(services.here.client, subject)
    if actor.id != subject:
        raise Forbidden("another-actor")
    await services.database.write(lambda tx: store.name_author(tx, author_of(actor)))


def _erase(reply_id: str, tx: Transaction) -> None:
    store.delete(tx, reply_id)

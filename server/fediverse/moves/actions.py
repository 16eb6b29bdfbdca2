"""What has to hold before a Move counts, the same for every wing that heeds one."""

from datetime import datetime, timedelta
from typing import Final

from federation.actors import RemoteActor, fetch_actor
from federation.documents import id_of, one
from federation.errors import Forbidden, Malformed
from federation.inbox import VerifiedActivity
from server.fediverse import moderation
from server.fediverse.instance import Instance
from server.fediverse.moves import store
from server.storage.database import Transaction

COOL_DOWN: Final = timedelta(days=7)
"""As on Mastodon: who holds an account for an hour cannot send its followers in circles."""


def said_target(here: Instance, activity: VerifiedActivity) -> str | None:
    """Where the sender says that it went, unconfirmed; None for what is no Move of the sender by itself.

    The pull form, `actor` new and `object` old, is left alone: whoever stands at the new address could say so of
    anybody. Two objects or two targets are nobody's address, and an account of ours is moved by its own people.
    """
    if activity.object_id != activity.actor.id:
        return None
    try:
        target = id_of(one(activity.document, "target"))
    except Malformed:
        return None
    if target is None or target == activity.actor.id or here.uris.is_ours(target):
        return None
    return target


async def confirmed(here: Instance, old: str, target: str) -> RemoteActor:
    """The new account, fetched from its own server, if it names the old one as itself (`alsoKnownAs`).

    Raises `Forbidden` when it does not, and what the client raises. What the old account's server says by now does not
    count: it may be gone, and that is why they moved.
    """
    actor = await fetch_actor(here.client, target)
    if actor.id != target or here.uris.is_ours(actor.id):
        raise Forbidden("another-actor")
    if old not in actor.also_known_as:
        raise Forbidden("move-not-confirmed")
    return actor


def record(tx: Transaction, old: str, new: str, now: datetime) -> bool:
    """False when nothing may follow from it: the new account is refused here, or the old one went elsewhere within
    the last seven days. The same Move again counts again.
    """
    if moderation.is_blocked(tx, new):
        return False
    before = store.last(tx, old)
    if before is not None and now - before[1] < COOL_DOWN:
        return before[0] == new
    store.save(tx, old, new, now)
    return True

"""Remote actors in and out of storage: addresses and keys, and for anybody but a person the handle."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from federation.actors import RemoteActor
from federation.keys import Ed25519PublicKey
from federation.multibase import decode, encode_base58btc
from federation.origins import origin_of
from server.clock import from_millis, millis
from server.storage.database import Database, Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

MOST_KEPT = 1024
"""Actors in memory, each under the id or the key by which it was asked for."""

HEAVIEST_KEPT = 8192
"""Characters of the keys of one actor in memory: honest ones have a tenth of it, an actor may list ten times it."""

_TABLES = ("remote_actors", "remote_keys")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Both inboxes are of `origin`. What is public goes to the shared one, what is for one actor to its
    own.
    """

    inbox: str
    shared_inbox: str | None
    origin: str

    @property
    def personal(self) -> tuple[str, str]:
        """(inbox, origin), as `outbox.publish` takes recipients."""
        return self.inbox, self.origin

    @property
    def shared(self) -> tuple[str, str]:
        """(inbox, origin): the shared inbox where the server has one."""
        return self.shared_inbox or self.inbox, self.origin


def remember(tx: Transaction, actor: RemoteActor) -> None:
    """Keeps what delivery and verification need. Name, text, picture and document of the actor are not
    kept.
    """
    tx.run(
        QUERIES.remember_actor,
        id=actor.id,
        type=actor.type,
        inbox=actor.inbox,
        shared_inbox=actor.shared_inbox,
        origin=str(origin_of(actor.id)),
        handle="" if actor.type == "Person" else actor.handle,
        fetched_at=millis(actor.fetched_at),
    )
    tx.run(QUERIES.drop_keys, actor_id=actor.id)
    rsa = [
        {"id": key_id, "actor_id": actor.id, "kind": "rsa", "public": pem}
        for key_id, pem in actor.public_keys.items()
    ]
    ed25519 = [
        {"id": key_id, "actor_id": actor.id, "kind": "ed25519", "public": encode_base58btc(key.raw)}
        for key_id, key in actor.assertion_methods.items()
    ]
    tx.run_many(QUERIES.remember_key, [*rsa, *ed25519])


def forget(tx: Transaction, actor_id: str) -> None:
    """A deleted actor: it neither follows nor is followed, and its keys count no more."""
    tx.run(QUERIES.forget_follower, actor_id=actor_id)
    tx.run(QUERIES.end_following, actor_id=actor_id)
    tx.run(QUERIES.forget_actor, actor_id=actor_id)
    tx.run(QUERIES.forget_errands, actor_id=actor_id)


def forget_unrelated(tx: Transaction, actor_id: str) -> None:
    """Likes, boosts and the like are taken in and leave no name; who follows or is followed stays."""
    if tx.run(QUERIES.forget_unrelated, actor_id=actor_id):
        tx.run(QUERIES.forget_errands, actor_id=actor_id)


def is_known(tx: Transaction, actor_id: str) -> bool:
    return tx.one(QUERIES.whereabouts, id=actor_id) is not None


def whereabouts(tx: Transaction, actor_id: str) -> Whereabouts | None:
    """None for an actor that is not remembered."""
    row = tx.one(QUERIES.whereabouts, id=actor_id)
    return None if row is None else Whereabouts(row["inbox"], row["shared_inbox"], row["origin"])


def behind_inbox(tx: Transaction, inbox: str, *, limit: int = 20) -> list[str]:
    """Ids of remembered actors whose personal or shared inbox this is."""
    return [row["id"] for row in tx.all(QUERIES.behind_inbox, inbox=inbox, limit=limit)]


def prune_unrelated(tx: Transaction, before: datetime) -> int:
    """Forgets who was fetched before `before` and neither follows us nor is followed; answers how many."""
    return tx.run(QUERIES.prune_unrelated, before=millis(before))


class Remembered:
    """Fulfils `federation.ports.RememberedActors`.

    What comes back is enough to verify and to deliver: name, page and document are empty, as they are not
    kept. Whoever was asked for lately is answered from memory, until any process changes an actor or a key: a key that
    its owner took back counts no more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[tuple[str, str], RemoteActor] = OrderedDict()
        self._number = database.changes.number

    async def by_id(self, actor_id: str) -> RemoteActor | None:
        return await self._find(
            ("id", actor_id), lambda tx: _read(tx, tx.one(QUERIES.actor_by_id, id=actor_id))
        )

    async def by_key_id(self, key_id: str) -> RemoteActor | None:
        return await self._find(
            ("key", key_id), lambda tx: _read(tx, tx.one(QUERIES.actor_by_key, key_id=key_id))
        )

    async def _find(
        self, name: tuple[str, str], work: Callable[[Transaction], RemoteActor | None]
    ) -> RemoteActor | None:
        changes = self._database.changes
        if changes.since(self._number, _TABLES):
            self._kept.clear()
            self._number = changes.number
        kept = self._kept.get(name)
        if kept is not None:
            self._kept.move_to_end(name)
            return kept
        number = changes.number
        found = await self._database.read(work)
        # Who changed while we read may have been read before the change.
        if found is not None and _is_light(found) and not changes.since(number, _TABLES):
            self._kept[name] = found
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    async def knows_origin(self, origin: str) -> bool:
        return await self._database.read(lambda tx: tx.one(QUERIES.somebody_at, origin=origin) is not None)


def _is_light(actor: RemoteActor) -> bool:
    return sum(map(len, actor.public_keys.values())) <= HEAVIEST_KEPT


def _read(tx: Transaction, row: Row | None) -> RemoteActor | None:
    if row is None:
        return None
    keys = tx.all(QUERIES.keys_of, actor_id=row["id"])
    return RemoteActor(
        id=row["id"],
        type=row["type"],
        inbox=row["inbox"],
        shared_inbox=row["shared_inbox"],
        outbox=None,
        followers=None,
        preferred_username=row["handle"].removeprefix("@").partition("@")[0],
        name="",
        webfinger=None,
        url=None,
        public_keys={key["id"]: key["public"] for key in keys if key["kind"] == "rsa"},
        assertion_methods={
            key["id"]: Ed25519PublicKey(decode(key["public"])) for key in keys if key["kind"] == "ed25519"
        },
        document=b"",
        fetched_at=from_millis(row["fetched_at"]),
        moved_to=None,
        discoverable=False,
        indexable=False,
    )

"""Keys in and out of storage, and in memory while the server runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from federation.keys import (
    Ed25519PrivateKey,
    ProofKey,
    RsaPrivateKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
    load_private,
    private_pem,
)
from server.clock import millis
from server.fediverse.uris import Uris
from server.storage.database import Database, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)
TABLES = QUERIES.drop_keys.writes


class MissingKey(Exception):
    """An actor of ours without keys: its row was removed by hand, or it was deleted long ago."""


@dataclass(frozen=True, slots=True)
class ActorKeys:
    """`signing.private.public.pem` and `proof.private.public` are what the actor's document shows."""

    signing: SigningKey
    proof: ProofKey


class Keyring:
    """Fulfils `federation.ports.SigningKeys`. `make_rsa` is exchanged in tests, where making keys takes
    most time.
    """

    def __init__(
        self, database: Database, uris: Uris, *, make_rsa: Callable[[], RsaPrivateKey] = generate_rsa
    ) -> None:
        self._database = database
        self._uris = uris
        self._make_rsa = make_rsa
        self._loaded: dict[str, ActorKeys] = {}
        self._as_of = database.changes.number

    def create(self, tx: Transaction, actor_id: str, now: datetime) -> ActorKeys:
        """Makes and stores both pairs. Not kept in memory: the transaction may still be rolled back."""
        self._loaded.pop(actor_id, None)
        signing, proof = self._make_rsa(), generate_ed25519()
        tx.run(
            QUERIES.insert_keys,
            actor_id=actor_id,
            signing_pem=private_pem(signing),
            proof_pem=private_pem(proof),
            now=millis(now),
        )
        return self._keys(actor_id, signing, proof)

    def load(self, tx: Transaction, actor_id: str) -> ActorKeys:
        """Raises `MissingKey`."""
        known = self._known(actor_id)
        if known is not None:
            return known
        row = tx.one(QUERIES.keys_of, actor_id=actor_id)
        if row is None:
            raise MissingKey(actor_id)
        signing, proof = load_private(row["signing_pem"]), load_private(row["proof_pem"])
        if not isinstance(signing, RsaPrivateKey) or not isinstance(proof, Ed25519PrivateKey):
            raise MissingKey(actor_id)
        keys = self._keys(actor_id, signing, proof)
        self._loaded[actor_id] = keys
        return keys

    async def signing_key(self, actor_id: str) -> SigningKey:
        """Raises `MissingKey`."""
        known = self._known(actor_id)
        return known.signing if known else (await self._database.read(partial(self._read, actor_id))).signing

    async def instance_key(self) -> SigningKey:
        return await self.signing_key(self._uris.instance_actor)

    def drop_old(self, tx: Transaction, before: datetime) -> int:
        """Forgets the keys of actors deleted before `before`; until then their Delete can still be signed."""
        dropped = tx.run(QUERIES.drop_keys, before=millis(before))
        if dropped:
            self._loaded.clear()
        return dropped

    def _known(self, actor_id: str) -> ActorKeys | None:
        """None also for keys that another process may have dropped: no copy of them stays here."""
        changes = self._database.changes
        if changes.since(self._as_of, TABLES):
            self._loaded.clear()
            self._as_of = changes.number
        return self._loaded.get(actor_id)

    def _read(self, actor_id: str, tx: Transaction) -> ActorKeys:
        return self.load(tx, actor_id)

    def _keys(self, actor_id: str, signing: RsaPrivateKey, proof: Ed25519PrivateKey) -> ActorKeys:
        return ActorKeys(
            SigningKey(self._uris.main_key(actor_id), signing),
            ProofKey(self._uris.proof_key(actor_id), proof),
        )

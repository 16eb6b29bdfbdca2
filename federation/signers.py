"""Who signed a request, or wrote a document: a remembered actor, or one fetched within one small budget."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from federation.actors import RemoteActor, fetch_actor, fetch_key
from federation.client import FederationClient
from federation.documents import JsonObject
from federation.errors import Gone, Malformed, NotAuthentic, Unreachable
from federation.fetching import Budget
from federation.http_signatures.scheme import Claim, RawRequest, prove
from federation.integrity_proofs import method_of, verify_by_owner
from federation.keys import PublicKey, load_public_pem
from federation.origins import require_actor_is_key_owner, same_origin
from federation.ports import RememberedActors

VERIFICATION_SECONDS = 10.0


@dataclass(slots=True)
class Verification:
    """One request's dealings with remembered and fetched actors, with one budget for all of them."""

    client: FederationClient
    actors: RememberedActors
    now: datetime
    budget: Budget = field(default_factory=Budget)

    async def signer(self, claim: Claim, request: RawRequest) -> tuple[RemoteActor, bool]:
        """The actor whose key signed `request`, and whether it was fetched just now."""
        remembered = await self.actors.by_key_id(claim.key_id)
        if remembered is not None:
            # An honest peer may have changed its key since: then the actor is asked again, once in five
            # minutes.
            with contextlib.suppress(NotAuthentic):
                _prove(claim, request, remembered)
                return remembered, False
        found = await self._fetch(
            claim.key_id, lambda: fetch_key(self.client, claim.key_id, budget=self.budget)
        )
        _prove(claim, request, found)
        return found, True

    async def author(self, document: JsonObject, actor_id: str) -> tuple[RemoteActor, bool]:
        """The author of a document that somebody else delivered, shown by its integrity proof (FEP-8b32)."""
        method = method_of(document)
        if method is None or not same_origin(method, actor_id):
            raise NotAuthentic("signer-is-not-actor")
        remembered = await self.actors.by_id(actor_id)
        if remembered is not None:
            with contextlib.suppress(NotAuthentic):
                verify_by_owner(document, remembered, now=self.now)
                return remembered, False
        found = await self._fetch(actor_id, lambda: fetch_actor(self.client, actor_id, budget=self.budget))
        require_actor_is_key_owner(actor_id, found.id)
        verify_by_owner(document, found, now=self.now)
        return found, True

    async def _fetch(self, what: str, fetch: Callable[[], Awaitable[RemoteActor]]) -> RemoteActor:
        async def within_time() -> RemoteActor:
            try:
                async with asyncio.timeout(VERIFICATION_SECONDS):
                    return await fetch()
            except TimeoutError:
                raise Unreachable("timeout") from None

        try:
            return await self.client.strangers.fetch(what, self.now, within_time)
        except Gone as error:
            raise NotAuthentic("key-gone") from error
        except Unreachable as error:
            raise NotAuthentic("key-unreachable", error.reason) from error
        except Malformed as error:
            raise NotAuthentic("bad-key-document", error.reason) from error


def _prove(claim: Claim, request: RawRequest, actor: RemoteActor) -> None:
    prove(claim, request, _key_of(actor, claim))


def _key_of(actor: RemoteActor, claim: Claim) -> PublicKey:
    pem = actor.public_keys.get(claim.key_id)
    if pem is not None:
        return load_public_pem(pem)
    # Ed25519 came to requests with RFC 9421; in the older draft it would be one more way to read a signature.
    method = actor.assertion_methods.get(claim.key_id) if claim.scheme == "rfc9421" else None
    if method is None:
        raise NotAuthentic("key-not-listed")
    return method

"""Who signed a request, or wrote a document: a remembered actor, or one fetched within one small budget."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from federation.actors import RemoteActor, fetch_actor, fetch_key
from federation.client import FederationClient
from federation.documents import JsonObject, time_of
from federation.errors import Gone, Malformed, NotAuthentic, Unreachable
from federation.fetching import Budget
from federation.http_signatures.scheme import Claim, RawRequest, prove
from federation.integrity_proofs import proof_of, verify_by_owner
from federation.keys import PublicKey, load_public_pem
from federation.origins import require_actor_is_key_owner
from federation.ports import RememberedActors
from federation.strangers import Fetches

VERIFICATION_SECONDS = 10.0
# Peers try for a week to deliver something; the application remembers ids for longer.
PASSED_ON_WITHIN = timedelta(days=7)

# What another key could mend. A proof that is too old stays so, whatever its author publishes now.
_BY_ANOTHER_KEY = frozenset({"unknown-method", "proof-mismatch"})


@dataclass(slots=True)
class Verification:
    """One request's dealings with remembered and fetched actors: five requests, ten seconds and 2 MiB for all."""

    client: FederationClient
    actors: RememberedActors
    now: datetime
    budget: Budget = field(default_factory=Budget)
    _until: float | None = None
    _fetched: bool = False

    async def signer(
        self, claim: Claim, request: RawRequest, expected: str | None = None
    ) -> tuple[RemoteActor, bool]:
        """The actor whose key signed `request`, and whether it is not the remembered one.

        `expected` is who has to be the signer, if anybody: a neighbour that lists the key of another as its own, which
        anybody can read, is not believed as long as the key has not been asked for whose it is.

        Raises `NotAuthentic`, `TooBusy`, and `Forbidden` for a key that its owner does not list.
        """
        remembered = await self.actors.by_key_id(claim.key_id)
        is_expected = remembered is not None and expected in (None, remembered.id)
        if remembered is not None and is_expected and _is_proved(claim, request, remembered):
            return remembered, False
        # An honest peer may have changed its key since: then the actor is asked again, once in five minutes.
        found = await self._found(
            claim.key_id,
            lambda: fetch_key(self.client, claim.key_id, budget=self.budget),
            lambda actor: _prove(claim, request, actor),
            remembered is not None,
        )
        return found, True

    async def author(
        self, document: JsonObject, actor_id: str, signer: RemoteActor | None = None, fresh: bool = False
    ) -> tuple[RemoteActor, bool]:
        """The author of a document, shown by its integrity proof (FEP-8b32), and whether it is not the remembered one.

        `signer` and `fresh` are the author as the request's signature showed it, if it did.
        """
        if signer is None:
            _require_recent(document, self.now)
        candidate = signer or await self.actors.by_id(actor_id)
        if candidate is not None:
            try:
                verify_by_owner(document, candidate, now=self.now)
            except NotAuthentic as error:
                # Its own server says how it is in this very moment, or the proof itself is none.
                if (signer is not None and self._fetched) or error.reason not in _BY_ANOTHER_KEY:
                    raise
            else:
                return candidate, fresh

        def check(actor: RemoteActor) -> None:
            require_actor_is_key_owner(actor_id, actor.id)
            verify_by_owner(document, actor, now=self.now)

        found = await self._found(
            actor_id,
            lambda: fetch_actor(self.client, actor_id, budget=self.budget),
            check,
            candidate is not None and not fresh,
        )
        return found, True

    async def _found(
        self,
        url: str,
        fetch: Callable[[], Awaitable[RemoteActor]],
        check: Callable[[RemoteActor], None],
        remembered: bool,
    ) -> RemoteActor:
        """What `url` gives, once it has passed `check`; what does not pass counts against its domain."""
        strangers = self.client.strangers
        fetches = strangers.again if remembered else strangers.first
        found, kept = await self._ask(fetches, url, fetch, anew=False)
        if kept and not remembered and not _passes(check, found):
            # What was kept may be up to five minutes old, and the key may have changed in those.
            found, _ = await self._ask(fetches, url, fetch, anew=True)
        check(found)
        fetches.vouch(url, self.now)
        return found

    async def _ask(
        self, fetches: Fetches, url: str, fetch: Callable[[], Awaitable[RemoteActor]], *, anew: bool
    ) -> tuple[RemoteActor, bool]:
        async def within_time() -> RemoteActor:
            loop = asyncio.get_running_loop()
            if self._until is None:
                self._until = loop.time() + VERIFICATION_SECONDS
            self._fetched = True
            try:
                async with asyncio.timeout_at(self._until):
                    return await fetch()
            except TimeoutError:
                raise Unreachable("timeout") from None

        try:
            # Where nothing is ever asked, nothing is remembered and nobody waits.
            self.client.policy.check_url(url)
            return await fetches.fetch(url, self.now, within_time, budget=self.budget, anew=anew)
        except Gone as error:
            raise NotAuthentic("key-gone") from error
        except Unreachable as error:
            raise NotAuthentic("key-unreachable", error.reason) from error
        except Malformed as error:
            raise NotAuthentic("bad-key-document", error.reason) from error


def _require_recent(document: JsonObject, now: datetime) -> None:
    """A proof has no date of sending: anybody could pass on last year's edit once we have forgotten its id."""
    created = time_of(proof_of(document) or {}, "created")
    if created is None or created < now - PASSED_ON_WITHIN:
        raise NotAuthentic("proof-old")


def _is_proved(claim: Claim, request: RawRequest, actor: RemoteActor) -> bool:
    return _passes(lambda candidate: _prove(claim, request, candidate), actor)


def _passes(check: Callable[[RemoteActor], None], actor: RemoteActor) -> bool:
    try:
        check(actor)
    except NotAuthentic:
        return False
    return True


def _prove(claim: Claim, request: RawRequest, actor: RemoteActor) -> None:
    prove(claim, request, _key_of(actor, claim))


def _key_of(actor: RemoteActor, claim: Claim) -> PublicKey:
    # Ed25519 came to requests with RFC 9421; in the older draft it would be one more way to read a signature.
    method = actor.assertion_methods.get(claim.key_id) if claim.scheme == "rfc9421" else None
    if method is not None:
        return method
    pem = actor.public_keys.get(claim.key_id)
    if pem is None:
        raise NotAuthentic("key-not-listed")
    return load_public_pem(pem)

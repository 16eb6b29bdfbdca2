"""A raw request to an inbox becomes a `VerifiedActivity`, or an error that carries its HTTP meaning.

No database and no framework: what is remembered of others comes through a port, what is not is fetched. The
order of the checks is PROTOCOL 2.5: cheap ones first, and nothing is fetched for a request that could never
pass.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from federation.actors import RemoteActor, fetch_actor, fetch_key
from federation.canonical import canonicalize
from federation.client import FederationClient
from federation.documents import MAX_INBOX_BYTES, Json, JsonObject, id_of, loads, many, one, type_of
from federation.errors import (
    Forbidden,
    Gone,
    Malformed,
    NotAuthentic,
    TooLarge,
    Unreachable,
    WrongMediaType,
)
from federation.fetching import Budget
from federation.http_signatures.digests import check_digest
from federation.http_signatures.scheme import Claim, RawRequest, inspect, prove
from federation.integrity_proofs import method_of, verify_by_owner
from federation.keys import load_public_pem
from federation.origins import (
    authority_of,
    origin_of,
    require_actor_is_key_owner,
    require_embedded_object_belongs,
    require_own_id,
    require_own_object,
    require_undone_activity_belongs,
    same_origin,
)
from federation.ports import Clock, RememberedActors
from federation.vocabulary import is_activity_json

__all__ = ["Ignored", "RawRequest", "VerifiedActivity", "receive"]

VERIFICATION_SECONDS = 10.0
# Types whose object must be the actor's own (FEP-fe34 R6). Announce, Like, Follow, Accept and the rest may
# cross.
_OWNING = frozenset({"Create", "Update", "Delete", "Undo"})


@dataclass(frozen=True, slots=True)
class VerifiedActivity:
    """An activity that its actor really sent, and whose ids are the actor's to use.

    `body_hash` is a hex SHA-256 that stays the same when the same activity is sent again. `object_id` is None
    for objects without an id and for several. `fresh`: the actor was fetched for this request, so the
    transaction that takes the activity also remembers it.
    """

    id: str
    type: str
    actor: RemoteActor
    document: JsonObject
    body: bytes
    body_hash: str
    object_id: str | None
    fresh: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """Answered with 202 and forgotten: nothing about it can concern us."""

    reason: str


def _nobody(_: str) -> bool:
    return False


async def receive(
    request: RawRequest,
    *,
    authority: str,
    client: FederationClient,
    actors: RememberedActors,
    clock: Clock,
    is_blocked: Callable[[str], bool] = _nobody,
) -> VerifiedActivity | Ignored:
    """Verify one POST to an inbox. Raises `FederationError` and nothing else that a sender can cause.

    `authority` is our own "host[:port]". `is_blocked` is asked with the "host[:port]" of the key and of the
    actor. A remote key that cannot be had is 401, so that an unreachable host never costs a 5xx.
    """
    now = clock.now()
    document = _read(request)
    actor_id = id_of(one(document, "actor"))
    if actor_id is None:
        raise Malformed("no-actor")
    kind = type_of(document)
    if not kind:
        raise Malformed("no-type")
    # Deletions of accounts never heard of are most of the noise in an inbox; fetching their keys finds 410
    # anyway.
    if (
        kind in ("Delete", "Update")
        and _object_ids(document) == [actor_id]
        and await actors.by_id(actor_id) is None
    ):
        return Ignored("unknown-actor")
    claim = inspect(request, origin=f"https://{authority}", now=now)
    if is_blocked(authority_of(claim.key_id)) or is_blocked(authority_of(actor_id)):
        raise Forbidden("blocked")
    forwarded = not same_origin(claim.key_id, actor_id)
    if forwarded and method_of(document) is None:
        # SIG-12: no key of another host can speak for this actor, so it is not even fetched.
        raise NotAuthentic("signer-is-not-actor")
    verification = _Verification(client, actors, now, Budget())
    signer, fresh = await verification.signer(claim, request)
    actor = signer
    if signer.id != actor_id:
        actor, fresh = await verification.author(document, actor_id)
    activity_id = id_of(document.get("id"))
    if activity_id is None:
        raise Malformed("no-id")
    require_own_id(activity_id, actor.id)
    if kind in _OWNING and _is_shared(one(document, "object"), actor.id):
        return Ignored("many-owners")
    try:
        object_id = _checked_object(document, kind, actor.id)
    except Forbidden:
        if await _concerns_us(document, actor.id, authority, actors):
            raise
        # Lemmy's moderators and Mobilizon's group members act on what is another's, and tell everybody.
        return Ignored("not-the-senders-own")
    return VerifiedActivity(
        id=activity_id,
        type=kind,
        actor=actor,
        document=document,
        body=request.body,
        body_hash=_body_hash(document, kind),
        object_id=object_id,
        fresh=fresh,
        received_at=now,
    )


def _read(request: RawRequest) -> JsonObject:
    if len(request.body) > MAX_INBOX_BYTES:
        raise TooLarge("too-large")
    types = [value for name, value in request.headers if name.lower() == "content-type"]
    if len(types) != 1 or not is_activity_json(types[0]):
        raise WrongMediaType("media-type")
    # SIG-04: a body that is not the one that was signed is not parsed, so that it cannot say why it is wrong.
    if any(name.lower() == "digest" for name, _ in request.headers):
        check_digest(request.headers, request.body)
    return loads(request.body)


@dataclass(slots=True)
class _Verification:
    """One request's dealings with remembered and fetched actors, with one budget for all of them."""

    client: FederationClient
    actors: RememberedActors
    now: datetime
    budget: Budget

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
    pem = actor.public_keys.get(claim.key_id)
    if pem is None:
        raise NotAuthentic("key-not-listed")
    prove(claim, request, load_public_pem(pem))


def _object_ids(document: JsonObject) -> list[str | None]:
    return [id_of(value) for value in many(document, "object")]


def _is_shared(value: Json, actor_id: str) -> bool:
    """PeerTube's videos belong to a person and a channel; for us an object has one owner (FEP-fe34)."""
    owners = [id_of(owner) for owner in many(value, "attributedTo")] if isinstance(value, dict) else []
    return len(owners) > 1 and actor_id in owners


def _checked_object(document: JsonObject, kind: str, actor_id: str) -> str | None:
    """The object's id, after what may be asked of it without knowing what the application remembers."""
    if kind not in _OWNING:
        ids = _object_ids(document)
        return ids[0] if len(ids) == 1 else None
    value = one(document, "object")
    if isinstance(value, dict):
        belongs = require_undone_activity_belongs if kind == "Undo" else require_embedded_object_belongs
        belongs(value, actor_id)
        object_id = id_of(value.get("id"))
    else:
        object_id = id_of(value)
    if object_id is not None:
        require_own_object(object_id, actor_id)
    elif not isinstance(value, dict) or kind in ("Update", "Delete"):
        raise Malformed("no-object-id")
    return object_id


async def _concerns_us(document: JsonObject, actor_id: str, authority: str, actors: RememberedActors) -> bool:
    """Whether an activity reaches for something of ours, of an actor we know, or of a server we know."""
    for value in many(document, "object"):
        owners = [*many(value, "attributedTo"), *many(value, "actor")] if isinstance(value, dict) else []
        for named in filter(None, map(id_of, [value, *owners])):
            if authority_of(named) == authority or await actors.by_id(named) is not None:
                return True
            if not same_origin(named, actor_id) and await actors.knows_origin(str(origin_of(named))):
                return True
    return False


def _body_hash(document: JsonObject, kind: str) -> str:
    """An Announce is dated anew each time it is sent, so its date is not part of what tells two apart."""
    if kind == "Announce":
        document = {name: value for name, value in document.items() if name != "published"}
    return hashlib.sha256(canonicalize(document)).hexdigest()

"""A raw request to an inbox becomes a `VerifiedActivity`, or an error that carries its HTTP meaning.

No database and no framework: what is remembered of others comes through a port, what is not is fetched. The
order of the checks is PROTOCOL 2.5: cheap ones first, and nothing is fetched for a request that could never
pass.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from federation.actors import RemoteActor
from federation.canonical import canonicalize
from federation.client import FederationClient
from federation.documents import MAX_INBOX_BYTES, Json, JsonObject, id_of, loads, many, one, type_of
from federation.errors import Forbidden, Malformed, NotAuthentic, TooLarge, WrongMediaType
from federation.http_signatures.digests import check_content_digest, check_digest
from federation.http_signatures.scheme import Claim, RawRequest, inspect
from federation.integrity_proofs import DID_KEY, is_decided_by_proof, method_of
from federation.origins import (
    authority_of,
    origin_of,
    require_embedded_object_belongs,
    require_own_id,
    require_own_object,
    require_undone_activity_belongs,
    same_origin,
)
from federation.ports import Clock, RememberedActors
from federation.signers import Verification
from federation.vocabulary import is_activity_json

__all__ = ["Forwarded", "Ignored", "RawRequest", "VerifiedActivity", "receive"]

# Types whose object must be the actor's own (FEP-fe34 R6). Announce, Like, Follow, Accept and the rest may
# cross.
_OWNING = frozenset({"Create", "Update", "Delete", "Undo"})
# Each is looked up; nobody honest names more.
MAX_OWNERS = 16
_PASSED_ON = frozenset({"Create", "Update", "Delete"})
_SIGNED_HEADERS = frozenset({"collection-synchronization"})


@dataclass(frozen=True, slots=True)
class VerifiedActivity:
    """An activity that its actor really sent, and whose ids are the actor's to use.

    `body_hash` is a hex SHA-256 that stays the same when the same activity is sent again. `object_id` is None
    for objects without an id and for several. `fresh`: the actor was fetched for this request, so the
    transaction that takes the activity also remembers it. `headers` holds what else the actor signed with
    this request: Collection-Synchronization (FEP-8fcf) or nothing.
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
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Somebody passes on what another wrote, with a Linked Data signature that we do not read (PROTOCOL 2.6).

    Nothing of it is believed: `actor_id` is only claimed. What can be had is `object_id`, of the claimed actor's
    own origin, fetched from there. `via` is who really sent it. `kind` is Create, Update or Delete.
    """

    kind: str
    object_id: str
    actor_id: str
    via: RemoteActor


@dataclass(frozen=True, slots=True)
class Ignored:
    """Answered with 202 and forgotten: nothing about it can concern us."""

    reason: str


def _nobody(_: str) -> bool:
    return False


async def receive(
    request: RawRequest,
    *,
    origin: str,
    client: FederationClient,
    actors: RememberedActors,
    clock: Clock,
    is_blocked: Callable[[str], bool] = _nobody,
) -> VerifiedActivity | Forwarded | Ignored:
    """Verify one POST to an inbox. Raises `FederationError` and nothing else that a sender can cause.

    `origin` is our own, "https://host[:port]". `is_blocked` is asked with the "host[:port]" of the key and of the
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
    if is_blocked(authority_of(actor_id)):
        raise Forbidden("blocked")
    claim = inspect(request, origin=origin, now=now)
    if is_blocked(authority_of(claim.key_id)):
        raise Forbidden("blocked")
    proved = is_decided_by_proof(document)
    passed_on = None if proved else _passed_on(document, kind, actor_id)
    if not same_origin(claim.key_id, actor_id) and not _shows_author(document, actor_id, proved, passed_on):
        # SIG-12: no key of another host can speak for this actor, so it is not even fetched.
        raise NotAuthentic("signer-is-not-actor")
    verification = Verification(client, actors, now)
    expected = actor_id if not proved and passed_on is None else None
    signer, fresh = await verification.signer(claim, request, expected)
    client.strangers.pace.take(str(origin_of(signer.id)), now)
    if signer.id == actor_id:
        actor = signer
        if proved:
            actor, fresh = await verification.author(document, actor_id, signer, fresh)
    elif passed_on is not None:
        return Forwarded(kind, passed_on, actor_id, signer)
    elif proved:
        actor, fresh = await verification.author(document, actor_id)
    else:
        raise NotAuthentic("signer-is-not-actor")
    activity_id = id_of(document.get("id"))
    if activity_id is None:
        raise Malformed("no-id")
    require_own_id(activity_id, actor.id)
    if kind in _OWNING and _is_shared(one(document, "object"), actor.id):
        return Ignored("many-owners")
    try:
        object_id = _checked_object(document, kind, actor.id)
    except Forbidden:
        if await _concerns_us(document, actor.id, origin, actors):
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
        headers=_signed_headers(request, claim) if signer.id == actor_id else {},
    )


def _read(request: RawRequest) -> JsonObject:
    if len(request.body) > MAX_INBOX_BYTES:
        raise TooLarge("too-large")
    types = [value for name, value in request.headers if name.lower() == "content-type"]
    if len(types) != 1 or not is_activity_json(types[0]):
        raise WrongMediaType("media-type")
    # SIG-04: a body that is not the one that was signed is not parsed, so that it cannot say why it is wrong.
    names = {name.lower() for name, _ in request.headers}
    if "digest" in names:
        check_digest(request.headers, request.body)
    if "content-digest" in names:
        check_content_digest(request.headers, request.body)
    return loads(request.body)


def _shows_author(document: JsonObject, actor_id: str, proved: bool, passed_on: str | None) -> bool:
    """Whether a document that another server's key delivers could be shown to be its author's after all."""
    method = method_of(document) or "" if proved else ""
    return passed_on is not None or method.startswith(DID_KEY) or same_origin(method, actor_id)


def _passed_on(document: JsonObject, kind: str, actor_id: str) -> str | None:
    """What may be fetched from the claimed actor's origin because somebody else passed this on, if anything.

    Mastodon passes on replies and deletions so, signed by the author with RsaSignature2017, which we do not
    verify: forgeries passed that check more than once (CVE-2022-24307, CVE-2026-46349).
    """
    if kind not in _PASSED_ON or not isinstance(document.get("signature"), dict):
        return None
    ids = _object_ids(document)
    object_id = ids[0] if len(ids) == 1 else None
    return object_id if object_id is not None and same_origin(object_id, actor_id) else None


def _signed_headers(request: RawRequest, claim: Claim) -> dict[str, str]:
    """Headers that count only under the signature, each at most once: of two, a reader takes either."""
    found = {}
    for wanted in _SIGNED_HEADERS & claim.covered:
        values = [value for name, value in request.headers if name.lower() == wanted]
        if len(values) == 1:
            found[wanted] = values[0]
    return found


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


async def _concerns_us(document: JsonObject, actor_id: str, origin: str, actors: RememberedActors) -> bool:
    """Whether an activity reaches for something of ours, of an actor we know, or of a server we know."""
    for value in many(document, "object"):
        owners = [*many(value, "attributedTo"), *many(value, "actor")] if isinstance(value, dict) else []
        if len(owners) > MAX_OWNERS:
            return True
        for named in filter(None, map(id_of, [value, *owners])):
            if same_origin(named, origin) or await actors.by_id(named) is not None:
                return True
            if not same_origin(named, actor_id) and await actors.knows_origin(str(origin_of(named))):
                return True
    return False


def _body_hash(document: JsonObject, kind: str) -> str:
    """An Announce is dated anew each time it is sent, so its date is not part of what tells two apart."""
    if kind == "Announce":
        document = {name: value for name, value in document.items() if name != "published"}
    return hashlib.sha256(canonicalize(document)).hexdigest()

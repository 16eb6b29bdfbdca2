"""Reading an initiative's signed profile."""

from datetime import datetime

from federation.actors import RemoteActor, read_actor
from federation.documents import MAX_FETCH_BYTES, loads
from federation.errors import Malformed
from federation.integrity_proofs import method_of, verify_by_owner
from federation.multibase import multikey
from server.documents.profile import read_profile
from server.hub.listings.model import MAX_FUTURE, PinnedKey
from server.hub.listings.store import ProfileFacts

APPLICANT = "Organization"
"""The one type whose Follow of a hub is also an application; everybody else just follows."""


MAX_PROFILE_BYTES = 64 * 1024
"""Honest ones have some 5 KB; the longest summary that is read makes 20 000 characters."""


def actor_of(body: bytes, now: datetime) -> RemoteActor:
    """The actor in the bytes of a document. Raises `Malformed`."""
    return read_actor(loads(body, max_bytes=MAX_FETCH_BYTES), body, now)


def signed_profile(actor: RemoteActor, now: datetime) -> ProfileFacts:
    """What `actor.document` says, with the key that proves it (FEP-8b32).

    Raises `NotAuthentic` when the proof is missing, is not by a key which the document itself lists, or does not hold;
    `Malformed` when the document does not say when it was written, or says a time to come: no later copy would win;
    also when it is larger than profiles are, since many of them are kept and read together.
    """
    if len(actor.document) > MAX_PROFILE_BYTES:
        raise Malformed("too-large")
    document = loads(actor.document, max_bytes=MAX_FETCH_BYTES)
    verify_by_owner(document, actor, now=now)
    profile = read_profile(document)
    if profile.updated is None or profile.updated > now + MAX_FUTURE:
        raise Malformed("bad-updated")
    method = method_of(document) or ""
    return ProfileFacts(
        document=actor.document,
        updated=profile.updated,
        key=PinnedKey(method, multikey(actor.assertion_methods[method])),
        name=profile.name,
        languages=profile.languages,
        themes=profile.themes,
        place=profile.place,
        icon_url=profile.icon_url,
        moved_to=actor.moved_to,
    )


def wants_to_be_found(actor: RemoteActor) -> bool:
    """FEP-5feb, with applying as the consent: who says no to either is not listed.

    Elsewhere a missing word means no; here the initiative asked to be listed by following the hub, and whoever says
    nothing after that has said yes.
    """
    document = loads(actor.document, max_bytes=MAX_FETCH_BYTES)
    return document.get("discoverable") is not False and document.get("indexable") is not False

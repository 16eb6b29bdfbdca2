"""What is sent when an initiative changes or goes."""

from datetime import datetime

from federation.documents import JsonObject
from federation.integrity_proofs import attach
from federation.multibase import multikey_ed25519
from federation.vocabulary import ACTOR_CONTEXT, AS_CONTEXT, PUBLIC
from server.clock import iso
from server.documents.profile import ActorEndpoints, Profile, PublicKeys, profile_document
from server.fediverse.keyring import ActorKeys
from server.fediverse.uris import Uris


def signed_actor(profile: Profile, actor_id: str, uris: Uris, keys: ActorKeys) -> JsonObject:
    """The actor document with its proof: hubs and mirrors keep these bytes."""
    public = PublicKeys(
        main_key_id=keys.signing.key_id,
        main_key_pem=keys.signing.private.public.pem,
        proof_key_id=keys.proof.verification_method,
        proof_key_multibase=multikey_ed25519(keys.proof.private.public.raw),
    )
    document = profile_document(profile, endpoints(actor_id, uris), public)
    return attach(document, keys.proof, profile.updated)


def endpoints(actor_id: str, uris: Uris) -> ActorEndpoints:
    return ActorEndpoints(
        id=actor_id,
        inbox=uris.inbox(actor_id),
        outbox=uris.outbox(actor_id),
        followers=uris.followers(actor_id),
        following=uris.following(actor_id),
        featured=uris.featured(actor_id),
        shared_inbox=uris.shared_inbox,
    )


def update(actor: JsonObject) -> JsonObject:
    """Carries the whole actor; Mastodon wants the object's id to be the signer's."""
    return {
        "@context": ACTOR_CONTEXT,
        "type": "Update",
        "published": actor["updated"],
        "to": [PUBLIC],
        "cc": [actor["followers"]],
        "object": actor,
    }


def delete(actor_id: str, followers: str) -> JsonObject:
    return {"type": "Delete", "to": [PUBLIC], "cc": [followers], "object": actor_id}


def tombstone(actor_id: str, now: datetime) -> JsonObject:
    """What the actor's address answers with 410 from now on."""
    return {
        "@context": AS_CONTEXT,
        "id": actor_id,
        "type": "Tombstone",
        "formerType": "Organization",
        "deleted": iso(now),
    }

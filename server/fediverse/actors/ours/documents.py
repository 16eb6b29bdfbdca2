"""The signed document of an actor that lives here, and the Update that tells of it: the same for both wings."""

from typing import Literal

from federation.documents import JsonObject
from federation.integrity_proofs import attach
from federation.multibase import multikey_ed25519
from federation.vocabulary import ACTOR_CONTEXT, PUBLIC
from server.documents.profile import ActorEndpoints, Profile, PublicKeys, profile_document
from server.fediverse.keyring import ActorKeys
from server.fediverse.uris import Uris


def signed_actor(
    profile: Profile,
    actor_id: str,
    uris: Uris,
    keys: ActorKeys,
    *,
    type: Literal["Organization", "Group"] = "Organization",
) -> JsonObject:
    """The actor document with its proof, dated `profile.updated`: hubs and mirrors keep these bytes."""
    endpoints = ActorEndpoints(
        id=actor_id,
        inbox=uris.inbox(actor_id),
        outbox=uris.outbox(actor_id),
        followers=uris.followers(actor_id),
        following=uris.following(actor_id),
        featured=uris.featured(actor_id),
        shared_inbox=uris.shared_inbox,
        handle_domain=uris.handle_domain,
    )
    public = PublicKeys(
        main_key_id=keys.signing.key_id,
        main_key_pem=keys.signing.private.public.pem,
        proof_key_id=keys.proof.verification_method,
        proof_key_multibase=multikey_ed25519(keys.proof.private.public.raw),
    )
    return attach(profile_document(profile, endpoints, public, type=type), keys.proof, profile.updated)


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

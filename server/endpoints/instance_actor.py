"""The actor that stands for the server itself: it signs every fetch, and nobody can follow it (PROTOCOL
1.3).
"""

from typing import Any

from federation.multibase import multikey_ed25519
from federation.vocabulary import ACTOR_CONTEXT, GENERATOR
from server.clock import iso
from server.fediverse import actors
from server.fediverse.instance import Instance
from server.fediverse.keyring import ActorKeys, MissingKey
from server.fediverse.wire import from_text, to_text
from server.services import Services
from server.storage.database import Transaction

# A dot cannot be in the handle of an initiative or a hub, so nobody can have taken this one.
HANDLE = "instance.actor"


def prepare(tx: Transaction, services: Services) -> None:
    """Makes it at the first start, and writes it anew when it says something else by now. Its keys stay for
    ever: peers keep them for days.
    """
    here = services.here
    now = here.clock.now()
    held = actors.by_id(tx, here.uris.instance_actor)
    if held is None:
        keys = here.keyring.create(tx, here.uris.instance_actor, now)
        document = to_text(_document(here, keys, iso(now)))
        actors.insert_local(tx, here.uris.instance_actor, "instance", HANDLE, document, now)
        return
    published = str(from_text(held.document).get("published") or iso(now))
    try:
        keys = here.keyring.load(tx, held.id)
    except MissingKey:
        # `antipole check` says so; a server that does not even start could not.
        return
    document = to_text(_document(here, keys, published))
    if document != held.document:
        # Nobody follows it, so nobody is told: it is fetched anew by whoever needs its key.
        actors.replace_document(tx, held.id, document, now)


def _document(here: Instance, keys: ActorKeys, published: str) -> dict[str, Any]:
    uris, actor_id = here.uris, here.uris.instance_actor
    return {
        "@context": ACTOR_CONTEXT,
        "id": actor_id,
        "type": "Application",
        "preferredUsername": HANDLE,
        "webfinger": f"{HANDLE}@{uris.handle_domain}",
        "name": here.settings.name,
        "url": f"{uris.origin}/",
        "inbox": uris.inbox(actor_id),
        "outbox": uris.outbox(actor_id),
        "endpoints": {"sharedInbox": uris.shared_inbox},
        "published": published,
        "manuallyApprovesFollowers": True,
        "discoverable": False,
        "indexable": False,
        "generator": GENERATOR,
        "publicKey": {
            "id": keys.signing.key_id,
            "owner": actor_id,
            "publicKeyPem": keys.signing.private.public.pem,
        },
        "assertionMethod": [
            {
                "id": keys.proof.verification_method,
                "type": "Multikey",
                "controller": actor_id,
                "publicKeyMultibase": multikey_ed25519(keys.proof.private.public.raw),
            }
        ],
    }

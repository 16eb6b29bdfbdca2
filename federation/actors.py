"""Actor documents of other servers: reading them, fetching them, and finding the actor behind a key id."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from federation.documents import Json, JsonObject, id_of, many, one, text_of, type_of
from federation.errors import FederationError, Forbidden, Malformed
from federation.fetching import Budget, DocumentSource
from federation.integrity_proofs import verify_identity_statement
from federation.keys import Ed25519PublicKey, ProofKey, SigningKey
from federation.multibase import multikey_ed25519, parse_multikey
from federation.origins import authority_of, require_key_is_at_home, same_origin
from federation.vocabulary import ACTOR_TYPES, RFC9421

MAX_KEYS = 10
MAX_PEM = 8192
MAX_NAME = 500
MAX_ALIASES = 256
MAX_CAPABILITIES = 64
# Each costs a signature to check.
MAX_STATEMENTS = 4

# Mastodon takes `[a-z0-9_]+([.-]+[a-z0-9_]+)*`; instance actors bear a host name (with a port on loopback,
# hence `:`).
_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,254}")
_ACCOUNT = re.compile(
    r"(?:acct:|@)?(?P<acct>[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}@[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)"
)


@dataclass(frozen=True, slots=True)
class RemoteActor:
    """An actor as its own server describes it. Every URL but `moved_to` is of the origin of `id`.

    `public_keys` maps key ids to PEM texts not yet parsed; `assertion_methods` holds the Ed25519 keys for
    proofs; `webfinger` is the FEP-2c59 account "user@domain", unconfirmed; `document` the bytes as fetched.
    """

    id: str
    type: str
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    preferred_username: str
    name: str
    webfinger: str | None
    url: str | None
    public_keys: Mapping[str, str]
    assertion_methods: Mapping[str, Ed25519PublicKey]
    document: bytes
    fetched_at: datetime
    moved_to: str | None
    discoverable: bool
    indexable: bool
    also_known_as: tuple[str, ...] = ()
    speaks_rfc9421: bool = False
    """FEP-844e: it says so itself, which is a hint and no more."""
    identities: tuple[str, ...] = ()
    """The did:keys that say they are this actor, and whose statements it shows (FEP-c390). Not kept in a database."""

    @property
    def handle(self) -> str:
        """`@user@host` with the host of the id, its port included when it is not the default one."""
        return f"@{self.preferred_username}@{authority_of(self.id)}"


def read_actor(document: JsonObject, body: bytes, fetched_at: datetime) -> RemoteActor:
    """Read an actor document. Raises `Malformed` and nothing else.

    What is not needed and does not fit is dropped: a key of another owner, a shared inbox on another host.
    """
    actor_id = id_of(document.get("id"))
    if actor_id is None:
        raise Malformed("no-id")
    kind = type_of(document)
    if kind not in ACTOR_TYPES:
        raise Malformed("not-an-actor")
    inbox = _own_url(document, "inbox", actor_id)
    if inbox is None:
        # A foreign inbox would make us deliver, signed, wherever a stranger points.
        raise Malformed("no-inbox")
    account = text_of(document, "webfinger", 600)
    acct = _ACCOUNT.fullmatch(account) if account else None
    webfinger = acct["acct"] if acct else None
    username = text_of(document, "preferredUsername", 256) or (webfinger or "").partition("@")[0]
    if not username:
        # Lemmy's instance actor has none; Mastodon's bears the name of the host, so that is what it gets here.
        username = authority_of(actor_id)
    if not _USERNAME.fullmatch(username):
        raise Malformed("no-username")
    endpoints = one(document, "endpoints")
    return RemoteActor(
        id=actor_id,
        type=kind,
        inbox=inbox,
        shared_inbox=_own_url(endpoints, "sharedInbox", actor_id) if isinstance(endpoints, dict) else None,
        outbox=_own_url(document, "outbox", actor_id),
        followers=_own_url(document, "followers", actor_id),
        preferred_username=username,
        name=" ".join((text_of(document, "name", MAX_NAME) or "").split()) or username,
        webfinger=webfinger,
        url=next((url for value in many(document, "url") if (url := _page_of(value, actor_id))), None),
        public_keys=_public_keys(document, actor_id),
        assertion_methods=_assertion_methods(document, actor_id),
        document=body,
        fetched_at=fetched_at,
        moved_to=id_of(one(document, "movedTo")),
        discoverable=document.get("discoverable") is True,
        indexable=document.get("indexable") is True,
        also_known_as=tuple(filter(None, map(id_of, many(document, "alsoKnownAs")[:MAX_ALIASES]))),
        speaks_rfc9421=speaks_rfc9421(document),
        identities=_identities(document, actor_id, fetched_at),
    )


def _own_url(document: JsonObject, key: str, actor_id: str) -> str | None:
    url = id_of(one(document, key))
    return url if url is not None and same_origin(url, actor_id) else None


def _page_of(value: Json, actor_id: str) -> str | None:
    """PeerTube lists a Link for every format it has; the page is the one that is HTML or says nothing."""
    if isinstance(value, dict) and value.get("mediaType", "text/html") != "text/html":
        return None
    url = id_of(value)
    return url if url is not None and same_origin(url, actor_id) else None


def speaks_rfc9421(document: JsonObject) -> bool:
    """FEP-844e: `generator.implements` lists the specifications that the actor's server implements."""
    generator = document.get("generator")
    implements = many(generator, "implements")[:MAX_CAPABILITIES] if isinstance(generator, dict) else []
    return RFC9421 in map(id_of, implements)


def _identities(document: JsonObject, actor_id: str, now: datetime) -> tuple[str, ...]:
    shown = document.get("attachment")
    statements = [
        value
        for value in (shown if isinstance(shown, list) else [shown])
        if isinstance(value, dict) and type_of(value) == "VerifiableIdentityStatement"
    ]
    found = []
    for statement in statements[:MAX_STATEMENTS]:
        with contextlib.suppress(FederationError):
            found.append(verify_identity_statement(statement, actor_id, now=now))
    return tuple(dict.fromkeys(found))


def _public_keys(document: JsonObject, actor_id: str) -> dict[str, str]:
    keys = {}
    for entry in many(document, "publicKey")[:MAX_KEYS]:
        if not isinstance(entry, dict):
            continue
        key_id, pem = id_of(entry.get("id")), entry.get("publicKeyPem")
        # SIG-13: a key is believed only where owner and key point at each other.
        if key_id is None or id_of(entry.get("owner")) != actor_id or not same_origin(key_id, actor_id):
            continue
        if isinstance(pem, str) and len(pem) <= MAX_PEM:
            keys[key_id] = pem
    return keys


def _assertion_methods(document: JsonObject, actor_id: str) -> dict[str, Ed25519PublicKey]:
    """FEP-521a: entries that do not conform are ignored, as is every key type but Ed25519."""
    methods = {}
    for entry in many(document, "assertionMethod")[:MAX_KEYS]:
        if not isinstance(entry, dict) or type_of(entry) != "Multikey":
            continue
        method_id, text = id_of(entry.get("id")), entry.get("publicKeyMultibase")
        if (
            method_id is None
            or id_of(entry.get("controller")) != actor_id
            or not same_origin(method_id, actor_id)
        ):
            continue
        try:
            key = parse_multikey(text) if isinstance(text, str) and len(text) <= 128 else None
        except FederationError:
            continue
        if isinstance(key, Ed25519PublicKey):
            methods[method_id] = key
    return methods


def key_members(actor_id: str, signing: SigningKey, proof: ProofKey) -> JsonObject:
    """`publicKey` and `assertionMethod` (FEP-521a) of an actor document of ours; its context is `ACTOR_CONTEXT`."""
    return {
        "publicKey": {"id": signing.key_id, "owner": actor_id, "publicKeyPem": signing.private.public.pem},
        "assertionMethod": [
            {
                "id": proof.verification_method,
                "type": "Multikey",
                "controller": actor_id,
                "publicKeyMultibase": multikey_ed25519(proof.private.public.raw),
            }
        ],
    }


async def fetch_actor(client: DocumentSource, actor_id: str, *, budget: Budget | None = None) -> RemoteActor:
    """Fetch an actor by its id, or by a URL of the same origin that leads to it (a profile page's address).

    Whoever asks for one certain actor compares `.id` with the id asked for. Raises what the client raises,
    `Malformed`, and `Forbidden` when the answer is an actor of another origin.
    """
    fetched = await client.fetch_document(actor_id, budget=budget)
    return read_actor(fetched.document, fetched.body, fetched.fetched_at)


async def fetch_key(client: DocumentSource, key_id: str, *, budget: Budget | None = None) -> RemoteActor:
    """The actor that owns `key_id`, fetched by its own id and listing that very key.

    Three things are found at a key id: the actor with the key in it (a fragment, Mastodon), a key object with
    an `owner`, and a stub of the actor under an address of its own (GoToSocial's `/main-key`), which the
    client already exchanges for the document at the stub's id. Raises `Forbidden("key-elsewhere")` and
    `Forbidden("key-not-listed")`.
    """
    fetched = await client.fetch_document(key_id, budget=budget)
    if type_of(fetched.document) in ACTOR_TYPES:
        actor = read_actor(fetched.document, fetched.body, fetched.fetched_at)
    else:
        owner = id_of(fetched.document.get("owner")) or id_of(fetched.document.get("controller"))
        if owner is None:
            raise Malformed("no-key-owner")
        require_key_is_at_home(key_id, owner)
        actor = await fetch_actor(client, owner, budget=budget)
        if actor.id != owner:
            raise Forbidden("key-not-listed")
    if key_id not in actor.public_keys and key_id not in actor.assertion_methods:
        raise Forbidden("key-not-listed")
    return actor

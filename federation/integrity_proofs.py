"""Integrity proofs of documents: FEP-8b32 with the cryptosuite eddsa-jcs-2022 (W3C vc-di-eddsa 3.3).

A proof is made once, when a document is written, and kept with its bytes: any hub or mirror can check it
later without asking the server it came from.
"""

import copy
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from federation.canonical import canonicalize
from federation.documents import JsonObject, id_of, many, one, time_of, type_of
from federation.errors import Malformed, NotAuthentic
from federation.keys import Ed25519PublicKey, ProofKey
from federation.multibase import decode, encode_base58btc, from_did_key
from federation.vocabulary import ACTOR_TYPES

MAX_FUTURE = timedelta(hours=1)
SUITE = "eddsa-jcs-2022"
DID_KEY = "did:key:"


class ProofOwner(Protocol):
    """What a proof is checked against: an actor, the keys its own document lists for proofs, and its did:keys."""

    @property
    def id(self) -> str: ...

    @property
    def assertion_methods(self) -> Mapping[str, Ed25519PublicKey]: ...

    @property
    def identities(self) -> tuple[str, ...]:
        """Subjects of the identity statements that the actor shows and that hold (FEP-c390)."""
        ...


def attach(document: Mapping[str, Any], key: ProofKey, created: datetime) -> JsonObject:
    """A deep copy with a `proof` of its own; one that was there is replaced.

    The proof carries the document's `@context` if any, as FEP-8b32 and Fedify do and Mastodon checks.
    Raises Malformed for what has no canonical form.
    """
    proof: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "verificationMethod": key.verification_method,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        proof = {"@context": copy.deepcopy(document["@context"]), **proof}
    signed = {**copy.deepcopy(_without_proof(document)), "proof": proof}
    proof["proofValue"] = encode_base58btc(key.private.sign(b"".join(hashes(signed))))
    return signed


def proof_of(document: Mapping[str, Any]) -> JsonObject | None:
    """The one top-level proof, or None. Raises NotAuthentic("many-proofs").

    Of several in a set, each made over the document without any of them, it is the one of our cryptosuite.
    """
    try:
        proofs = many(document, "proof")
    except Malformed as error:
        raise NotAuthentic("many-proofs") from error
    if len(proofs) > 1:
        proofs = [proof for proof in proofs if _is_ours(proof)]
        if len(proofs) != 1:
            raise NotAuthentic("many-proofs")
    proof = proofs[0] if proofs else None
    return proof if isinstance(proof, dict) else None


def is_decided_by_proof(document: Mapping[str, Any]) -> bool:
    """Whether a proof is there that we can read: it has precedence over the request's signature (FEP-8b32).

    One of another cryptosuite says nothing to us, for or against.
    """
    return any(map(_is_ours, many(document, "proof")))


def method_of(document: Mapping[str, Any]) -> str | None:
    """The verification method that the proof names, unverified."""
    proof = proof_of(document)
    method = None if proof is None else proof.get("verificationMethod")
    return method if isinstance(method, str) else None


def hashes(document: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """SHA-256 of the canonical proof options and of the canonical document; both together are signed.

    The options are the whole proof without its value, never rebuilt from known fields: an `expires` or a
    `domain` that is not under the signature could be added by anyone (fixed in Fedify 2.4).
    """
    proof = proof_of(document)
    if proof is None:
        raise NotAuthentic("no-proof")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = _without_proof(document)
    if "@context" in options:
        if not _starts_with(unsecured.get("@context"), options["@context"]):
            raise NotAuthentic("proof-context")
        unsecured["@context"] = options["@context"]
    return (
        hashlib.sha256(canonicalize(options)).digest(),
        hashlib.sha256(canonicalize(unsecured)).digest(),
    )


def verify(document: Mapping[str, Any], public: Ed25519PublicKey, *, now: datetime) -> None:
    """Raises NotAuthentic unless the document's one proof is by this key. Leaves the document as it is.

    Says nothing about whose key it is: for that, `verify_by_owner`.
    """
    proof = proof_of(document)
    if proof is None:
        raise NotAuthentic("no-proof")
    if not _is_ours(proof):
        raise NotAuthentic("proof-suite")
    if proof.get("proofPurpose") != "assertionMethod":
        raise NotAuthentic("proof-purpose")
    if "previousProof" in proof:
        raise NotAuthentic("proof-chain", "it depends on a proof that is not here")
    created = time_of(proof, "created")
    if created is None or created > now + MAX_FUTURE:
        raise NotAuthentic("proof-created")
    if "expires" in proof:
        expires = time_of(proof, "expires")
        if expires is None or expires <= now:
            raise NotAuthentic("proof-expired")
    try:
        signature = decode(value) if isinstance(value := proof.get("proofValue"), str) else b""
        message = b"".join(hashes(document))
    except Malformed as error:
        raise NotAuthentic("proof-malformed") from error
    if not public.verify(signature, message):
        raise NotAuthentic("proof-mismatch")


def verify_by_owner(document: Mapping[str, Any], owner: ProofOwner, *, now: datetime) -> None:
    """Raises NotAuthentic unless the document belongs to `owner` and bears a proof by a key the owner lists.

    Another actor's key on the same host is not enough (FEP-fe34). A did:key says nothing of anybody by itself:
    it counts where the owner shows a statement of that identity. Whether `owner` may speak for the document's id
    at all is a question for `origins`.
    """
    method = method_of(document)
    if method is None:
        raise NotAuthentic("no-proof")
    key = _key_of(owner, method)
    if key is None:
        raise NotAuthentic("unknown-method")
    if owner.id not in (owners := _owners(document)) or len(owners) != 1:
        raise NotAuthentic("not-the-owner")
    verify(document, key, now=now)


def verify_identity_statement(statement: Mapping[str, Any], actor_id: str, *, now: datetime) -> str:
    """The did:key that says it is also `actor_id` (FEP-c390), proved by its own key. Raises NotAuthentic.

    The actor's document has to show the statement: that is the other half of the tie.
    """
    subject = statement.get("subject")
    if type_of(statement) != "VerifiableIdentityStatement" or not isinstance(subject, str):
        raise NotAuthentic("not-a-statement")
    key = from_did_key(subject)
    if id_of(statement.get("alsoKnownAs")) != actor_id:
        raise NotAuthentic("not-the-owner")
    if (method_of(statement) or "").partition("#")[0] != subject:
        raise NotAuthentic("unknown-method")
    verify(statement, key, now=now)
    return subject


def _key_of(owner: ProofOwner, method: str) -> Ed25519PublicKey | None:
    if method.partition("#")[0] in owner.identities:
        return from_did_key(method)
    return owner.assertion_methods.get(method)


def _is_ours(proof: object) -> bool:
    if not isinstance(proof, dict):
        return False
    return type_of(proof) == "DataIntegrityProof" and proof.get("cryptosuite") == SUITE


def _owners(document: Mapping[str, Any]) -> set[str | None]:
    """Who must have signed: an actor itself, else whom `actor` and `attributedTo` name (one and the same)."""
    if type_of(document) in ACTOR_TYPES:
        return {id_of(document.get("id"))}
    try:
        return {id_of(one(document, key)) for key in ("actor", "attributedTo") if key in document}
    except Malformed as error:
        raise NotAuthentic("not-the-owner") from error


def _without_proof(document: Mapping[str, Any]) -> JsonObject:
    # FEP-8b32: the value of an older Linked Data signature beside the proof is not part of the document.
    return {name: value for name, value in document.items() if name not in ("proof", "signature")}


def _starts_with(context: object, prefix: object) -> bool:
    whole = context if isinstance(context, list) else [context]
    start = prefix if isinstance(prefix, list) else [prefix]
    return context is not None and whole[: len(start)] == start

"""Integrity proofs (FEP-8b32, eddsa-jcs-2022)."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apsig import ProofSigner, ProofVerifier
from hypothesis import given
from hypothesis import strategies as st

from federation.documents import JsonObject, loads
from federation.errors import Malformed, NotAuthentic
from federation.integrity_proofs import (
    attach,
    hashes,
    is_decided_by_proof,
    method_of,
    proof_of,
    verify,
    verify_by_owner,
)
from federation.keys import Ed25519PublicKey, ProofKey, generate_ed25519
from federation.multibase import decode, encode_base58btc, multikey
from federation.vocabulary import ACTOR_CONTEXT, OBJECT_CONTEXT

NOW = datetime(2026, 11, 23, 8, 30, 15, 987_654, tzinfo=UTC)
ACTOR = "https://initiative.example/actor"
KEY = ProofKey(ACTOR + "#ed25519-key", generate_ed25519())
PUBLIC_KEY = KEY.private.public
NOTE: JsonObject = {
    "@context": OBJECT_CONTEXT,
    "id": "https://initiative.example/calls/42",
    "type": "Note",
    "attributedTo": ACTOR,
    "content": "<p>Bäume pflanzen 🌳</p>",
    "callType": "antipole:host",
    "location": {"type": "Place", "name": "Leipzig, DE", "radius": 0.1},
}
SIGNED = attach(NOTE, KEY, NOW)


@dataclass(frozen=True)
class Owner:
    id: str = ACTOR
    assertion_methods: Mapping[str, Ed25519PublicKey] = field(
        default_factory=lambda: {KEY.verification_method: PUBLIC_KEY}
    )
    identities: tuple[str, ...] = ()


def test_a_proof_is_a_copy_with_the_document_s_context() -> None:
    before = copy.deepcopy(NOTE)
    signed = attach(NOTE, KEY, NOW)
    assert before == NOTE
    assert {name: value for name, value in signed.items() if name != "proof"} == NOTE
    proof = dict(signed["proof"])
    assert len(decode(proof.pop("proofValue"))) == 64
    assert proof == {
        "@context": NOTE["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-23T08:30:15Z",
        "verificationMethod": KEY.verification_method,
        "proofPurpose": "assertionMethod",
    }
    verify(signed, PUBLIC_KEY, now=NOW)


def test_a_signed_document_shares_nothing_with_what_it_was_made_of() -> None:
    signed = attach(NOTE, KEY, NOW)
    signed["@context"].append("x")
    signed["location"]["name"] = "elsewhere"
    assert signed["proof"]["@context"] == NOTE["@context"] == OBJECT_CONTEXT
    assert NOTE["location"]["name"] == "Leipzig, DE"


def test_a_document_survives_the_wire_and_stays_as_it_is_when_verified() -> None:
    body = json.dumps(SIGNED, ensure_ascii=False, indent=3).encode()
    read = loads(body)
    verify(read, PUBLIC_KEY, now=NOW + timedelta(days=3650))
    assert read == SIGNED


def test_a_document_without_context_has_a_proof_without_context() -> None:
    signed = attach({"type": "Note"}, KEY, NOW)
    assert "@context" not in signed["proof"]
    verify(signed, PUBLIC_KEY, now=NOW)


def test_signing_again_replaces_the_proof() -> None:
    again = attach(SIGNED, ProofKey("https://other.example/#key", generate_ed25519()), NOW)
    assert method_of(again) == "https://other.example/#key"
    assert attach(again, KEY, NOW) == SIGNED


def changed(change: Callable[[JsonObject], object], signed: JsonObject = SIGNED) -> JsonObject:
    document = copy.deepcopy(signed)
    change(document)
    return document


def resigned(change: Callable[[JsonObject], object]) -> JsonObject:
    """With a proof that is right for the changed options: only the policy can refuse it."""
    document = changed(change)
    proof = document["proof"]
    proof["proofValue"] = encode_base58btc(KEY.private.sign(b"".join(hashes(document))))
    return document


TAMPERED: dict[str, Callable[[JsonObject], object]] = {
    "a byte of the content": lambda d: d.update(content=d["content"].replace("B", "b")),
    "a byte of created": lambda d: d["proof"].update(created="2026-11-23T08:30:14Z"),
    "the verification method": lambda d: d["proof"].update(verificationMethod=ACTOR + "#ed25519-kez"),
    "an unknown proof option added": lambda d: d["proof"].update(domain="evil.example"),
    "an expiry added": lambda d: d["proof"].update(expires="2036-01-01T00:00:00Z"),
    "a nonce added": lambda d: d["proof"].update(nonce=""),
    "an id for the proof added": lambda d: d["proof"].update(id="https://initiative.example/proof"),
    "the proof's context removed": lambda d: d["proof"].pop("@context"),
    "a member added": lambda d: d.update(summary=""),
    "a member removed": lambda d: d.pop("callType"),
    "a nested number": lambda d: d["location"].update(radius=0.2),
    "a type": lambda d: d["location"].update(type=["Place"]),
    "another order of contexts": lambda d: d["@context"].reverse(),
    "the value cut": lambda d: d["proof"].update(proofValue=d["proof"]["proofValue"][:-1]),
    "the value in another base": lambda d: d["proof"].update(
        proofValue="f" + decode(d["proof"]["proofValue"]).hex()
    ),
    "the value with a space": lambda d: d["proof"].update(proofValue=d["proof"]["proofValue"] + " "),
    "no value": lambda d: d["proof"].pop("proofValue"),
    "a value that is no text": lambda d: d["proof"].update(proofValue=7),
    "two proofs": lambda d: d.update(proof=[d["proof"], d["proof"]]),
    "no proof": lambda d: d.pop("proof"),
    "a proof that is text": lambda d: d.update(proof="https://initiative.example/proof"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_ac_1_9_a_document_changed_after_signing_does_not_verify(case: str) -> None:
    with pytest.raises(NotAuthentic) as caught:
        verify(changed(TAMPERED[case]), PUBLIC_KEY, now=NOW)
    assert caught.value.status == 401


POLICY: dict[str, tuple[Callable[[JsonObject], object], str]] = {
    "another type": (lambda d: d["proof"].update(type="RsaSignature2017"), "proof-suite"),
    "another suite": (lambda d: d["proof"].update(cryptosuite="eddsa-rdfc-2022"), "proof-suite"),
    "another purpose": (lambda d: d["proof"].update(proofPurpose="authentication"), "proof-purpose"),
    "a chain": (lambda d: d["proof"].update(previousProof="urn:x"), "proof-chain"),
    "created in more than an hour": (
        lambda d: d["proof"].update(created="2026-11-23T09:30:17Z"),
        "proof-created",
    ),
    "created without an offset": (
        lambda d: d["proof"].update(created="2026-11-23T08:30:15"),
        "proof-created",
    ),
    "created never": (lambda d: d["proof"].pop("created"), "proof-created"),
    "expired": (lambda d: d["proof"].update(expires="2026-11-23T08:30:15Z"), "proof-expired"),
    "an unreadable expiry": (lambda d: d["proof"].update(expires="never"), "proof-expired"),
}


@pytest.mark.parametrize("case", POLICY)
def test_a_right_proof_with_wrong_options_is_refused(case: str) -> None:
    change, reason = POLICY[case]
    with pytest.raises(NotAuthentic) as caught:
        verify(resigned(change), PUBLIC_KEY, now=NOW)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["proof"].update(created="2026-11-23T09:30:15Z"),
        lambda d: d["proof"].update(expires="2026-11-23T08:30:17Z"),
        lambda d: d["proof"].update(domain="b.example", nonce="x", id="urn:x"),
        lambda d: d["proof"].pop("@context"),
        lambda d: d["@context"].append("https://example.com/more"),
    ],
)
def test_signed_options_are_free_within_the_rules(change: Callable[[JsonObject], object]) -> None:
    verify(resigned(change), PUBLIC_KEY, now=NOW)


def test_the_document_s_context_must_start_with_the_proof_s() -> None:
    """W3C vc-di-eddsa 3.3.2: whoever passes the document on may add contexts at the end, not in front."""
    longer = changed(lambda d: d["@context"].append({"x": "https://example.com/#x"}))
    verify(longer, PUBLIC_KEY, now=NOW)
    for change in (
        lambda d: d["@context"].insert(0, "https://example.com/first"),
        lambda d: d["@context"].pop(),
        lambda d: d.pop("@context"),
        lambda d: d.update({"@context": OBJECT_CONTEXT[0]}),
    ):
        with pytest.raises(NotAuthentic, match="proof-context"):
            verify(changed(change), PUBLIC_KEY, now=NOW)


def test_a_linked_data_signature_beside_the_proof_is_no_part_of_the_document() -> None:
    verify(changed(lambda d: d.update(signature={"type": "RsaSignature2017"})), PUBLIC_KEY, now=NOW)


def test_a_proof_in_a_list_of_one_counts() -> None:
    document = changed(lambda d: d.update(proof=[d["proof"]]))
    assert proof_of(document) == SIGNED["proof"]
    verify(document, PUBLIC_KEY, now=NOW)


def test_a_proof_by_another_key_is_a_mismatch() -> None:
    with pytest.raises(NotAuthentic, match="proof-mismatch"):
        verify(SIGNED, generate_ed25519().public, now=NOW)


@given(st.integers(min_value=0))
def test_one_flipped_bit_of_the_proof_value_always_fails(position: int) -> None:
    value = bytearray(decode(SIGNED["proof"]["proofValue"]))
    bit = position % (len(value) * 8)
    value[bit // 8] ^= 1 << bit % 8
    document = changed(lambda d: d["proof"].update(proofValue=encode_base58btc(bytes(value))))
    with pytest.raises(NotAuthentic, match="proof-mismatch"):
        verify(document, PUBLIC_KEY, now=NOW)


@given(st.integers(min_value=0))
def test_one_flipped_bit_of_the_body_always_fails(position: int) -> None:
    """Unless it is the case of an escape, which is the same document."""
    body = bytearray(json.dumps(SIGNED).encode())
    bit = position % (len(body) * 8)
    body[bit // 8] ^= 1 << bit % 8
    try:
        document = loads(bytes(body))
    except Malformed:
        return
    if document == SIGNED:
        return
    with pytest.raises(NotAuthentic):
        verify(document, PUBLIC_KEY, now=NOW)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(), v, max_size=3), max_leaves=10
)


@given(st.sampled_from([*SIGNED["proof"], "expires", "previousProof", "domain"]), json_values)
def test_any_value_in_a_proof_is_refused_and_nothing_else(name: str, value: Any) -> None:
    document = changed(lambda d: d["proof"].update({name: value}))
    if document == SIGNED:
        return
    with pytest.raises(NotAuthentic):
        verify(document, PUBLIC_KEY, now=NOW)
    with pytest.raises(NotAuthentic):
        verify_by_owner(document, Owner(), now=NOW)


@pytest.mark.parametrize(
    "document",
    [
        NOTE,
        {"id": "https://initiative.example/a/1", "type": "Create", "actor": ACTOR, "object": NOTE},
        {
            "id": "https://initiative.example/a/1",
            "type": "Create",
            "actor": [{"id": ACTOR}],
            "attributedTo": ACTOR,
        },
        {
            "@context": ACTOR_CONTEXT,
            "id": ACTOR,
            "type": "Organization",
            "attributedTo": "https://b.example/",
        },
    ],
)
def test_an_owner_s_document_verifies_by_a_key_the_owner_lists(document: JsonObject) -> None:
    verify_by_owner(attach(document, KEY, NOW), Owner(), now=NOW)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "Note"},
        {"type": "Note", "id": ACTOR},
        {"type": "Note", "attributedTo": "https://initiative.example/other"},
        {"type": "Note", "attributedTo": [ACTOR, "https://initiative.example/other"]},
        {"type": "Note", "attributedTo": None},
        {"type": "Create", "actor": "https://initiative.example/other", "attributedTo": ACTOR},
        {"type": "Create", "actor": ACTOR, "attributedTo": "https://initiative.example/other"},
        {"type": "Create", "actor": ACTOR, "attributedTo": "not a url"},
        {
            "type": "Organization",
            "id": "https://initiative.example/other",
            "attributedTo": ACTOR,
            "actor": ACTOR,
        },
        {"type": "Organization", "attributedTo": ACTOR},
    ],
)
def test_another_s_document_does_not_verify_by_our_key(document: JsonObject) -> None:
    """SIG-27: an actor on the same host signs what belongs to its neighbour."""
    with pytest.raises(NotAuthentic, match="not-the-owner"):
        verify_by_owner(attach(document, KEY, NOW), Owner(), now=NOW)


def test_a_key_that_the_owner_does_not_list_is_unknown() -> None:
    for method in ("https://initiative.example/other#ed25519-key", "did:key:" + multikey(PUBLIC_KEY)):
        signed = attach(NOTE, ProofKey(method, KEY.private), NOW)
        with pytest.raises(NotAuthentic, match="unknown-method"):
            verify_by_owner(signed, Owner(), now=NOW)
    with pytest.raises(NotAuthentic, match="no-proof"):
        verify_by_owner(NOTE, Owner(), now=NOW)
    with pytest.raises(NotAuthentic, match="no-proof"):
        hashes(NOTE)


def test_of_a_set_of_proofs_the_one_that_can_be_read_counts() -> None:
    """Mastodon 4.7 knows mldsa44-jcs-2024 as well; each proof of a set is made over the document without any."""
    other = {"type": "DataIntegrityProof", "cryptosuite": "mldsa44-jcs-2024", "proofValue": "z1"}
    both = SIGNED | {"proof": [other, SIGNED["proof"]]}
    assert is_decided_by_proof(both)
    verify_by_owner(both, Owner(), now=NOW)
    for proofs in ([other, other], [SIGNED["proof"], SIGNED["proof"]]):
        with pytest.raises(NotAuthentic, match="many-proofs"):
            verify_by_owner(SIGNED | {"proof": proofs}, Owner(), now=NOW)
    assert not is_decided_by_proof(SIGNED | {"proof": [other, "text", None]})
    assert not is_decided_by_proof(NOTE)


def test_a_key_listed_under_that_name_but_another_is_a_mismatch() -> None:
    owner = Owner(assertion_methods={KEY.verification_method: generate_ed25519().public})
    with pytest.raises(NotAuthentic, match="proof-mismatch"):
        verify_by_owner(SIGNED, owner, now=NOW)


def test_what_has_no_canonical_form_cannot_be_signed() -> None:
    with pytest.raises(Malformed, match="not-canonical"):
        attach({"count": 2**53}, KEY, NOW)


def test_ac_1_10_apsig_verifies_our_proof() -> None:
    # Its verifier changes what it is given.
    verifier = ProofVerifier(multikey(PUBLIC_KEY))
    assert verifier.verify_proof(copy.deepcopy(SIGNED), raise_on_fail=True) == KEY.verification_method
    for case in ("a byte of the content", "a byte of created", "an unknown proof option added"):
        assert not verifier.verify_proof(changed(TAMPERED[case])), case
    other = ProofVerifier(multikey(generate_ed25519().public))
    assert not other.verify_proof(copy.deepcopy(SIGNED))


def test_ac_1_10_we_verify_apsig_s_proof() -> None:
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": KEY.verification_method,
        "created": "2026-11-23T08:30:15Z",
    }
    theirs = ProofSigner(KEY.private.key).sign(copy.deepcopy(NOTE), options)
    assert theirs["proof"]["proofValue"] == SIGNED["proof"]["proofValue"]
    verify_by_owner(theirs, Owner(), now=NOW)
    for case in ("a byte of the content", "a byte of created", "an unknown proof option added"):
        with pytest.raises(NotAuthentic, match="proof-mismatch"):
            verify_by_owner(changed(TAMPERED[case], theirs), Owner(), now=NOW)

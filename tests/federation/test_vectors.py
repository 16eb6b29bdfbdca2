"""The published test vectors, byte for byte: see the `source` of each file in vectors/."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from federation import integrity_proofs
from federation.canonical import canonicalize
from federation.documents import loads
from federation.errors import NotAuthentic
from federation.http_signatures import cavage, rfc9421, scheme
from federation.http_signatures.digests import sha256_digest
from federation.keys import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
    ProofKey,
    RsaPrivateKey,
    RsaPublicKey,
    SigningKey,
    load_private,
    load_public_pem,
)
from federation.multibase import (
    decode,
    from_did_key,
    multikey,
    multikey_ed25519,
    multikey_rsa,
    parse_multikey,
)

VECTORS = Path(__file__).parent / "vectors"
PROOFS = ["v1_fep_8b32", "v2_fep_c390", "v3_w3c_eddsa_jcs_2022"]
LATER = datetime(2026, 11, 23, tzinfo=UTC)


def vector(name: str) -> dict[str, Any]:
    return loads((VECTORS / f"{name}.json").read_bytes())


def test_every_vector_names_its_source_and_licence() -> None:
    files = sorted(VECTORS.glob("*.json"))
    assert len(files) >= 8
    assert all(vector(file.stem)["source"] and vector(file.stem)["licence"] for file in files)


def published_secret(given: dict[str, Any]) -> Ed25519PrivateKey:
    secret = decode(given["secretKeyMultibase"])
    assert secret[:2] == b"\x80\x26"
    return Ed25519PrivateKey(ed25519.Ed25519PrivateKey.from_private_bytes(secret[2:]))


@pytest.mark.parametrize("name", PROOFS)
def test_ac_1_1_a_published_document_is_signed_to_the_published_proof_value(name: str) -> None:
    given = vector(name)
    key = ProofKey(given["verificationMethod"], published_secret(given))
    signed = integrity_proofs.attach(given["document"], key, datetime.fromisoformat(given["created"]))
    assert signed == given["signed"]


@pytest.mark.parametrize("name", PROOFS)
def test_ac_1_1_a_published_proof_verifies(name: str) -> None:
    given = vector(name)
    config_hash, document_hash = integrity_proofs.hashes(given["signed"])
    assert config_hash.hex() == given["proofConfigHash"]
    assert document_hash.hex() == given["documentHash"]
    integrity_proofs.verify(given["signed"], published_secret(given).public, now=LATER)


def test_ac_1_1_v1_verifies_by_the_key_that_its_actor_lists() -> None:
    given = vector("v1_fep_8b32")
    (method,) = given["actor"]["assertionMethod"]
    key = parse_multikey(method["publicKeyMultibase"])
    assert isinstance(key, Ed25519PublicKey)
    assert key.raw.hex() == "b00d8d938e7f773d51565aad36a623f5344f7f5d1960f9cf3e8e12620ea2810f"
    assert integrity_proofs.method_of(given["signed"]) == method["id"]
    integrity_proofs.verify(given["signed"], key, now=LATER)


def test_ac_1_1_v2_verifies_by_its_did() -> None:
    given = vector("v2_fep_c390")
    integrity_proofs.verify(given["signed"], from_did_key(given["document"]["subject"]), now=LATER)
    actor = given["document"]["alsoKnownAs"]
    subject = integrity_proofs.verify_identity_statement(given["signed"], actor, now=LATER)
    assert subject == given["document"]["subject"]


def test_ac_1_1_v3_has_the_published_intermediate_values() -> None:
    given = vector("v3_w3c_eddsa_jcs_2022")
    assert canonicalize(given["document"]).decode() == given["canonicalDocument"]
    config = {name: value for name, value in given["signed"]["proof"].items() if name != "proofValue"}
    assert canonicalize(config).decode() == given["canonicalProofConfig"]
    assert hashlib.sha256(given["canonicalProofConfig"].encode()).hexdigest() == given["proofConfigHash"]
    assert decode(given["signed"]["proof"]["proofValue"]).hex() == given["signature"]
    assert multikey(published_secret(given).public) == given["publicKeyMultibase"]
    integrity_proofs.verify(given["signed"], from_did_key(given["verificationMethod"]), now=LATER)


def test_ac_1_1_v4_keys_are_written_and_read_as_multikeys() -> None:
    given = vector("v4_fep_521a")
    raw = bytes.fromhex(given["ed25519"]["raw"])
    text = given["ed25519"]["multikey"]["publicKeyMultibase"]
    assert multikey_ed25519(raw) == text
    assert parse_multikey(text) == Ed25519PublicKey(raw)

    der = bytes.fromhex(given["rsa"]["pkcs1Der"])
    text = given["rsa"]["multikey"]["publicKeyMultibase"]
    assert multikey_rsa(der) == text
    key = parse_multikey(text)
    assert isinstance(key, RsaPublicKey)
    assert key.pkcs1_der == der
    assert multikey(key) == text


def draft_keys() -> tuple[RsaPrivateKey, RsaPublicKey]:
    given = vector("v6_draft_cavage_12")
    private = load_private("\n".join(given["privateKeyPem"]) + "\n")
    assert isinstance(private, RsaPrivateKey)
    # 1024 bits: the primitive takes them, the door for remote keys does not.
    public = load_public_pem("\n".join(given["publicKeyPem"]), min_bits=1024)
    assert private.public == public
    with pytest.raises(NotAuthentic, match="weak-key"):
        load_public_pem("\n".join(given["publicKeyPem"]))
    return private, public


@pytest.mark.parametrize("case", ["C.1", "C.2", "C.3"])
def test_ac_1_1_v6_the_draft_s_requests_are_signed_and_verified(case: str) -> None:
    given = vector("v6_draft_cavage_12")
    expected = given["cases"][case]
    private, public = draft_keys()
    headers = [(name, value) for name, value in given["headers"]]
    covered = tuple(expected["headersParameter"].split())
    signing_string = cavage.signing_string(given["method"], given["target"], headers, covered)
    assert signing_string.decode() == expected["signingString"]

    key = SigningKey(given["keyId"], private)
    parsed = cavage.parse(cavage.sign(given["method"], given["target"], headers, key, covered))
    assert base64.b64encode(parsed.signature).decode() == expected["signature"]
    assert cavage.verify(parsed, given["method"], given["target"], headers, public)
    assert not cavage.verify(
        parsed, given["method"], given["target"], [("host", "x"), ("date", "x"), *headers], public
    )
    assert sha256_digest(given["body"].encode()) == dict(headers)["digest"]


@pytest.mark.parametrize("case", ["C.1", "C.2"])
def test_ac_1_1_v6_the_draft_s_header_verifies_as_it_is_printed(case: str) -> None:
    given = vector("v6_draft_cavage_12")
    _, public = draft_keys()
    headers = [(name, value) for name, value in given["headers"]]
    printed = cavage.parse(given["cases"][case]["signatureHeader"])
    assert printed.key_id == given["keyId"]
    assert cavage.verify(printed, given["method"], given["target"], headers, public)


def test_ac_1_1_v6_the_header_printed_for_c3_is_read_and_does_not_verify() -> None:
    """Its list names (created) and (expires), which its signature does not cover."""
    given = vector("v6_draft_cavage_12")
    _, public = draft_keys()
    headers = [(name, value) for name, value in given["headers"]]
    printed = cavage.parse(given["cases"]["C.3"]["signatureHeader"])
    assert (printed.created, printed.expires) == (1402170695, 1402170699)
    assert printed.covered[:3] == ("(request-target)", "(created)", "(expires)")
    assert not cavage.verify(printed, given["method"], given["target"], headers, public)


def test_ac_1_1_v7_a_post_is_signed_and_verified_exactly_as_we_send_it() -> None:
    given = vector("v7_cavage_post")
    private, public = draft_keys()
    now = datetime.fromisoformat(given["now"])
    body = given["body"].encode()
    assert len(body) == 188
    headers = scheme.sign_request(
        method=given["method"], url=given["url"], body=body, key=SigningKey(given["keyId"], private), now=now
    )
    assert headers == [(name, value) for name, value in given["headers"]]

    request = scheme.RawRequest("POST", "/inbox", headers, body)
    claim = scheme.inspect(request, origin="https://initiative.example", now=now)
    assert claim.key_id == given["keyId"]
    scheme.prove(claim, request, public)


def rfc_key() -> Ed25519PrivateKey:
    given = vector("v5_rfc_9421_b26")
    private = load_private("\n".join(given["privateKeyPem"]) + "\n")
    assert isinstance(private, Ed25519PrivateKey)
    published = serialization.load_pem_public_key("\n".join(given["publicKeyPem"]).encode())
    assert isinstance(published, ed25519.Ed25519PublicKey)
    assert private.public.raw == published.public_bytes_raw()
    return private


def test_ac_1_1_v5_the_standard_s_request_is_signed_and_verified() -> None:
    given = vector("v5_rfc_9421_b26")
    headers = [(name, value) for name, value in given["headers"]]
    signed = rfc9421.sign(
        given["method"],
        given["url"],
        headers,
        given["keyId"],
        rfc_key(),
        given["components"],
        datetime.fromtimestamp(given["created"], UTC),
        label="sig-b26",
    )
    assert signed == [("signature-input", given["signatureInput"]), ("signature", given["signature"])]

    parsed = rfc9421.parse(given["signatureInput"], given["signature"])
    assert (parsed.key_id, parsed.algorithm, parsed.expires) == (given["keyId"], None, None)
    assert parsed.components == tuple(given["components"])
    request = [*headers, *signed]
    assert rfc9421.verify(parsed, given["method"], given["url"], request, rfc_key().public)
    assert not rfc9421.verify(parsed, "PUT", given["url"], request, rfc_key().public)
    changed = [(name, "19" if name == "content-length" else value) for name, value in request]
    assert not rfc9421.verify(parsed, given["method"], given["url"], changed, rfc_key().public)


def test_ac_1_1_v5_is_too_little_for_us() -> None:
    """It covers neither the query nor a digest, and its key id is no URL."""
    given = vector("v5_rfc_9421_b26")
    signed = [("signature-input", given["signatureInput"]), ("signature", given["signature"])]
    request = scheme.RawRequest(
        "POST", "/foo?param=Value&Pet=dog", [*map(tuple, given["headers"]), *signed], given["body"].encode()
    )
    with pytest.raises(NotAuthentic, match="uncovered"):
        scheme.inspect(
            request, origin="https://example.com", now=datetime.fromtimestamp(given["created"], UTC)
        )


@pytest.mark.parametrize("case", ["rsa", "ed25519"])
def test_ac_1_1_v7_a_post_is_signed_and_verified_after_rfc_9421(case: str) -> None:
    given = vector("v7_rfc_9421_post")
    expected = given["cases"][case]
    headers = [(name, value) for name, value in expected["headers"]]
    now, body = datetime.fromisoformat(given["now"]), given["body"].encode()
    rsa_private, rsa_public = draft_keys()
    private = rsa_private if case == "rsa" else rfc_key()
    signed = rfc9421.sign(
        given["method"], given["url"], headers[:-2], expected["keyId"], private, rfc9421.POST_COVERS, now
    )
    assert signed == headers[-2:]

    request = scheme.RawRequest("POST", "/inbox", headers, body)
    claim = scheme.inspect(request, origin="https://initiative.example", now=now)
    assert (claim.key_id, claim.scheme) == (expected["keyId"], "rfc9421")
    assert claim.covered == {"@method", "@target-uri", "content-digest"}
    scheme.prove(claim, request, rsa_public if case == "rsa" else rfc_key().public)
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        scheme.prove(
            claim,
            scheme.RawRequest("POST", "/inbox?", headers, body),
            rsa_public if case == "rsa" else rfc_key().public,
        )


def test_ac_1_1_v7_is_what_we_send_after_rfc_9421() -> None:
    given = vector("v7_rfc_9421_post")
    private, _ = draft_keys()
    headers = scheme.sign_request(
        method=given["method"],
        url=given["url"],
        body=given["body"].encode(),
        key=SigningKey(given["cases"]["rsa"]["keyId"], private),
        now=datetime.fromisoformat(given["now"]),
        scheme="rfc9421",
    )
    assert headers == [(name, value) for name, value in given["cases"]["rsa"]["headers"]]


def test_the_vectors_are_plain_json_of_their_documents() -> None:
    """What is loaded strictly is what any JSON reader sees."""
    for file in VECTORS.glob("*.json"):
        assert json.loads(file.read_text()) == vector(file.stem)

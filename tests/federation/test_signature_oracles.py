"""Other implementations verify what we send and sign what we verify, with keys that are new at every run.

apsig signs and verifies draft-cavage with code of its own, and signs RFC 9421 without `@target-uri`; its
RFC 9421 verifier asks for an `alg` parameter, which we do not send. The rest is http-message-signatures, used
as its own documentation says and not as ours does, and a signature base spelled out by hand.
"""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from apsig.draft import Signer, Verifier
from apsig.rfc9421 import RFC9421Signer
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)

from federation.errors import NotAuthentic
from federation.http_signatures.dates import http_date
from federation.http_signatures.scheme import RawRequest, inspect, prove, sign_request
from federation.keys import Ed25519PrivateKey, RsaPrivateKey, SigningKey, generate_ed25519, generate_rsa
from tests.federation.hand_signed import content_digest

KEY = SigningKey("https://a.example/actor#main-key", generate_rsa())
BODY = b'{"type":"Follow"}'
INBOX = "https://b.example/inbox"


def now() -> datetime:
    """The other implementations know no clock but the machine's."""
    return datetime.now(UTC)


def resolver(private: RsaPrivateKey | Ed25519PrivateKey) -> MappingKeyResolver:
    return MappingKeyResolver(
        public_keys={KEY.key_id: private.key.public_key()}, private_keys={KEY.key_id: private.key}
    )


@pytest.mark.parametrize("body", [BODY, None])
def test_ac_1_10_apsig_verifies_our_draft_cavage(body: bytes | None) -> None:
    method = "GET" if body is None else "POST"
    headers = dict(sign_request(method=method, url=INBOX, body=body, key=KEY, now=now()))
    assert "signature-input" not in headers
    verifier = Verifier(KEY.private.public.pem, method, INBOX, dict(headers), body or b"")
    assert verifier.verify(raise_on_fail=True) == KEY.key_id
    other = Verifier(generate_rsa().public.pem, method, INBOX, dict(headers), body or b"")
    assert other.verify() is None


def test_ac_1_10_we_verify_apsig_s_draft_cavage() -> None:
    signer = Signer({"Date": http_date(now())}, KEY.private.key, "POST", INBOX, KEY.key_id, BODY)
    headers = [(name.lower(), value) for name, value in signer.sign().items()]
    request = RawRequest("POST", "/inbox", headers, BODY)
    claim = inspect(request, origin="https://b.example", now=now())
    assert claim.scheme == "cavage"
    prove(claim, request, KEY.private.public)


def test_ac_1_10_we_verify_apsig_s_rfc_9421() -> None:
    def signed(*covered: str) -> RawRequest:
        signer = RFC9421Signer(KEY.private.key, KEY.key_id)
        signer.sign_headers = list(covered)
        digest = {"content-digest": content_digest(BODY)}
        headers = {k.lower(): v for k, v in signer.sign("POST", "/inbox", "b.example", digest, BODY).items()}
        # After signing it puts a header of the older form over the one that it was given and signed.
        return RawRequest("POST", "/inbox", list((headers | digest).items()), BODY)

    request = signed("@method", "@path", "@authority", "content-digest", "date")
    claim = inspect(request, origin="https://b.example", now=now())
    assert (claim.key_id, claim.scheme) == (KEY.key_id, "rfc9421")
    prove(claim, request, KEY.private.public)
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        prove(claim, request, generate_rsa().public)
    with pytest.raises(NotAuthentic, match="digest-unsigned"):
        inspect(signed("@method", "@path", "@authority"), origin="https://b.example", now=now())


def as_sent(method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> httpx2.Request:
    return httpx2.Request(method, url, headers=headers, content=body)


@pytest.mark.parametrize("body", [BODY, None])
@pytest.mark.parametrize("url", [INBOX, "https://b.example/outbox?page=2", "https://b.example:8443/?"])
def test_ac_1_10_the_library_by_itself_verifies_our_rfc_9421(url: str, body: bytes | None) -> None:
    method = "GET" if body is None else "POST"
    headers = sign_request(method=method, url=url, body=body, key=KEY, now=now(), scheme="rfc9421")
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.RSA_V1_5_SHA256, key_resolver=resolver(KEY.private)
    )
    (result,) = verifier.verify(
        as_sent(method, url, headers, body),
        max_age=timedelta(minutes=5),
        require_components=("@method", "@target-uri")
        if body is None
        else ("@method", "@target-uri", "content-digest"),
        body=body,
    )
    assert result.parameters["keyid"] == KEY.key_id
    changed = [(name, value.replace("b.example", "c.example")) for name, value in headers]
    with pytest.raises(InvalidSignature):
        verifier.verify(as_sent(method, url.replace("b.example", "c.example"), changed, body))


@pytest.mark.parametrize("make", [generate_rsa, generate_ed25519])
@pytest.mark.parametrize("include_alg", [True, False])
@pytest.mark.parametrize("body", [BODY, None])
def test_ac_1_10_we_verify_what_the_library_signs_by_itself(
    make: Any, include_alg: bool, body: bytes | None
) -> None:
    private = make()
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.RSA_V1_5_SHA256
        if isinstance(private, RsaPrivateKey)
        else algorithms.ED25519,
        key_resolver=resolver(private),
    )
    method = "GET" if body is None else "POST"
    message = as_sent(method, f"{INBOX}?a=b", [], body)
    # Its own defaults: @method, @authority, @target-uri; and its own label.
    signer.sign(message, key_id=KEY.key_id, include_alg=include_alg, body=body)
    headers = [(name.lower(), value) for name, value in message.headers.multi_items()]
    request = RawRequest(method, "/inbox?a=b", headers, body or b"")
    claim = inspect(request, origin="https://b.example", now=now())
    prove(claim, request, private.public)
    for origin, target in (("https://c.example", "/inbox?a=b"), ("https://b.example", "/inbox")):
        moved = RawRequest(method, target, headers, body or b"")
        with pytest.raises(NotAuthentic, match="signature-mismatch"):
            prove(inspect(moved, origin=origin, now=now()), moved, private.public)


def test_ac_1_10_our_rfc_9421_holds_over_a_base_spelled_out_by_hand() -> None:
    at = now()
    headers = dict(sign_request(method="POST", url=INBOX, body=BODY, key=KEY, now=at, scheme="rfc9421"))
    base = "\n".join(
        [
            '"@method": POST',
            '"@target-uri": https://b.example/inbox',
            f'"content-digest": {content_digest(BODY)}',
            '"@signature-params": ("@method" "@target-uri" "content-digest");'
            f'created={int(at.timestamp())};keyid="{KEY.key_id}"',
        ]
    )
    signature = base64.b64decode(headers["signature"].removeprefix("sig1=:").removesuffix(":"))
    public = serialization.load_pem_public_key(KEY.private.public.pem.encode())
    public.verify(signature, base.encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]  # an RSA key

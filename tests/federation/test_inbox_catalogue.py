"""Signatures of the catalogue of hostile inputs, each at the inbox: the status, one word, and nothing fetched."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from federation import client
from federation.errors import Forbidden, Malformed, NotAuthentic
from federation.http_signatures import cavage, rfc9421
from federation.http_signatures.scheme import RawRequest
from federation.keys import RsaPrivateKey, SigningKey
from federation.signers import VERIFICATION_SECONDS
from tests.federation.small_world import (
    ALICE,
    HUB,
    NOW,
    OUR_INBOX,
    Peer,
    World,
    accepted,
    replaced,
    rsa_key,
    take,
)

pytestmark = pytest.mark.anyio

FOLLOW = ALICE.activity("Follow", HUB)
OLDER = cavage.POST_COVERS
NEWER = rfc9421.POST_COVERS


def older(covered: tuple[str, ...] = OLDER, *, now: Any = NOW, algorithm: str = "rsa-sha256") -> RawRequest:
    """Signed after draft-cavage over these headers and no others."""
    request = ALICE.post(FOLLOW, now=now)
    headers = [(name, value) for name, value in request.headers if name != "signature"]
    value = cavage.sign("POST", "/inbox", headers, ALICE.signing_key, covered)
    value = value.replace('algorithm="rsa-sha256"', f'algorithm="{algorithm}"')
    return replaced(request, "signature", value)


def newer(covered: tuple[str, ...] = NEWER, **changes: str) -> RawRequest:
    """Signed after RFC 9421 over these components; `changes` are replacements in what is said of it."""
    request = ALICE.post(FOLLOW, scheme="rfc9421")
    headers = [(n, value) for n, value in request.headers if n not in ("signature", "signature-input")]
    key = ALICE.signing_key
    signed = dict(rfc9421.sign("POST", OUR_INBOX, headers, key.key_id, key.private, covered, NOW))
    for old, new in changes.items():
        signed["signature-input"] = signed["signature-input"].replace(
            f";{old}={int(NOW.timestamp())}", f";{new}" if new else ""
        )
    return RawRequest("POST", "/inbox", [*headers, *signed.items()], request.body)


def at(**delta: float) -> int:
    return int((NOW + timedelta(**delta)).timestamp())


def with_a_public_key_as_a_secret() -> RawRequest:
    request = older(algorithm="hmac-sha256")
    headers = [(name, value) for name, value in request.headers if name != "signature"]
    text = cavage.signing_string("POST", "/inbox", headers, OLDER)
    secret = rsa_key(ALICE.key_name).public.pem.encode()
    forged = base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()
    names = " ".join(OLDER)
    value = f'keyId="{ALICE.key_id}",algorithm="hs2019",headers="{names}",signature="{forged}"'
    return replaced(request, "signature", value)


def with_another_body(request: RawRequest) -> RawRequest:
    return RawRequest("POST", "/inbox", request.headers, request.body.replace(b"Follow", b"Accept"))


def without(names: tuple[str, ...], *left_out: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in left_out)


UNFETCHED: dict[str, tuple[Callable[[], RawRequest], str]] = {
    "sig-01-unsigned": (lambda: replaced(older(), "signature", None), "signature-missing"),
    "sig-02-thirteen-hours-old": (lambda: older(now=NOW - timedelta(hours=13)), "date-skew"),
    "sig-03-two-hours-ahead": (lambda: older(now=NOW + timedelta(hours=2)), "date-skew"),
    "sig-04-a-byte-changed": (lambda: with_another_body(older()), "digest-mismatch"),
    "sig-05-headers-of-another-body": (
        lambda: with_another_body(ALICE.post(FOLLOW, scheme="rfc9421")),
        "digest-mismatch",
    ),
    "sig-06-digest-unsigned": (lambda: older(without(OLDER, "digest")), "digest-unsigned"),
    "sig-06-digest-missing": (
        lambda: replaced(older(without(OLDER, "digest")), "digest", None),
        "digest-missing",
    ),
    "sig-09-target-unsigned": (lambda: older(without(OLDER, "(request-target)")), "uncovered"),
    "sig-09-host-unsigned": (lambda: older(without(OLDER, "host")), "uncovered"),
    "sig-09-date-and-digest-alone": (lambda: older(("date", "digest")), "uncovered"),
    "sig-11-another-host": (lambda: ALICE.post(FOLLOW, url="https://other.example/inbox"), "host-mismatch"),
    "sig-15-hmac": (lambda: older(algorithm="hmac-sha256"), "algorithm-unknown"),
    "sig-15-none": (lambda: older(algorithm="none"), "algorithm-unknown"),
    "sig-22-date-alone": (lambda: newer(("date",)), "uncovered"),
    "sig-22-no-method": (lambda: newer(without(NEWER, "@method")), "uncovered"),
    "sig-22-no-target": (lambda: newer(without(NEWER, "@target-uri")), "uncovered"),
    "sig-22-no-digest": (lambda: newer(without(NEWER, "content-digest")), "digest-unsigned"),
    "sig-23-created-ahead": (lambda: newer(created=f"created={at(hours=2)}"), "date-skew"),
    "sig-23-created-long-ago": (lambda: newer(created=f"created={at(hours=-13)}"), "date-skew"),
    "sig-23-expired": (
        lambda: newer(created=f"created={at(minutes=-30)};expires={at(minutes=-20)}"),
        "signature-expired",
    ),
    "sig-23-expires-before-created": (
        lambda: newer(created=f"created={at()};expires={at(minutes=-1)}"),
        "expires-before-created",
    ),
    "sig-23-no-created": (lambda: newer(created=""), "created-missing"),
}


@pytest.mark.parametrize("name", UNFETCHED)
async def test_what_no_key_could_mend_is_401_unfetched(town: World, name: str) -> None:
    make, reason = UNFETCHED[name]
    with pytest.raises(NotAuthentic) as caught:
        await take(town, make())
    assert (caught.value.status, caught.value.reason) == (401, reason)
    assert town.requests == []
    await accepted(town, ALICE.post(FOLLOW))


FETCHED: dict[str, Callable[[], RawRequest]] = {
    "sig-15-hmac-keyed-with-the-public-key": with_a_public_key_as_a_secret,
    "sig-11-another-host-by-the-newer-scheme": lambda: ALICE.post(
        FOLLOW, url="https://other.example/inbox", scheme="rfc9421"
    ),
    "sig-23-a-created-that-was-not-signed": lambda: newer(created=f"created={at(minutes=1)}"),
}


@pytest.mark.parametrize("name", FETCHED)
async def test_what_the_key_did_not_sign_is_401(town: World, name: str) -> None:
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        await take(town, FETCHED[name]())
    await accepted(town, ALICE.post(FOLLOW))


@cache
def weak_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def spki(key: Any) -> str:
    return str(
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def certificate() -> str:
    key = rsa_key(ALICE.key_name).key
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


PEM = rsa_key(ALICE.key_name).public.pem
BAD_PEMS: dict[str, Callable[[], Any]] = {
    "sig-17-1024-bits": lambda: spki(weak_key(1024)),
    "sig-19-a-private-key": lambda: (
        rsa_key(ALICE.key_name)
        .key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    ),
    "sig-19-a-certificate": certificate,
    "sig-19-two-blocks": lambda: PEM + PEM,
    "sig-19-an-ec-key": lambda: spki(ec.generate_private_key(ec.SECP256R1())),
    "sig-19-a-megabyte": lambda: PEM.replace("\n", "\n" + "A" * 1_000_000 + "\n", 1),
    "sig-19-nul-inside": lambda: PEM.replace("A", "A\x01", 1),
    "sig-19-cut-off": lambda: PEM[:-40],
    "sig-19-a-number": lambda: 7,
    "sig-19-a-list": lambda: [PEM],
    "sig-19-nothing": lambda: "",
}


@pytest.mark.parametrize("name", BAD_PEMS)
async def test_a_key_that_will_not_do_is_refused(town: World, name: str) -> None:
    key = ALICE.document()["publicKey"] | {"publicKeyPem": BAD_PEMS[name]()}
    town.serve(ALICE.id, ALICE.document(publicKey=key))
    signing = weak_key(1024) if "1024" in name else rsa_key(ALICE.key_name).key
    request = ALICE.post(FOLLOW, key=SigningKey(ALICE.key_id, RsaPrivateKey(signing)))
    with pytest.raises((NotAuthentic, Forbidden)) as caught:
        await take(town, request)
    assert caught.value.status in (401, 403)


async def test_sig_19_both_forms_of_a_public_key_will_do(town: World) -> None:
    public = rsa_key(ALICE.key_name).key.public_key()
    for form in (serialization.PublicFormat.PKCS1, serialization.PublicFormat.SubjectPublicKeyInfo):
        world = World()
        pem = public.public_bytes(serialization.Encoding.PEM, form).decode()
        world.serve(ALICE.id, ALICE.document(publicKey=ALICE.document()["publicKey"] | {"publicKeyPem": pem}))
        await accepted(world, ALICE.post(FOLLOW))


async def test_ac_2_3_ten_thousand_levels_are_400_at_once(town: World) -> None:
    bodies = [b'{"a":' * 10_000, b"[" * 100_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000]
    requests = [ALICE.post(body) for body in bodies]
    begun = time.perf_counter()
    for request in requests:
        with pytest.raises(Malformed, match="too-deep") as caught:
            await take(town, request)
        assert caught.value.status == 400
    assert (time.perf_counter() - begun) / len(requests) < 0.05


def test_ac_2_3_fetches_have_ten_seconds_and_deliveries_fifteen() -> None:
    """That each of them strikes is tested with shorter ones."""
    assert (client.FETCH_SECONDS, client.DELIVERY_SECONDS, VERIFICATION_SECONDS) == (10.0, 15.0, 10.0)


async def test_ac_2_3_ssr_17_a_key_that_drips_in_is_given_up(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.signers.VERIFICATION_SECONDS", 0.05)
    asked = 0

    async def drip(*_: Any, **__: Any) -> Any:
        nonlocal asked
        asked += 1
        await asyncio.sleep(1)

    monkeypatch.setattr(town.client, "fetch_document", drip)
    for name in ("alice", "bob"):
        slow = Peer(name)
        with pytest.raises(NotAuthentic, match="key-unreachable"):
            await take(town, slow.post(slow.activity("Follow", HUB)))
    assert asked == 1, "nobody else of that host is waited for just now"

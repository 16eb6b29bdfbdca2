"""Keys: what is taken in from others and what is refused."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import NotAuthentic
from federation.keys import (
    Ed25519PublicKey,
    ProofKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
    load_private,
    load_public_pem,
    load_public_pkcs1,
    private_pem,
)
from federation.multibase import (
    did_key,
    encode_base58btc,
    from_did_key,
    multikey,
    multikey_rsa,
    parse_multikey,
)

RSA = generate_rsa()
ED25519 = generate_ed25519()

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PKCS1 = serialization.PublicFormat.PKCS1


def pem_of(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> str:
    return key.public_bytes(PEM, SPKI).decode()


def rsa_key(modulus: int, exponent: int) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


MODULUS = RSA.key.public_key().public_numbers().n


def test_a_signature_verifies_by_its_key_only() -> None:
    for key in (RSA, ED25519):
        signature = key.sign(b"message")
        assert key.public.verify(signature, b"message")
        assert not key.public.verify(signature, b"Message")
        assert not key.public.verify(b"", b"message")
        assert not key.public.verify(signature + b"\0", b"message")
    assert not generate_rsa().public.verify(RSA.sign(b"message"), b"message")
    assert not generate_ed25519().public.verify(ED25519.sign(b"message"), b"message")


@given(st.binary(max_size=300), st.integers(min_value=0))
def test_one_flipped_bit_of_a_signature_always_fails(message: bytes, position: int) -> None:
    for key in (RSA, ED25519):
        signature = bytearray(key.sign(message))
        bit = position % (len(signature) * 8)
        signature[bit // 8] ^= 1 << bit % 8
        assert not key.public.verify(bytes(signature), message)


def test_private_keys_survive_being_stored() -> None:
    for key in (RSA, ED25519):
        again = load_private(private_pem(key))
        assert type(again) is type(key)
        assert again.public == key.public


@pytest.mark.parametrize(
    "pem", ["", "x", RSA.public.pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_damaged_private_key_is_one_error(pem: str) -> None:
    with pytest.raises(NotAuthentic, match="bad-key"):
        load_private(pem)


def test_a_private_key_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    with pytest.raises(NotAuthentic, match="bad-key"):
        load_private(pem)


def test_secrets_do_not_show_when_a_key_is_printed() -> None:
    secret = private_pem(ED25519)[30:60]
    for shown in (
        repr(RSA),
        repr(ED25519),
        repr(SigningKey("https://a.example/actor#main-key", RSA)),
        repr(ProofKey("https://a.example/actor#ed25519-key", ED25519)),
    ):
        assert "object at" not in shown
        assert secret not in shown


@pytest.mark.parametrize(
    "wrap", [str, str.strip, lambda pem: pem.replace("\n", "\r\n"), lambda pem: "\n " + pem + "\n\n"]
)
def test_both_pem_forms_of_an_rsa_key_are_the_same_key(wrap: Callable[[str], str]) -> None:
    pkcs1 = RSA.key.public_key().public_bytes(PEM, PKCS1).decode()
    assert "BEGIN RSA PUBLIC KEY" in pkcs1
    assert load_public_pem(wrap(RSA.public.pem)) == load_public_pem(wrap(pkcs1)) == RSA.public


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "not a key",
        private_pem(RSA),
        RSA.public.pem * 2,
        RSA.public.pem + private_pem(ED25519),
        "text before\n" + RSA.public.pem,
        RSA.public.pem.replace("PUBLIC KEY", "CERTIFICATE"),
        RSA.public.pem.replace("BEGIN PUBLIC", "BEGIN RSA PUBLIC"),
        RSA.public.pem.replace("M", "\0", 1),
        RSA.public.pem.replace("\n", "\n#", 1),
        RSA.public.pem[:100] + RSA.public.pem[150:],
        RSA.public.pem.replace("-----END", "\n" * 8192 + "-----END"),
        pem_of(ec.generate_private_key(ec.SECP256R1()).public_key()),
        pem_of(ED25519.key.public_key()),
        pem_of(rsa_key(MODULUS, MODULUS - 2)),
        pem_of(rsa_key(MODULUS, 2**32 + 1)),
        pem_of(rsa_key((1 << 8200) + 1, 65537)),
        "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    ],
    ids=range(19),
)
def test_whatever_else_comes_as_a_key_is_refused(pem: str) -> None:
    with pytest.raises(NotAuthentic, match="bad-key") as caught:
        load_public_pem(pem)
    assert caught.value.status == 401


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_a_key_or_is_refused(text: str) -> None:
    for pem in (text, f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"):
        with pytest.raises(NotAuthentic):
            load_public_pem(pem)


def test_a_short_rsa_key_is_weak() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    with pytest.raises(NotAuthentic, match="weak-key"):
        load_public_pem(pem_of(weak))
    with pytest.raises(NotAuthentic, match="weak-key"):
        parse_multikey(multikey_rsa(weak.public_bytes(DER, PKCS1)))


def test_exponent_three_is_taken() -> None:
    key = rsa_key(MODULUS, 3)
    assert load_public_pem(pem_of(key)).pem == pem_of(key)


def test_multikeys_round_trip() -> None:
    assert parse_multikey(multikey(RSA.public)) == RSA.public
    assert parse_multikey(multikey(ED25519.public)) == ED25519.public
    assert multikey(ED25519.public).startswith("z6Mk")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "z6Mk",
        encode_base58btc(b"\xed\x01" + bytes(31)),
        encode_base58btc(b"\xed\x01" + bytes(33)),
        encode_base58btc(b"\x80\x26" + bytes(32)),
        encode_base58btc(b"\x85\x24" + RSA.key.public_key().public_bytes(DER, SPKI)),
        encode_base58btc(b"\x85\x24" + RSA.public.pkcs1_der + b"\0"),
        encode_base58btc(b"\x85\x24"),
        multikey(ED25519.public) + " ",
        multikey(ED25519.public)[1:],
    ],
)
def test_a_multikey_that_does_not_conform_is_refused(text: str) -> None:
    with pytest.raises(NotAuthentic, match="bad-key"):
        parse_multikey(text)


@given(st.binary())
def test_any_bytes_are_a_multikey_or_are_refused(data: bytes) -> None:
    for prefix in (b"", b"\xed\x01", b"\x85\x24"):
        try:
            key = parse_multikey(encode_base58btc(prefix + data))
        except NotAuthentic:
            continue
        assert multikey(key) == encode_base58btc(prefix + data)
    with pytest.raises(NotAuthentic):
        load_public_pkcs1(data)


def test_a_did_key_is_its_key() -> None:
    did = did_key(ED25519.public)
    assert from_did_key(did) == ED25519.public
    assert from_did_key(f"{did}#{did.removeprefix('did:key:')}") == ED25519.public


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        multikey(ED25519.public),
        "did:web:a.example",
        did_key(ED25519.public) + "#other",
        "did:key:" + multikey(RSA.public),
    ],
)
def test_other_dids_are_refused(did: str) -> None:
    with pytest.raises(NotAuthentic, match="bad-key"):
        from_did_key(did)


def test_an_ed25519_key_has_32_bytes() -> None:
    for length in (0, 31, 33):
        with pytest.raises(NotAuthentic, match="bad-key"):
            Ed25519PublicKey(bytes(length))
    assert not Ed25519PublicKey(bytes(range(32))).verify(bytes(64), b"")

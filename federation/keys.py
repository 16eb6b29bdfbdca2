"""RSA keys for HTTP signatures and Ed25519 keys for integrity proofs.

A remote key enters by `load_public_pem` (or `multibase.parse_multikey`), which sets the floor; the classes
themselves are the bare primitives and take any size, so that published test vectors can be computed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from federation.errors import NotAuthentic

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MAX_PEM_CHARACTERS = 8192
KEPT: Final = 1024
"""Parsed keys of others in memory: reading one takes longer than verifying with it."""

_PUBLIC_PEM = re.compile(
    r"-----BEGIN (RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]++-----END (?(1)RSA )PUBLIC KEY-----", re.ASCII
)


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """`pem` is SubjectPublicKeyInfo; build one from untrusted text only by `load_public_pem`."""

    pem: str

    def verify(self, signature: bytes, message: bytes) -> bool:
        """RSASSA-PKCS1-v1_5 with SHA-256, the only RSA signature servers really send."""
        try:
            _parse_rsa(self.pem).verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    @property
    def pkcs1_der(self) -> bytes:
        """The bytes that a Multikey of an RSA key carries (FEP-521a: PKCS#1, not SubjectPublicKeyInfo)."""
        return _parse_rsa(self.pem).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


@dataclass(frozen=True, slots=True)
class Ed25519PublicKey:
    """`raw` is the 32-byte point; any other length raises NotAuthentic("bad-key")."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise NotAuthentic("bad-key", "an Ed25519 public key has 32 bytes")

    def verify(self, signature: bytes, message: bytes) -> bool:
        try:
            _parse_ed25519(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


PublicKey = RsaPublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class RsaPrivateKey:
    key: rsa.RSAPrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    @property
    def public(self) -> RsaPublicKey:
        return RsaPublicKey(_spki_pem(self.key.public_key()))


@dataclass(frozen=True, slots=True)
class Ed25519PrivateKey:
    key: ed25519.Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    @property
    def public(self) -> Ed25519PublicKey:
        return Ed25519PublicKey(self.key.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs HTTP requests; `key_id` is the address under which peers find the public half."""

    key_id: str
    private: RsaPrivateKey


@dataclass(frozen=True, slots=True)
class ProofKey:
    """Signs documents; `verification_method` is its id in the actor's `assertionMethod`."""

    verification_method: str
    private: Ed25519PrivateKey


def generate_rsa() -> RsaPrivateKey:
    """2048 bits: what every peer verifies; takes a tenth of a second and more."""
    return RsaPrivateKey(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def generate_ed25519() -> Ed25519PrivateKey:
    return Ed25519PrivateKey(ed25519.Ed25519PrivateKey.generate())


def private_pem(key: RsaPrivateKey | Ed25519PrivateKey) -> str:
    """PKCS#8 without a passphrase: the caller keeps the file from other eyes."""
    return key.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def load_private(pem: str) -> RsaPrivateKey | Ed25519PrivateKey:
    """One of our own private keys, as `private_pem` wrote it. Raises NotAuthentic("bad-key")."""
    try:
        # We made this key ourselves: checking its primes again costs tens of milliseconds at every start.
        key = serialization.load_pem_private_key(
            pem.encode("utf-8"), password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotAuthentic("bad-key", "this is no private key in PEM") from error
    match key:
        case rsa.RSAPrivateKey():
            return RsaPrivateKey(key)
        case ed25519.Ed25519PrivateKey():
            return Ed25519PrivateKey(key)
        case _:
            raise NotAuthentic("bad-key", "only RSA and Ed25519 keys are used")


@lru_cache(maxsize=KEPT)
def load_public_pem(pem: str, *, min_bits: int = MIN_RSA_BITS) -> RsaPublicKey:
    """A remote actor's RSA key from `publicKeyPem`: one block, `PUBLIC KEY` or `RSA PUBLIC KEY`.

    Raises NotAuthentic("weak-key") below `min_bits`, NotAuthentic("bad-key") for everything else that is not
    such a key. The answer's `pem` is SubjectPublicKeyInfo whatever came in, so equal keys compare equal.
    """
    if len(pem) > MAX_PEM_CHARACTERS or _PUBLIC_PEM.fullmatch(pem.strip()) is None:
        raise NotAuthentic("bad-key", "not one PEM block with a public key")
    return _admit(_parse_rsa(pem.strip()), min_bits)


def load_public_pkcs1(der: bytes, *, min_bits: int = MIN_RSA_BITS) -> RsaPublicKey:
    """A remote RSA key as the PKCS#1 DER of a Multikey. Raises as `load_public_pem`."""
    # A bare PKCS#1 structure begins with two INTEGERs; the loader would also take SubjectPublicKeyInfo here.
    key = _expect_rsa(der, serialization.load_der_public_key)
    if key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1) != der:
        raise NotAuthentic("bad-key", "not the PKCS#1 form of a key")
    return _admit(key, min_bits)


def _admit(key: rsa.RSAPublicKey, min_bits: int) -> RsaPublicKey:
    if key.key_size < min_bits:
        raise NotAuthentic("weak-key", f"{key.key_size} bits")
    exponent = key.public_numbers().e
    # A modulus or an exponent as long as the sender likes makes each verification cost what the sender likes:
    # 3072 bits with a 3071-bit exponent take 5 ms, 130 times the usual.
    if key.key_size > MAX_RSA_BITS or not 3 <= exponent <= 2**32 or exponent % 2 == 0:
        raise NotAuthentic("bad-key", "modulus or exponent out of range")
    return RsaPublicKey(_spki_pem(key))


@lru_cache(maxsize=KEPT)
def _parse_rsa(pem: str) -> rsa.RSAPublicKey:
    return _expect_rsa(pem.encode("utf-8", "replace"), serialization.load_pem_public_key)


@lru_cache(maxsize=KEPT)
def _parse_ed25519(raw: bytes) -> ed25519.Ed25519PublicKey:
    return ed25519.Ed25519PublicKey.from_public_bytes(raw)


def _expect_rsa(data: bytes, load: Callable[[bytes], object]) -> rsa.RSAPublicKey:
    try:
        key = load(data)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotAuthentic("bad-key", "this is no public key") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotAuthentic("bad-key", "not an RSA key")
    return key


def _spki_pem(key: rsa.RSAPublicKey) -> str:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")

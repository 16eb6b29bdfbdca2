"""Keys as text: base58btc multibase, Multikey (FEP-521a) and did:key."""

import re
from functools import lru_cache
from typing import Final

import base58

from federation.errors import Malformed, NotAuthentic
from federation.keys import KEPT, Ed25519PublicKey, PublicKey, RsaPublicKey, load_public_pkcs1

# Decoding base58 takes quadratic time; an RSA key of 8192 bits needs 1430 characters.
MAX_CHARACTERS: Final = 2048

_BASE58BTC = re.compile(r"z[1-9A-HJ-NP-Za-km-z]++")
_ED25519_PUBLIC: Final = b"\xed\x01"
_RSA_PUBLIC: Final = b"\x85\x24"
_DID_KEY: Final = "did:key:"


def encode_base58btc(data: bytes) -> str:
    return "z" + base58.b58encode(data).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of a base58btc multibase string, the only base here. Raises Malformed("bad-multibase")."""
    # The library forgives trailing white space: two spellings of one proof value would then both verify.
    if len(text) > MAX_CHARACTERS or _BASE58BTC.fullmatch(text) is None:
        raise Malformed("bad-multibase")
    # The library's own way from number to bytes is a loop over every byte.
    digits = text[1:].lstrip("1")
    number = base58.b58decode_int(digits) if digits else 0
    return bytes(len(text) - 1 - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey_ed25519(raw: bytes) -> str:
    """`z6Mk...` of a 32-byte public key."""
    return encode_base58btc(_ED25519_PUBLIC + raw)


def multikey_rsa(pkcs1_der: bytes) -> str:
    """`z4MX...` of an RSA public key in PKCS#1 DER (`RsaPublicKey.pkcs1_der`)."""
    return encode_base58btc(_RSA_PUBLIC + pkcs1_der)


@lru_cache(maxsize=KEPT)
def parse_multikey(text: str) -> PublicKey:
    """The key in `publicKeyMultibase`. Raises NotAuthentic("bad-key") or NotAuthentic("weak-key")."""
    try:
        data = decode(text)
    except Malformed as error:
        raise NotAuthentic("bad-key", "not base58btc") from error
    match data[:2]:
        case b"\xed\x01":
            return Ed25519PublicKey(data[2:])
        case b"\x85\x24":
            return load_public_pkcs1(data[2:])
        case _:
            raise NotAuthentic("bad-key", "neither an Ed25519 nor an RSA public key")


def multikey(key: PublicKey) -> str:
    match key:
        case Ed25519PublicKey(raw):
            return multikey_ed25519(raw)
        case RsaPublicKey():
            return multikey_rsa(key.pkcs1_der)


def did_key(key: Ed25519PublicKey) -> str:
    return _DID_KEY + multikey_ed25519(key.raw)


def from_did_key(did: str) -> Ed25519PublicKey:
    """The key of a `did:key`, with or without its fragment. Raises NotAuthentic("bad-key")."""
    identifier, _, fragment = did.removeprefix(_DID_KEY).partition("#")
    if not did.startswith(_DID_KEY) or fragment not in ("", identifier):
        raise NotAuthentic("bad-key", "not a did:key")
    key = parse_multikey(identifier)
    if not isinstance(key, Ed25519PublicKey):
        raise NotAuthentic("bad-key", "not an Ed25519 key")
    return key

"""The headers that tie a signature to a body: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeAlias

from federation.errors import NotAuthentic
from federation.http_signatures.structured_fields import read_dictionary

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Lower-case names in the order received; a repeated header is repeated here."""


def sha256_digest(body: bytes) -> str:
    """The header's value for a body."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def sha256_content_digest(body: bytes) -> str:
    """The value of `Content-Digest` for a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def check_digest(headers: Headers, body: bytes) -> None:
    """Raises NotAuthentic unless exactly one SHA-256 digest is given and it is the body's."""
    value = _only("digest", headers)
    claimed: bytes | None = None
    for entry in value.split(","):
        algorithm, _, encoded = entry.strip().partition("=")
        if algorithm.lower() != "sha-256":
            continue
        if claimed is not None:
            raise NotAuthentic("digest-malformed")
        try:
            claimed = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotAuthentic("digest-malformed") from error
    if claimed is None:
        raise NotAuthentic("digest-algorithm")
    _compare(claimed, body)


def check_content_digest(headers: Headers, body: bytes) -> None:
    """Raises NotAuthentic unless the header names a SHA-256 digest and it is the body's.

    Digests by other algorithms may stand beside it and count for nothing.
    """
    value = _only("content-digest", headers)
    try:
        digests = read_dictionary(value)
    except ValueError as error:
        raise NotAuthentic("digest-malformed") from error
    if "sha-256" not in digests:
        raise NotAuthentic("digest-algorithm")
    claimed, _ = digests["sha-256"]
    if not isinstance(claimed, bytes):
        raise NotAuthentic("digest-malformed")
    _compare(claimed, body)


def _only(name: str, headers: Headers) -> str:
    values = [value for header, value in headers if header.lower() == name]
    if not values:
        raise NotAuthentic("digest-missing")
    if len(values) > 1:
        raise NotAuthentic("duplicate-header", name)
    return values[0]


def _compare(claimed: bytes, body: bytes) -> None:
    if not hmac.compare_digest(claimed, hashlib.sha256(body).digest()):
        raise NotAuthentic("digest-mismatch")

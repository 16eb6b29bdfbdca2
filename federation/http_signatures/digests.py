"""The `Digest` header (RFC 3230) that ties a signature to a body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeAlias

from federation.errors import NotAuthentic

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Lower-case names in the order received; a repeated header is repeated here."""


def sha256_digest(body: bytes) -> str:
    """The header's value for a body."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


def check_digest(headers: Headers, body: bytes) -> None:
    """Raises NotAuthentic unless exactly one SHA-256 digest is given and it is the body's."""
    values = [value for name, value in headers if name.lower() == "digest"]
    if not values:
        raise NotAuthentic("digest-missing")
    if len(values) > 1:
        raise NotAuthentic("duplicate-header", "digest")
    claimed: bytes | None = None
    for entry in values[0].split(","):
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
    if not hmac.compare_digest(claimed, hashlib.sha256(body).digest()):
        raise NotAuthentic("digest-mismatch")

"""draft-cavage-http-signatures-12 with RSA-SHA256: parse, build the signing string, sign, verify.

The bare mechanism without policy: which headers must be covered and how old a signature may be is `scheme`.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from federation.errors import NotAuthentic
from federation.http_signatures.digests import Headers
from federation.keys import PublicKey, SigningKey

MAX_HEADER_CHARACTERS = 8192
# Each is looked for among all headers of the request: 2000 of both take a third of a second.
MAX_COVERED = 64
GET_COVERS = ("(request-target)", "host", "date")
POST_COVERS = ("(request-target)", "host", "date", "digest", "content-type")

# `hs2019` says "look at the key", and so does leaving it out. GoToSocial sends hs2019 with RSA-SHA256.
ALGORITHMS = frozenset({None, "rsa-sha256", "hs2019"})

_PARAMETER = re.compile(
    r'[ \t]*+([A-Za-z][A-Za-z0-9_-]*+)[ \t]*+=[ \t]*+(?:"((?:[^"\\]++|\\.)*+)"|([^\s",]++))[ \t]*+(,|\Z)'
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class SignatureHeader:
    """`algorithm` is None when absent; `covered` are lower-case names; times are seconds since 1970."""

    key_id: str
    algorithm: str | None
    covered: tuple[str, ...]
    signature: bytes
    created: int | None = None
    expires: int | None = None


def parse(value: str) -> SignatureHeader:
    """The parameters of a `Signature` header. Raises NotAuthentic("signature-malformed").

    A repeated parameter is refused: two readers may each take another one (fixed in Mastodon 4.5.5).
    """
    parameters = _parameters(value)
    key_id = parameters.get("keyid")
    encoded = parameters.get("signature")
    if not key_id or not encoded:
        raise _malformed("keyId and signature are needed")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("the signature is not base64") from error
    algorithm = parameters.get("algorithm")
    # The draft's default without `headers`; the older `date` still applies where the algorithm is named.
    default = "(created)" if algorithm in (None, "hs2019") else "date"
    covered = tuple(parameters.get("headers", default).lower().split(" "))
    if not all(covered) or len(set(covered)) != len(covered) or len(covered) > MAX_COVERED:
        raise _malformed("the list of headers is empty, too long or repeats a name")
    return SignatureHeader(
        key_id,
        algorithm,
        covered,
        signature,
        _seconds(parameters, "created"),
        _seconds(parameters, "expires"),
    )


def signing_string(
    method: str,
    target: str,
    headers: Headers,
    covered: tuple[str, ...],
    *,
    created: int | None = None,
    expires: int | None = None,
) -> bytes:
    """What is signed: one line per covered name (section 2.3). `target` is the path with its query.

    Raises NotAuthentic("covered-header-missing") if a covered header is not there.
    """
    lines = []
    for name in covered:
        match name:
            case "(request-target)":
                text: str | None = f"{method.lower()} {target}"
            case "(created)":
                text = None if created is None else str(created)
            case "(expires)":
                text = None if expires is None else str(expires)
            case _:
                values = [value.strip(" \t") for header, value in headers if header.lower() == name]
                text = ", ".join(values) if values else None
        if text is None:
            raise NotAuthentic("covered-header-missing")
        if "\n" in text or "\r" in text:
            raise NotAuthentic("bad-header", "a line break would forge a line of the signing string")
        lines.append(f"{name}: {text}")
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError as error:
        raise NotAuthentic("bad-header", "not representable in a header") from error


def sign(
    method: str, target: str, headers: Headers, key: SigningKey, covered: tuple[str, ...] | None = None
) -> str:
    """The value of the `Signature` header; by default covers what GET or POST should."""
    if covered is None:
        covered = GET_COVERS if method.upper() == "GET" else POST_COVERS
    signature = key.private.sign(signing_string(method, target, headers, covered))
    return (
        f'keyId="{key.key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",'
        f'signature="{base64.b64encode(signature).decode("ascii")}"'
    )


def verify(header: SignatureHeader, method: str, target: str, headers: Headers, public: PublicKey) -> bool:
    """Whether the signature is the key's, over the target with its query or without it.

    Gancio, Takahe and Mobilizon leave the query out of the signing string, Mastodon and the draft do not.
    """
    targets = [target]
    if "?" in target and "(request-target)" in header.covered:
        targets.append(target.partition("?")[0])
    return any(
        public.verify(
            header.signature,
            signing_string(
                method, candidate, headers, header.covered, created=header.created, expires=header.expires
            ),
        )
        for candidate in targets
    )


def _parameters(value: str) -> dict[str, str]:
    if len(value) > MAX_HEADER_CHARACTERS:
        raise _malformed("too long")
    parameters: dict[str, str] = {}
    position, more = 0, True
    while more:
        match = _PARAMETER.match(value, position)
        if match is None:
            raise _malformed("not a list of parameters")
        name = match[1].lower()
        if name in parameters:
            raise _malformed("a parameter is repeated")
        parameters[name] = match[3] if match[2] is None else _ESCAPE.sub(r"\1", match[2])
        position, more = match.end(), match[4] == ","
    return parameters


def _seconds(parameters: dict[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise _malformed("created and expires are whole seconds")
    return int(text)


def _malformed(detail: str) -> NotAuthentic:
    return NotAuthentic("signature-malformed", detail)

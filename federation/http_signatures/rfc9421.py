"""RFC 9421 with RSA-v1.5-SHA-256 and Ed25519: parse, sign, verify, through http-message-signatures.

The bare mechanism without policy, as `cavage` is: which components must be covered and how old a signature may
be is `scheme`. The library builds the signature base; time, keys and the primitives are ours. What may be a
component is less than the standard offers: no parameters (`sf`, `key`, `bs`, `req`, `tr`), no `@query-param`
and no `@status`. Nobody between our servers sends those, and each is a second way to read a request.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)

from federation.errors import NotAuthentic
from federation.http_signatures.digests import Headers
from federation.http_signatures.structured_fields import MAX_CHARACTERS, Member, read_dictionary
from federation.keys import Ed25519PrivateKey, Ed25519PublicKey, PublicKey, RsaPrivateKey

LABEL = "sig1"
GET_COVERS = ("@method", "@target-uri")
POST_COVERS = ("@method", "@target-uri", "content-digest")
DERIVED = frozenset({"@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"})
MAX_COMPONENTS = 64

RSA, ED25519 = "rsa-v1_5-sha256", "ed25519"
ALGORITHMS = frozenset({None, RSA, ED25519})
_PARAMETERS = frozenset({"alg", "created", "expires", "keyid", "nonce", "tag"})
# RFC 3986 to the letter, as the library reads a URL: `?x[]=1`, which PHP makes, is none.
_PLAIN_TARGET = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+")
_FIELD_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class SignatureInput:
    """What a `Signature-Input` says; `algorithm` is None when absent, times are seconds since 1970."""

    key_id: str
    algorithm: str | None
    components: tuple[str, ...]
    created: int
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class _Message:
    """A request in the shape that the library asks for."""

    method: str
    url: str
    headers: "_Fields | dict[str, str]"


@dataclass(frozen=True, slots=True)
class _Fields:
    lines: Headers

    def items(self) -> Iterable[tuple[str, str]]:
        return self.lines


def parse(signature_input: str, signature: str) -> SignatureInput:
    """The one signature of a request, from its two headers. Raises NotAuthentic."""
    inputs, signatures = _dictionary(signature_input), _dictionary(signature)
    if len(inputs) != 1 or len(signatures) != 1:
        # Mastodon refuses it too: who may choose among several chooses the one that an attacker could add.
        raise NotAuthentic("several-signatures")
    if inputs.keys() != signatures.keys():
        raise _malformed("the two headers bear different labels")
    ((listed, parameters),) = inputs.values()
    ((value, _),) = signatures.values()
    if not isinstance(listed, list) or not isinstance(value, bytes) or not value:
        raise _malformed("a list of components and a byte sequence are needed")
    if not _PARAMETERS.issuperset(parameters):
        raise NotAuthentic("parameter-unknown")
    for name in ("created", "expires"):
        # bool is an int to Python, and `created;expires` without a value is True.
        if name in parameters and type(parameters[name]) is not int:
            raise _malformed("created and expires are whole seconds")
    if any(not isinstance(parameters.get(name, ""), str) for name in ("alg", "keyid", "nonce", "tag")):
        raise _malformed("alg, keyid, nonce and tag are strings")
    if "created" not in parameters:
        raise NotAuthentic("created-missing")
    if not parameters.get("keyid"):
        raise NotAuthentic("keyid-missing")
    return SignatureInput(
        parameters["keyid"],
        parameters.get("alg"),
        _components(listed),
        parameters["created"],
        parameters.get("expires"),
    )


def can_sign(target: str) -> bool:
    """Whether a path with its query can be put under a signature: not with brackets or a percent sign of its own."""
    return _PLAIN_TARGET.fullmatch(target) is not None


def sign(
    method: str,
    url: str,
    headers: Headers,
    key_id: str,
    private: RsaPrivateKey | Ed25519PrivateKey,
    components: Sequence[str],
    created: datetime,
    *,
    label: str = LABEL,
    nonce: str | None = None,
    tag: str | None = None,
) -> list[tuple[str, str]]:
    """`Signature-Input` and `Signature` for a request that already bears all its other headers.

    Names in lower case, each header once; a target that `can_sign`, and components that are there. No `alg`
    parameter: the key says what it is, and Mastodon ignores it.
    """
    algorithm = _Rsa if isinstance(private, RsaPrivateKey) else _Ed25519
    prepared = HTTPMessageSigner(signature_algorithm=algorithm).prepare(
        _Message(method.upper(), url.partition("#")[0], dict(headers)),
        key_id=key_id,
        created=created,
        label=label,
        nonce=nonce,
        tag=tag,
        include_alg=False,
        covered_component_ids=tuple(components),
        use_existing_digest=any(name == "content-digest" for name, _ in headers),
    )
    signature = base64.b64encode(private.sign(prepared.signature_base)).decode("ascii")
    return [
        ("signature-input", f"{label}={prepared.signature_params}"),
        ("signature", f"{label}=:{signature}:"),
    ]


def verify(header: SignatureInput, method: str, url: str, headers: Headers, public: PublicKey) -> bool:
    """Whether the signature is the key's, over exactly this request.

    `url` is our own origin and the target as it came. Raises NotAuthentic for an `alg` that is not the key's,
    and for a covered header that is not there or holds what no header may.
    """
    algorithm = _Ed25519 if isinstance(public, Ed25519PublicKey) else _Rsa
    if header.algorithm not in (None, algorithm.algorithm_id):
        # SIG-15: the key says what it is, whatever the sender would like us to compute with it.
        raise NotAuthentic("algorithm-mismatch")
    for name in header.components:
        if not name.startswith("@"):
            _require_plain([value for header_name, value in headers if header_name.lower() == name])
    verifier = _Verifier(signature_algorithm=algorithm, key_resolver=_OneKey(public))
    try:
        verifier.verify(_Message(method, url, _Fields(headers)), max_age=None)
    except Exception:  # whatever the library makes of foreign bytes, it is no proof
        return False
    return True


def _dictionary(value: str) -> dict[str, Member]:
    try:
        return read_dictionary(value)
    except ValueError as error:
        raise _malformed("not a dictionary") from error


def _components(listed: Sequence[Member]) -> tuple[str, ...]:
    names = []
    for name, parameters in listed:
        if not isinstance(name, str):
            raise _malformed("a component is a string")
        if parameters:
            raise NotAuthentic("component-parameter")
        if name not in DERIVED and not _FIELD_NAME.fullmatch(name):
            raise NotAuthentic("component-unknown")
        names.append(name)
    if len(names) > MAX_COMPONENTS or len(set(names)) != len(names):
        raise _malformed("too many components, or one twice")
    return tuple(names)


def _require_plain(values: Sequence[str]) -> None:
    if not values:
        raise NotAuthentic("covered-header-missing")
    if any("\r" in value or "\n" in value for value in values):
        # The library would unfold it: one reader sees one line where another sees two.
        raise NotAuthentic("bad-header", "a folded header")
    if sum(map(len, values)) > MAX_CHARACTERS:
        raise NotAuthentic("bad-header", "too long")


def _malformed(detail: str) -> NotAuthentic:
    return NotAuthentic("signature-malformed", detail)


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: object, max_age: object = None) -> None:
        """Nothing: the library would ask the machine's clock and allow five seconds; `scheme` has looked."""


class _OneKey(HTTPSignatureKeyResolver):
    """The key that was found for the key id. The caller knows whose it is; the library need not."""

    def __init__(self, public: PublicKey) -> None:
        self._public = public

    def resolve_public_key(self, key_id: str) -> PublicKey:
        return self._public


class _OurPrimitive(HTTPSignatureAlgorithm):
    """Verifies with our own key classes: one implementation of each primitive, whatever the scheme."""

    def __init__(self, public_key: PublicKey) -> None:
        self._public = public_key

    def verify(self, signature: bytes, message: bytes) -> None:
        if not self._public.verify(signature, message):
            raise InvalidSignature


class _Rsa(_OurPrimitive):
    algorithm_id = RSA


class _Ed25519(_OurPrimitive):
    algorithm_id = ED25519

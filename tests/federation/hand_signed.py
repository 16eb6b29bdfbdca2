"""Requests signed after RFC 9421 by hand: the signature base is spelled out here, so no library errs with us."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.keys import Ed25519PrivateKey, RsaPrivateKey, generate_ed25519, generate_rsa

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ORIGIN = "https://b.example"
BODY = b'{"type":"Follow"}'
RSA_KEY = generate_rsa()
ED25519_KEY = generate_ed25519()
KEY_ID = "https://a.example/actor#main-key"
PARAMETERS = f'created={SECONDS};keyid="{KEY_ID}"'
COVERED = ("@method", "@target-uri", "content-digest")

HOST_AND_TYPE = [("host", "b.example"), ("content-type", "application/activity+json")]
Headers = list[tuple[str, str]]
Private = RsaPrivateKey | Ed25519PrivateKey


def content_digest(body: bytes, algorithm: str = "sha-256") -> str:
    digest = hashlib.new(algorithm.replace("-", ""), body).digest()
    return f"{algorithm}=:{base64.b64encode(digest).decode()}:"


def at(seconds: int, rest: str = "") -> str:
    """Parameters of a signature made that much later, and what is to follow them."""
    return f'created={SECONDS + seconds};keyid="{KEY_ID}"{rest}'


def unchanged(headers: Headers) -> Headers:
    return headers


def signed(
    *,
    covered: Sequence[str] = COVERED,
    parameters: str = PARAMETERS,
    method: str = "POST",
    target: str = "/inbox",
    signed_target: str | None = None,
    body: bytes = BODY,
    headers: Headers | None = None,
    change: Callable[[Headers], Headers] = unchanged,
    key: Private = RSA_KEY,
    listed: str | None = None,
    label: str = "sig1",
    origin: str = ORIGIN,
) -> RawRequest:
    """A request whose signature is right for what it covers. `listed` overrides how the components are written.

    `change` is done after signing.
    """
    if headers is None:
        headers = [("host", "b.example"), ("content-type", "application/activity+json")]
        if body or method == "POST":
            headers.append(("content-digest", content_digest(body)))
    uri = origin + (target if signed_target is None else signed_target)
    path, mark, query = uri.removeprefix(origin).partition("?")
    derived = {
        "@method": method,
        "@target-uri": uri,
        "@authority": origin.removeprefix("https://"),
        "@scheme": "https",
        "@request-target": path + mark + query,
        "@path": path,
        "@query": "?" + query,
    }
    fields: dict[str, str] = {}
    for name, value in headers:
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    lines = [f'"{name}": {(derived | fields).get(name, "")}' for name in covered]
    inner = "(" + (" ".join(f'"{name}"' for name in covered) if listed is None else listed) + ")"
    input_ = f"{inner};{parameters}" if parameters else inner
    base = "\n".join([*lines, f'"@signature-params": {input_}'])
    signature = base64.b64encode(key.sign(base.encode())).decode()
    both = [("signature-input", f"{label}={input_}"), ("signature", f"{label}=:{signature}:")]
    return RawRequest(method, target, change([*headers, *both]), body)


def check(request: RawRequest, key: Private = RSA_KEY, now: datetime = NOW) -> None:
    prove(inspect(request, origin=ORIGIN, now=now), request, key.public)


def without(name: str) -> Callable[[Headers], Headers]:
    return lambda headers: [header for header in headers if header[0] != name]


def replaced(name: str, value: str) -> Callable[[Headers], Headers]:
    return lambda headers: [(n, value if n == name else v) for n, v in headers]


def edited(name: str, before: str, after: str) -> Callable[[Headers], Headers]:
    return lambda headers: [(n, v.replace(before, after) if n == name else v) for n, v in headers]


def appended(name: str, value: str) -> Callable[[Headers], Headers]:
    return lambda headers: [*headers, (name, value)]

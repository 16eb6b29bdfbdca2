"""Our policy for HTTP signatures: what we sign, and what a signed request must cover to count.

Checking goes in two steps, so that nothing is fetched for a request that could never pass: `inspect` needs no
key, `prove` needs the one that `inspect` named. Draft-cavage both ways; a request signed only after RFC 9421
is answered with 401, which makes its sender knock again with the older scheme.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from federation.documents import id_of
from federation.errors import NotAuthentic
from federation.http_signatures import cavage
from federation.http_signatures.dates import (
    from_seconds,
    http_date,
    parse_http_date,
    require_fresh,
    require_unexpired,
)
from federation.http_signatures.digests import check_digest, sha256_digest
from federation.http_signatures.message import RawRequest, once_only
from federation.keys import PublicKey, SigningKey
from federation.vocabulary import ACTIVITY_JSON

__all__ = ["Claim", "RawRequest", "Scheme", "inspect", "prove", "sign_request"]

Scheme = Literal["cavage", "rfc9421"]

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose signature a request says it bears; believed only after `prove`.

    `covered` are the lower-case names of what is under the signature: a header that is not there is anybody's.
    """

    key_id: str
    scheme: Scheme
    covered: frozenset[str]
    header: cavage.SignatureHeader


def sign_request(
    *,
    method: str,
    url: str,
    body: bytes | None,
    key: SigningKey,
    now: datetime,
    content_type: str | None = None,
    more_headers: Sequence[tuple[str, str]] = (),
) -> list[tuple[str, str]]:
    """The headers to send with a request, signature included; names in lower case.

    `url` is the one really sent, already percent-encoded. With a body, Digest and Content-Type (ActivityPub's
    unless given) are added and covered; `more_headers` are sent and covered too. A signature lives for
    minutes: sign again for every retry and hop.
    """
    authority, target = _authority_and_target(url)
    headers = [("host", authority), ("date", http_date(now))]
    covered: tuple[str, ...] = cavage.GET_COVERS if body is None else cavage.POST_COVERS
    if body is not None:
        headers.append(("digest", sha256_digest(body)))
        headers.append(("content-type", content_type or ACTIVITY_JSON))
    more = [(name.lower(), value) for name, value in more_headers]
    headers += more
    covered += tuple(name for name, _ in more)
    headers.append(("signature", cavage.sign(method, target, headers, key, covered)))
    return headers


def inspect(request: RawRequest, *, origin: str, now: datetime) -> Claim:
    """Everything that can be checked before a key is known. Raises NotAuthentic.

    `origin` is our own, "https://host[:port]": a request signed for another server must not count here
    (replay across servers).
    """
    headers = once_only(request)
    if "signature-input" in headers:
        # Never fall back to the older reading of the same request: who adds headers would choose it.
        raise NotAuthentic("rfc9421-unsupported")
    if "signature" not in headers:
        raise NotAuthentic("signature-missing")
    header = cavage.parse(headers["signature"])
    if header.algorithm not in cavage.ALGORITHMS:
        raise NotAuthentic("algorithm-unknown")
    if id_of(header.key_id) is None:
        raise NotAuthentic("bad-key-id")
    _check_coverage(request, header)
    _check_times(header, headers.get("date"), now)
    _check_host(headers.get("host", ""), origin)
    if "digest" in header.covered:
        check_digest(request.headers, request.body)
    return Claim(header.key_id, "cavage", frozenset(header.covered), header)


def prove(claim: Claim, request: RawRequest, public_key: PublicKey) -> None:
    """Raises NotAuthentic("signature-mismatch") unless this key signed this request."""
    if not cavage.verify(claim.header, request.method, request.target, request.headers, public_key):
        raise NotAuthentic("signature-mismatch")


def _check_host(host: str, origin: str) -> None:
    scheme, _, authority = origin.lower().partition("://")
    if authority not in (host.lower(), host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ":"))):
        raise NotAuthentic("host-mismatch")


def _check_coverage(request: RawRequest, header: cavage.SignatureHeader) -> None:
    covered = header.covered
    if "(request-target)" not in covered or "host" not in covered:
        raise NotAuthentic("uncovered", "(request-target) and host must be signed")
    if "digest" not in covered and request.needs_digest:
        present = any(name.lower() == "digest" for name, _ in request.headers)
        # A correct digest that is not signed proves nothing: anyone can add one (CVE-2023-49079).
        raise NotAuthentic("digest-unsigned" if present else "digest-missing")
    if header.algorithm == "rsa-sha256" and ("(created)" in covered or "(expires)" in covered):
        raise NotAuthentic("created-with-rsa", "section 2.3 allows these only with hs2019")


def _check_times(header: cavage.SignatureHeader, date: str | None, now: datetime) -> None:
    times = []
    if "date" in header.covered:
        if date is None:
            raise NotAuthentic("date-missing")
        times.append(parse_http_date(date))
    if "(created)" in header.covered:
        if header.created is None:
            raise NotAuthentic("date-missing")
        times.append(from_seconds(header.created))
    if not times:
        raise NotAuthentic("date-missing")
    require_fresh(times, now)
    require_unexpired(header.created, header.expires, now)


def _authority_and_target(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    rest = rest.partition("#")[0]
    end = min((index for index in (rest.find("/"), rest.find("?")) if index >= 0), default=len(rest))
    authority, target = rest[:end], rest[end:]
    if not target.startswith("/"):
        target = "/" + target
    return authority.removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ":")), target

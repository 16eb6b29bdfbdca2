"""Our policy for HTTP signatures: what we sign, and what a signed request must cover to count.

Checking goes in two steps, so that nothing is fetched for a request that could never pass: `inspect` needs no
key, `prove` needs the one that `inspect` named. Two schemes: draft-cavage, which everybody still accepts, and
RFC 9421. Which one a request is signed with is told by `Signature-Input`, and never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from federation.errors import Malformed, NotAuthentic
from federation.http_signatures import cavage, rfc9421
from federation.http_signatures.accept_signature import Wish
from federation.http_signatures.dates import (
    from_seconds,
    http_date,
    parse_http_date,
    require_fresh,
    require_unexpired,
)
from federation.http_signatures.digests import (
    check_content_digest,
    check_digest,
    sha256_content_digest,
    sha256_digest,
)
from federation.http_signatures.message import RawRequest, once_only
from federation.keys import PublicKey, RsaPublicKey, SigningKey
from federation.origins import origin_of
from federation.vocabulary import ACTIVITY_JSON

__all__ = ["Claim", "RawRequest", "Scheme", "inspect", "prove", "sign_request"]

Scheme = Literal["cavage", "rfc9421"]

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose signature a request says it bears; believed only after `prove`.

    `covered` are the lower-case names of what is under the signature: a header that is not there is anybody's.
    `origin` is our own, which RFC 9421 puts under the signature.
    """

    key_id: str
    scheme: Scheme
    covered: frozenset[str]
    origin: str
    header: cavage.SignatureHeader | rfc9421.SignatureInput


def sign_request(
    *,
    method: str,
    url: str,
    body: bytes | None,
    key: SigningKey,
    now: datetime,
    content_type: str | None = None,
    more_headers: Sequence[tuple[str, str]] = (),
    scheme: Scheme = "cavage",
    with_query: bool = True,
    asked: Wish | None = None,
) -> list[tuple[str, str]]:
    """The headers to send with a request, signature included; names in lower case.

    `url` is the one really sent, already percent-encoded. With a body, its digest and Content-Type
    (ActivityPub's unless given) are added and covered; `more_headers` are sent and covered too. A signature
    lives for minutes: sign again for every retry and hop.

    `with_query=False` leaves the query out of a draft-cavage signature, as some servers' verifiers do.
    `asked` is what the other side wants to see covered under RFC 9421, in addition to what we always cover.
    """
    authority, target = _authority_and_target(url)
    headers = [("host", authority), ("date", http_date(now))]
    more = [(name.lower(), value) for name, value in more_headers]
    more_names = tuple(name for name, _ in more)
    match scheme:
        case "cavage":
            covered: tuple[str, ...] = cavage.GET_COVERS
            if body is not None:
                headers += [("digest", sha256_digest(body)), ("content-type", content_type or ACTIVITY_JSON)]
                covered = cavage.POST_COVERS
            headers += more
            signed_target = target if with_query else target.partition("?")[0]
            value = cavage.sign(method, signed_target, headers, key, covered + more_names)
            return [*headers, ("signature", value)]
        case "rfc9421":
            covered = rfc9421.GET_COVERS
            if body is not None:
                headers += [
                    ("content-digest", sha256_content_digest(body)),
                    ("content-type", content_type or ACTIVITY_JSON),
                ]
                covered = rfc9421.POST_COVERS
                if asked is not None and "digest" in asked.components:
                    headers.append(("digest", sha256_digest(body)))
            headers += more
            wish = asked or Wish(rfc9421.LABEL, ())
            # A wish never takes anything away: a server that asks for the method alone would collect
            # signatures that hold at every other server.
            # What it named for a delivery is not all there in a GET.
            there = {name for name, _ in headers}
            asked_for = tuple(name for name in wish.components if name.startswith("@") or name in there)
            covered = tuple(dict.fromkeys(covered + more_names + asked_for))
            return headers + rfc9421.sign(
                method,
                url,
                headers,
                key.key_id,
                key.private,
                covered,
                now,
                label=wish.label,
                nonce=wish.nonce,
                tag=wish.tag,
            )
        case _:
            assert_never(scheme)


def inspect(request: RawRequest, *, origin: str, now: datetime) -> Claim:
    """Everything that can be checked before a key is known. Raises NotAuthentic.

    `origin` is our own, "https://host[:port]": a request signed for another server must not count here
    (replay across servers).
    """
    headers = once_only(request)
    header: cavage.SignatureHeader | rfc9421.SignatureInput
    if "signature-input" in headers:
        # Never fall back to the older reading of the same request: who adds headers would choose it.
        header = _inspect_rfc9421(request, headers, now)
        scheme: Scheme = "rfc9421"
        covered = frozenset(header.components)
    elif "signature" in headers:
        header = _inspect_cavage(request, headers, origin, now)
        scheme, covered = "cavage", frozenset(header.covered)
    else:
        raise NotAuthentic("signature-missing")
    try:
        origin_of(header.key_id)
    except Malformed:
        raise NotAuthentic("bad-key-id") from None
    return Claim(header.key_id, scheme, covered, origin, header)


def prove(claim: Claim, request: RawRequest, public_key: PublicKey) -> None:
    """Raises NotAuthentic("signature-mismatch") unless this key signed this request."""
    method, headers = request.method, request.headers
    match claim.header:
        case cavage.SignatureHeader() as header:
            if not isinstance(public_key, RsaPublicKey):
                # The draft's labels name RSA or nothing; who has an Ed25519 key signs after RFC 9421 with it.
                raise NotAuthentic("algorithm-mismatch")
            holds = cavage.verify(header, method, request.target, headers, public_key)
        case rfc9421.SignatureInput() as signature_input:
            url = claim.origin + request.target
            holds = rfc9421.verify(signature_input, method, url, headers, public_key)
        case _:
            assert_never(claim.header)
    if not holds:
        raise NotAuthentic("signature-mismatch")


def _inspect_rfc9421(
    request: RawRequest, headers: Mapping[str, str], now: datetime
) -> rfc9421.SignatureInput:
    if "signature" not in headers:
        raise NotAuthentic("signature-missing")
    header = rfc9421.parse(headers["signature-input"], headers["signature"])
    if header.algorithm not in rfc9421.ALGORITHMS:
        raise NotAuthentic("algorithm-unknown")
    if not request.target.startswith("/"):
        # Behind our origin, "@evil.example/" or ".evil.example/" would make the URL another server's.
        raise NotAuthentic("bad-target")
    covered = frozenset(header.components)
    if "@method" not in covered or not _names_target(covered, request.target):
        raise NotAuthentic("uncovered", "the method and the target must be signed")
    if "content-digest" in covered:
        check_content_digest(request.headers, request.body)
    elif request.needs_digest:
        raise NotAuthentic("digest-unsigned" if "content-digest" in headers else "digest-missing")
    require_fresh([from_seconds(header.created)], now)
    require_unexpired(header.created, header.expires, now)
    return header


def _names_target(covered: frozenset[str], target: str) -> bool:
    """`@target-uri`, or its parts: the host with the path and, if there is one, the query."""
    if "@target-uri" in covered:
        return True
    path_and_query = {"@path", "@query"} if "?" in target else {"@path"}
    return "@authority" in covered and ("@request-target" in covered or path_and_query <= covered)


def _inspect_cavage(
    request: RawRequest, headers: Mapping[str, str], origin: str, now: datetime
) -> cavage.SignatureHeader:
    header = cavage.parse(headers["signature"])
    if header.algorithm not in cavage.ALGORITHMS:
        raise NotAuthentic("algorithm-unknown")
    _check_coverage(request, header)
    _check_times(header, headers.get("date"), now)
    _check_host(headers.get("host", ""), origin)
    if "digest" in header.covered:
        check_digest(request.headers, request.body)
    return header


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

"""Our policy for HTTP signatures: what we sign, and what a signed request must cover to count.

Checking goes in two steps, so that nothing is fetched for a request that could never pass: `inspect` needs no
key, `prove` needs the one that `inspect` named. Draft-cavage both ways; a request signed only after RFC 9421
is answered with 401, which makes its sender knock again with the older scheme.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from federation.documents import id_of
from federation.errors import NotAuthentic
from federation.http_signatures import cavage
from federation.http_signatures.digests import Headers, check_digest, sha256_digest
from federation.keys import PublicKey, SigningKey
from federation.vocabulary import ACTIVITY_JSON

# Mastodon accepts an hour of skew and five minutes of life; who is stricter than this loses honest peers.
MAX_SKEW = timedelta(hours=1, minutes=5)

# Frameworks hand out the first or the last of two headers: a proxy checks one, we would check the other.
_ONCE_ONLY = (
    "content-digest",
    "content-length",
    "content-type",
    "date",
    "digest",
    "host",
    "signature",
    "signature-input",
)
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IMF_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC)"
)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came: `target` is path and query undecoded, `headers` keep order and repetitions."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose signature a request says it bears; believed only after `prove`."""

    key_id: str
    header: cavage.SignatureHeader


def sign_request(
    *,
    method: str,
    url: str,
    body: bytes | None,
    key: SigningKey,
    now: datetime,
    content_type: str | None = None,
) -> list[tuple[str, str]]:
    """The headers to send with a request, signature included; names in lower case.

    `url` is the one really sent, already percent-encoded. With a body, Digest and Content-Type (ActivityPub's
    unless given) are added and covered. A signature lives for minutes: sign again for every retry and hop.
    """
    authority, target = _authority_and_target(url)
    headers = [("host", authority), ("date", http_date(now))]
    if body is not None:
        headers.append(("digest", sha256_digest(body)))
        headers.append(("content-type", content_type or ACTIVITY_JSON))
    covered = cavage.GET_COVERS if body is None else cavage.POST_COVERS
    headers.append(("signature", cavage.sign(method, target, headers, key, covered)))
    return headers


def inspect(request: RawRequest, *, authority: str, now: datetime) -> Claim:
    """Everything that can be checked before a key is known. Raises NotAuthentic.

    `authority` is our own host, with its port unless that is the default: a request signed for another server
    must not count here (replay across servers).
    """
    headers = _once_only(request)
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
    host = headers.get("host", "").lower()
    if host != authority.lower() and host.removesuffix(":443") != authority.lower():
        raise NotAuthentic("host-mismatch")
    if "digest" in header.covered:
        check_digest(request.headers, request.body)
    return Claim(header.key_id, header)


def prove(claim: Claim, request: RawRequest, public_key: PublicKey) -> None:
    """Raises NotAuthentic("signature-mismatch") unless this key signed this request."""
    if not cavage.verify(claim.header, request.method, request.target, request.headers, public_key):
        raise NotAuthentic("signature-mismatch")


def http_date(time: datetime) -> str:
    """IMF-fixdate, independent of the process's locale."""
    utc = time.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc:%Y %H:%M:%S} GMT"


def parse_http_date(text: str) -> datetime:
    """Raises NotAuthentic("date-malformed")."""
    match = _IMF_DATE.fullmatch(text.strip(" \t"))
    if match is None or match[2] not in _MONTHS:
        raise NotAuthentic("date-malformed")
    month = _MONTHS.index(match[2]) + 1
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise NotAuthentic("date-malformed") from error


def _once_only(request: RawRequest) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.headers:
        name = name.lower()
        if name in found and name in _ONCE_ONLY:
            raise NotAuthentic("duplicate-header", name)
        found[name] = value
    return found


def _check_coverage(request: RawRequest, header: cavage.SignatureHeader) -> None:
    covered = header.covered
    if "(request-target)" not in covered or "host" not in covered:
        raise NotAuthentic("uncovered", "(request-target) and host must be signed")
    reads_only = request.method.upper() in ("GET", "HEAD")
    if "digest" not in covered and (request.body or not reads_only):
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
        times.append(_from_seconds(header.created))
    if not times:
        raise NotAuthentic("date-missing")
    if any(abs(now - time) > MAX_SKEW for time in times):
        raise NotAuthentic("date-skew")
    if header.expires is not None and _from_seconds(header.expires) <= now:
        raise NotAuthentic("signature-expired")


def _from_seconds(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotAuthentic("date-malformed") from error


def _authority_and_target(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    rest = rest.partition("#")[0]
    end = min((index for index in (rest.find("/"), rest.find("?")) if index >= 0), default=len(rest))
    authority, target = rest[:end], rest[end:]
    if not target.startswith("/"):
        target = "/" + target
    return authority.removesuffix(_DEFAULT_PORTS.get(scheme.lower(), ":")), target

"""A request as it came in, and the one reading of its headers that both schemes share."""

from dataclasses import dataclass

from federation.errors import NotAuthentic
from federation.http_signatures.digests import Headers

# Frameworks hand out the first or the last of two headers: a proxy checks one, we would check the other.
_ONCE_ONLY = frozenset(
    {
        "content-digest",
        "content-length",
        "content-type",
        "date",
        "digest",
        "host",
        "signature",
        "signature-input",
    }
)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came: `target` is path and query undecoded, `headers` keep order and repetitions."""

    method: str
    target: str
    headers: Headers
    body: bytes

    @property
    def needs_digest(self) -> bool:
        """Whether a signature has to cover a digest of the body: always, but for a GET without one."""
        return bool(self.body) or self.method.upper() not in ("GET", "HEAD")


def once_only(request: RawRequest) -> dict[str, str]:
    """The headers by lower-case name. Raises NotAuthentic("duplicate-header") if one that matters repeats."""
    found: dict[str, str] = {}
    for name, value in request.headers:
        name = name.lower()
        if name in found and name in _ONCE_ONLY:
            raise NotAuthentic("duplicate-header", name)
        found[name] = value
    return found

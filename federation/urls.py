"""One strict reading of an http(s) URL, so that no two parts of this library disagree about its host.

Parser differentials are how address filters are passed (SAFETY SSR-06, SSR-13): one parser sees
`good.example`, the next connects to `127.0.0.1`. What this grammar does not know is refused, never repaired.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

from federation.errors import Malformed

MAX_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}

# RFC 3986 without what browsers and C libraries read differently: quotes, backslash, braces, spaces,
# controls, non-ASCII.
_CHARACTERS = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_SHAPE = re.compile(r"(?P<scheme>[A-Za-z]{4,5})://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?P<fragment>#.*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """`host` is lower case and without brackets, `target` is path and query as they go on the wire."""

    text: str
    scheme: str
    host: str
    port: int
    target: str
    address: IPAddress | None

    @property
    def authority(self) -> str:
        """`host` or `host:port`, the default port left out: what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def without_fragment(self) -> str:
        """What is asked of the server: a fragment never leaves the client."""
        return self.text.partition("#")[0]


@lru_cache(maxsize=1024)
def parse_url(text: str) -> ParsedUrl:
    """Read an absolute http or https URL of at most 2048 ASCII characters.

    Raises `Malformed("bad-url")` for anything else: userinfo, a trailing dot, an empty port, numeric hosts
    that are not four plain decimal numbers, IPv6 zones, characters outside RFC 3986.
    """
    if len(text) > MAX_URL or not _CHARACTERS.fullmatch(text):
        raise Malformed("bad-url", "characters or length")
    shape = _SHAPE.fullmatch(text)
    scheme = shape["scheme"].lower() if shape else ""
    if shape is None or scheme not in DEFAULT_PORTS:
        raise Malformed("bad-url", "not http or https")
    authority = _AUTHORITY.fullmatch(shape["authority"])
    if authority is None:
        raise Malformed("bad-url", "host")
    port = int(authority["port"]) if authority["port"] is not None else DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise Malformed("bad-url", "port")
    host, address = _read_host(authority["host"].lower())
    target = shape["target"]
    if not target.startswith("/"):
        target = "/" + target
    return ParsedUrl(text=text, scheme=scheme, host=host, port=port, target=target, address=address)


def ascii_host(name: str) -> str:
    """A host's name as a person writes it, in lower case and with foreign letters as punycode.

    Raises `Malformed("bad-url")` for characters that no registered name has. Nothing is mapped but case: what others
    repair (`①②⑦.⓪.⓪.①`, the ideographic dots of `127。0。0。1`, full-width letters) is refused.
    """
    if len(name) > 253:
        raise Malformed("bad-url", "host name")
    labels = unicodedata.normalize("NFC", name.lower()).split(".")
    try:
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels)
    except idna.IDNAError:
        raise Malformed("bad-url", "host name") from None


@lru_cache(maxsize=2048)
def _read_host(host: str) -> tuple[str, IPAddress | None]:
    try:
        if host.startswith("["):
            address: IPAddress = IPv6Address(host[1:-1])
            return str(address), address
        labels = host.split(".")
        # glibc takes 2130706433, 0x7f000001, 0177.0.0.1 and 127.1 for loopback; ipaddress takes only the
        # plain form.
        if _NUMBER.fullmatch(labels[-1]):
            address = IPv4Address(host)
            return host, address
    except AddressValueError:
        raise Malformed("bad-url", "address") from None
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise Malformed("bad-url", "host name")
    return host, None

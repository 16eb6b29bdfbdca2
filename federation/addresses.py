"""Which URLs and addresses may be contacted at all: https on 443 by name, at global unicast addresses.

A list of allowed networks, empty by default, is the only exception. A boolean "allow private" is the typical
hole, so there is none (SAFETY 8.11).
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from federation.errors import Malformed, Unreachable
from federation.urls import IPAddress, ParsedUrl, parse_url

# `ipaddress.is_global` differs between patch releases and calls ::127.0.0.1, 2002:7f00:1::, 3fff::1 and
# multicast "global", so the ranges are written down. Forgotten ones became advisories: 0.0.0.0/8 (Lemmy),
# 240/4 (Fedify).
_NOT_GLOBAL_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
# 2001::/23 holds Teredo and ORCHID, 2002::/16 is 6to4: both carry a foreign IPv4 address to somebody's relay.
_NOT_GLOBAL_6 = tuple(
    IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
# The one tunnel with a use today: DNS64 gives such addresses to hosts that have no IPv4.
_NAT64 = IPv6Network("64:ff9b::/96")

_LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

# RFC 6761, 6762, 7686, 8375, 9476 and ICANN's .internal. `.example` is missing on purpose: it never resolves,
# and the tests' in-process servers live there.
_SPECIAL_USE = frozenset(
    {"localhost", "localdomain", "local", "internal", "arpa", "test", "invalid", "onion", "i2p", "alt"}
)
_TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """`allowed_networks` lifts http, literal addresses and other ports for what is inside it; no more.

    The name localhost is one more way to write a loopback address (RFC 6761), so it is lifted together with that.
    """

    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def check_url(self, url: str) -> ParsedUrl:
        """Raises `Unreachable("forbidden-url", retry=False)` before anything is resolved or connected."""
        try:
            parsed = parse_url(url)
        except Malformed as error:
            raise Unreachable("forbidden-url", error.detail, retry=False) from None
        if parsed.address is not None:
            if not self.is_allowed(parsed.address):
                raise Unreachable("forbidden-url", "a literal address", retry=False)
            return parsed
        if parsed.host == "localhost" and any(self.is_allowed(address) for address in _LOOPBACK):
            return parsed
        labels = parsed.host.split(".")
        if len(labels) < 2 or not _TOP_LEVEL.fullmatch(labels[-1]) or labels[-1] in _SPECIAL_USE:
            raise Unreachable("forbidden-url", "not a public host name", retry=False)
        if self.needs_allowed_network(parsed) and not self.allowed_networks:
            raise Unreachable("forbidden-url", "only https on port 443", retry=False)
        return parsed

    def needs_allowed_network(self, url: ParsedUrl) -> bool:
        """Plain http or another port: every address of the host must then be in `allowed_networks`."""
        return url.scheme != "https" or url.port != 443

    def is_allowed(self, address: IPAddress) -> bool:
        """Inside one of the operator's networks; an IPv4 address in IPv6 clothes counts as IPv4."""
        plain = _unwrap(address)
        return any(plain in network for network in self.allowed_networks if network.version == plain.version)

    def check_address(self, address: IPAddress) -> bool:
        """May a connection go there: global unicast, or inside `allowed_networks`."""
        plain = _unwrap(address)
        if self.is_allowed(plain):
            return True
        if isinstance(plain, IPv4Address):
            return not any(plain in network for network in _NOT_GLOBAL_4)
        if plain.scope_id is not None or plain not in _GLOBAL_6:
            return False
        return not any(plain in network for network in _NOT_GLOBAL_6)


def _unwrap(address: IPAddress) -> IPAddress:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address

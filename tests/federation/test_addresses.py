"""No URL and no address leads inside: the table of PROTOCOL 2.2 and SAFETY SSR-*."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.addresses import NetworkPolicy
from federation.errors import Unreachable
from tests.federation.forbidden import FORBIDDEN_ADDRESSES, FORBIDDEN_URLS

STRICT = NetworkPolicy()
LOOPBACK = NetworkPolicy((ip_network("127.0.0.0/8"), ip_network("fd00:1::/64")))


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_ac_2_2_a_forbidden_url_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(Unreachable) as caught:
        STRICT.check_url(url)
    assert caught.value.reason == "forbidden-url"
    assert not caught.value.retry


@pytest.mark.parametrize(
    "url",
    [
        "https://peer.example",
        "https://peer.example/",
        "https://Peer.Example:443/users/alice?page=2#main-key",
        "https://xn--e1afmkfd.xn--p1ai/",
        "https://under_score.example.org/",
        "https://peer.example/with%20escape/~tilde/(brackets)/;,@:",
    ],
)
def test_https_by_name_on_443_is_permitted(url: str) -> None:
    parsed = STRICT.check_url(url)
    assert (parsed.scheme, parsed.port, parsed.address) == ("https", 443, None)


@pytest.mark.parametrize("address", FORBIDDEN_ADDRESSES)
def test_ac_2_2_an_address_that_is_not_global_unicast_is_refused(address: str) -> None:
    assert not STRICT.check_address(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.216.34",
        "172.32.0.1",
        "100.128.0.1",
        "::ffff:93.184.216.34",
        "64:ff9b::5db8:d822",
        "2606:2800:220:1::1",
        "2a00:1450:4001::1",
    ],
)
def test_global_unicast_is_permitted(address: str) -> None:
    assert STRICT.check_address(ip_address(address))


def test_a_zone_never_makes_an_address_global() -> None:
    assert not STRICT.check_address(IPv6Address("2606:2800:220:1::1%eth0"))


@given(st.ip_addresses(v=4))
def test_ipv6_clothes_change_nothing(address: IPv4Address) -> None:
    mapped = IPv6Address(f"::ffff:{address}")
    translated = IPv6Address(int(IPv6Address("64:ff9b::")) + int(address))
    for policy in (STRICT, LOOPBACK):
        assert policy.check_address(mapped) == policy.check_address(address)
        assert policy.check_address(translated) == policy.check_address(address)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_permitted(address: IPv4Address | IPv6Address) -> None:
    if STRICT.check_address(address):
        assert not address.is_loopback
        assert not address.is_link_local
        assert not address.is_multicast
        assert not address.is_unspecified
        plain = getattr(address, "ipv4_mapped", None) or address
        assert plain.is_global or plain in ip_network("64:ff9b::/96")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2:8001/users/garten",
        "https://127.0.0.2:8443/",
        "http://[fd00:1::2]:8001/",
        "http://[::ffff:127.0.0.1]:8001/",
        "http://localhost:8001/",
        "https://peer.example/",
        "http://peer.example:8001/",
    ],
)
def test_an_allowed_network_lifts_http_literals_and_ports_inside_it(url: str) -> None:
    LOOPBACK.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:8001/",
        "https://10.0.0.1/",
        "https://93.184.216.34/",
        "http://[fd00:2::2]/",
        "http://2130706433:8001/",
        "http://127.1:8001/",
        "http://a.localhost:8001/",
        "http://localhost.:8001/",
        "http://hub.test:8001/",
        "ftp://127.0.0.2/",
        "http://user@127.0.0.2:8001/",
    ],
)
def test_an_allowed_network_lifts_nothing_else(url: str) -> None:
    with pytest.raises(Unreachable, match="forbidden-url"):
        LOOPBACK.check_url(url)


def test_localhost_is_lifted_with_loopback_alone() -> None:
    elsewhere = NetworkPolicy((ip_network("10.0.0.0/8"),))
    for policy in (elsewhere, NetworkPolicy()):
        with pytest.raises(Unreachable, match="forbidden-url"):
            policy.check_url("http://localhost:8001/")
    assert LOOPBACK.needs_allowed_network(LOOPBACK.check_url("http://localhost:8001/"))


def test_a_name_with_plain_http_must_resolve_into_an_allowed_network() -> None:
    url = LOOPBACK.check_url("http://peer.example:8001/")
    assert LOOPBACK.needs_allowed_network(url)
    assert not LOOPBACK.needs_allowed_network(LOOPBACK.check_url("https://peer.example/"))
    assert LOOPBACK.is_allowed(ip_address("127.0.0.3"))
    assert not LOOPBACK.is_allowed(ip_address("93.184.216.34"))
    assert LOOPBACK.check_address(ip_address("93.184.216.34"))

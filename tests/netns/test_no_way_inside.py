"""SSRF with nothing allowed: our real client, the system's resolver, public and private addresses that all answer.

AC-2.2, SSR-01 to SSR-17 over every way in which a stranger's word becomes a request of ours (SAFETY 8.11).
"""

from typing import Any

import pytest

from tests.federation.forbidden import FORBIDDEN_ADDRESSES, FORBIDDEN_URLS
from tests.netns.inside import PEER
from tests.netns.ways import WAYS

ONLY_ON_ITS_ORIGIN = {
    "redirect_of_a_document",
    "id_of_a_document",
    "owner_of_a_key",
    "page_of_an_outbox",
    "link_of_nodeinfo",
    "link_of_the_instance_actor",
}
"""These never lead to another host at all."""


def test_the_meter_works_each_private_address_would_answer(journey: Any) -> None:
    reachable = [address for address, answers in journey["reachable"].items() if answers]
    for address in (
        "127.255.255.254",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
    ):
        assert address in reachable
    for address in ("fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::", "3fff::1", "::127.0.0.1"):
        assert address in reachable
    assert len(reachable) > 50
    assert len(FORBIDDEN_ADDRESSES) + len(FORBIDDEN_URLS) > 150


def test_the_meter_works_an_operator_who_allows_loopback_reaches_it(journey: Any) -> None:
    assert journey["allowed"]["reached"] == {"127.0.0.1": 1}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_leads_to_public_addresses(journey: Any, way: str) -> None:
    """Or, for those of one origin, nowhere else."""
    assert set(journey["public"][way]["reached"]) == (set() if way in ONLY_ON_ITS_ORIGIN else {PEER})


def test_public_ipv6_is_reached_too(journey: Any) -> None:
    assert journey["public_6"]["said"] == "answered"


@pytest.mark.parametrize("way", WAYS)
def test_ac_2_2_no_way_leads_inside(journey: Any, way: str) -> None:
    """Zero connections at any address that is not public, whatever the URL and whatever the name server says."""
    told = journey["hostile"][way]
    assert len(told) > 150
    assert {url: answer["reached"] for url, answer in told.items() if answer["reached"]} == {}


def test_ac_2_2_a_name_that_leads_inside_is_refused_for_that(journey: Any) -> None:
    """Not by accident: the name is resolved by the system, and what comes of it is looked at."""
    told = journey["hostile"]["document"]
    names = {url: answer["said"] for url, answer in told.items() if url.endswith(".evil.example/x")}
    assert len(names) == len(FORBIDDEN_ADDRESSES) + 2
    assert set(names.values()) == {"forbidden-address"}


def test_ac_2_2_dns_rebinding_meets_the_check_at_every_connection(journey: Any) -> None:
    """SSR-08: the first answer is public, all others are 127.0.0.1."""
    first, then = journey["rebound"][::2], journey["rebound"][1::2]
    assert {answer["said"] for answer in first} == {"answered"}
    assert [set(answer["reached"]) for answer in first] == [{PEER}] * 5
    assert {answer["said"] for answer in then} == {"forbidden-address"}
    assert [answer["reached"] for answer in then] == [{}] * 5

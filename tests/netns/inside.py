"""Runs inside the namespace: sends our client every way to every hostile address, and prints who was reached.

`python -m tests.netns.inside ROOM`; the last line is JSON.
"""

import asyncio
import json
import socket
import ssl
import sys
import time
from collections import Counter
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx2
import trustme

from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.errors import FederationError
from federation.strangers import Strangers
from tests.federation.forbidden import FORBIDDEN_ADDRESSES, FORBIDDEN_URLS
from tests.federation.small_world import OurKeys
from tests.netns.namespace import add_address, bring_up_loopback, put_over
from tests.netns.servers import NameServer, WebServer, name_of, rebinding
from tests.netns.ways import WAYS, Now

GOOD, PEER = "93.184.216.34", "93.184.216.35"
GOOD_6 = "2606:2800:220:1::34"
PORTS = (80, 22, 8000, 8443, 6379)


def build(room: Path) -> tuple[dict[int, WebServer], Counter[str], trustme.CA, list[str]]:
    """The small internet. The last is which of the forbidden addresses exist on it."""
    put_over("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", room)
    put_over("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", room)
    put_over("/etc/nsswitch.conf", "hosts: files dns\n", room)
    bring_up_loopback()
    there = [
        text
        for number, text in enumerate([GOOD, PEER, GOOD_6, *FORBIDDEN_ADDRESSES])
        if add_address(number, text)
    ]
    if GOOD not in there or PEER not in there:
        raise SystemExit("no public address could be given to loopback")
    arrived: Counter[str] = Counter()
    authority = trustme.CA()
    # A certificate for every name and for the addresses: a hole would lead all the way in.
    names = ["good.example", "*.evil.example", "localhost", "peer.example", GOOD, "127.0.0.1", "::1"]
    tls = _server_tls(authority, names)
    servers = {443: WebServer(443, arrived, tls)}
    servers |= {port: WebServer(port, arrived, None) for port in PORTS}
    NameServer({"good.example": [GOOD], "peer.example": ["127.0.0.1"], "localhost": ["127.0.0.1", "::1"]})
    return servers, arrived, authority, there


def _server_tls(authority: trustme.CA, names: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


class Traveller:
    """Goes every way, with nothing spent of any budget by the ways before."""

    def __init__(self, server: WebServer, arrived: Counter[str], authority: trustme.CA) -> None:
        self._server = server
        self._arrived = arrived
        self._tls = httpx2.create_ssl_context(trust_env=False)
        authority.configure_trust(self._tls)

    def client(self, *allowed: str) -> FederationClient:
        return FederationClient(
            policy=NetworkPolicy(tuple(ip_network(text) for text in allowed)),
            keys=OurKeys(),
            clock=Now(),
            user_agent="antipole-test",
            ssl_context=self._tls,
        )

    async def go(self, way: str, to: str, client: FederationClient | None = None) -> dict[str, Any]:
        """With a fresh client, or with one whose connections to the good server are already there."""
        self._server.documents.clear()
        self._arrived.clear()
        used = client or self.client()
        used.strangers = Strangers()
        try:
            await WAYS[way](used, self._server, to)
            said = "answered"
        except FederationError as error:
            said = f"{error.reason} {error.detail}".strip()
        finally:
            if client is None:
                await used.aclose()
        return {"said": said, "reached": {k: n for k, n in self._arrived.items() if k != GOOD}}


def reachable(addresses: list[str]) -> dict[str, bool]:
    """Whether a careless client would get there: the meter's own proof."""

    def reach(address: str) -> bool:
        try:
            socket.create_connection((address, 443), timeout=2).close()
        except OSError:
            return False
        return True

    return {address: reach(address) for address in addresses}


async def travel(traveller: Traveller) -> dict[str, Any]:
    by_name = {f"https://{name_of(address)}/x": address for address in FORBIDDEN_ADDRESSES}
    hostile = [*FORBIDDEN_URLS, *by_name]
    # One public answer among the hidden ones must not open the door for the others.
    hostile += [f"https://{name_of(PEER, '127.0.0.1')}/x", f"https://{name_of('10.0.0.1', PEER)}/x"]
    rebound = []
    for number in range(5):
        url = f"https://{rebinding(PEER, '127.0.0.1', number)}/x"
        rebound += [await traveller.go("document", url), await traveller.go("document", url)]
    public = f"https://{name_of(PEER)}/x"
    client, careless = traveller.client(), traveller.client("127.0.0.0/8")
    return {
        "hostile": {way: {url: await traveller.go(way, url, client) for url in hostile} for way in WAYS},
        "public": {way: await traveller.go(way, public) for way in WAYS},
        "public_6": await traveller.go("document", f"https://{name_of(GOOD_6)}/x"),
        "allowed": await traveller.go("document", "http://127.0.0.1:8000/x", careless),
        "rebound": rebound,
    }


def main(room: Path) -> None:
    servers, arrived, authority, there = build(room)
    traveller = Traveller(servers[443], arrived, authority)
    unicast = [text for text in there if not ip_address(text).is_multicast]
    reached = reachable(unicast)
    while sum(arrived.values()) < sum(reached.values()):
        time.sleep(0.01)  # a connection is there before the server takes it
    report = {"reachable": reached, **asyncio.run(travel(traveller))}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

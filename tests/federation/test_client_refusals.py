"""Whom the operator blocked is neither asked nor told anything, whichever way leads there."""

import contextlib
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from federation.client import FederationClient
from federation.errors import Forbidden, Gone
from tests.federation.loopback import OUR_KEY
from tests.federation.small_world import World

pytestmark = pytest.mark.anyio

NOTE = "https://evil.example/notes/1"

WAYS: dict[str, Callable[[FederationClient, str], Awaitable[object]]] = {
    "a document": lambda client, url: client.fetch_document(url),
    "discovery": lambda client, url: client.fetch_json(url, "application/json"),
    "a picture": lambda client, url: client.fetch_bytes(url, frozenset({"image/png"}), 1000),
    "a delivery": lambda client, url: client.post(url, b"{}", OUR_KEY),
}


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def wary(world: World, asked: list[str]) -> World:
    def refuses(authority: str) -> bool:
        asked.append(authority)
        return authority.partition(":")[0].endswith("evil.example")

    world.client = world.make_client(refuses=refuses)
    return world


@pytest.mark.parametrize("way", WAYS)
async def test_a_blocked_host_is_not_asked_by_any_way(wary: World, asked: list[str], way: str) -> None:
    with pytest.raises(Forbidden) as caught:
        await WAYS[way](wary.client, "https://EVIL.example:443/notes/1")
    assert caught.value.reason == "blocked"
    assert asked == ["evil.example"]
    assert wary.requests == []


@pytest.mark.parametrize("way", WAYS)
async def test_others_are_asked(wary: World, way: str) -> None:
    wary.routes["https://peer.example/"] = lambda _: httpx2.Response(410)
    with contextlib.suppress(Gone):
        await WAYS[way](wary.client, "https://peer.example/")
    assert wary.asked == ["https://peer.example/"]


async def test_no_redirect_leads_to_a_blocked_host(wary: World, asked: list[str]) -> None:
    """SSR-10's sibling: discovery may move to another host, but not to one the operator refused."""
    wary.redirect("https://peer.example/webfinger", "https://sub.evil.example/webfinger")
    with pytest.raises(Forbidden, match="blocked"):
        await wary.client.fetch_json("https://peer.example/webfinger", "application/json")
    assert asked == ["peer.example", "sub.evil.example"]
    assert wary.asked == ["https://peer.example/webfinger"]


async def test_each_hop_of_a_document_is_asked_about_anew(world: World) -> None:
    """A block that falls while a request is under way holds from its next hop on."""
    blocked: set[str] = set()
    client = world.make_client(refuses=lambda authority: authority in blocked)

    def moved(_: httpx2.Request) -> httpx2.Response:
        blocked.add("evil.example")
        return httpx2.Response(302, headers={"location": "/notes/2"})

    world.routes[NOTE] = moved
    with pytest.raises(Forbidden, match="blocked"):
        await client.fetch_document(NOTE)
    assert world.asked == [NOTE]

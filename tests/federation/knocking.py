"""Peers that are particular about signatures, for the tests of how we knock."""

import json

import httpx2

from federation.vocabulary import ACTIVITY_JSON
from tests.federation.loopback import OUR_KEY
from tests.federation.small_world import World, assert_signed

INBOX = "https://peer.example/inbox"
NOTE = "https://peer.example/notes/1"
PAGE = "https://peer.example/outbox?page=2"


def scheme_of(request: httpx2.Request) -> str:
    return "rfc9421" if "signature-input" in request.headers else "cavage"


def covered_by(request: httpx2.Request) -> str:
    return request.headers["signature-input"].partition(";created")[0]


def takes(world: World, url: str, only: str, *, refusal: int = 401, **headers: str) -> None:
    """A peer that verifies one scheme, and calls the other unauthorised."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert_signed(request, "home" if request.method == "GET" else "garten", world)
        if scheme_of(request) != only:
            return httpx2.Response(refusal, headers=headers)
        if request.method == "POST":
            return httpx2.Response(202)
        content = json.dumps({"id": url, "type": "Note"})
        return httpx2.Response(200, content=content, headers={"content-type": ACTIVITY_JSON})

    world.routes[url] = answer


def answers(world: World, url: str, *statuses: int, **headers: str) -> None:
    left = list(statuses)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    world.routes[url] = lambda _: httpx2.Response(left.pop(0) if left else 202, headers=sent)


async def deliver(world: World) -> int:
    return (await world.client.post(INBOX, b'{"type":"Follow"}', OUR_KEY)).status


def schemes(world: World) -> list[str]:
    found = [scheme_of(request) for request in world.requests]
    world.requests.clear()
    return found


async def learn_rfc9421(world: World) -> None:
    takes(world, INBOX, "rfc9421")
    assert await deliver(world) == 202
    world.requests.clear()

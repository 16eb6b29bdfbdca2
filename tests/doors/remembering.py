"""A hub with an initiative of its own, asked through its memory and past it."""

import re
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from server.app import create_app
from server.hub.listings.model import short_id
from server.web.doors import Door
from server.web.hot_answers import HotAnswers
from tests.asking import Told, ask
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node

HOST = "garden.example"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WEBFINGER = f"/.well-known/webfinger?resource=acct:garden@{HOST}"
_LINK = re.compile(rb'(?:href|src|action)="([^"]+)"')


@dataclass
class World:
    fediverse: Fediverse
    node: Node
    hot: HotAnswers
    slow: ASGIApp
    call: str
    """Its address, without the origin."""

    @property
    def hub_call(self) -> str:
        return f"/directory/calls/{short_id(f'https://{HOST}{self.call}')}"

    async def ask(self, target: str, headers: dict[str, str] | None = None, method: str = "GET") -> Told:
        return await ask(self.hot, HOST, target, headers, method)

    async def ask_slow(self, target: str, headers: dict[str, str] | None = None, method: str = "GET") -> Told:
        return await ask(self.slow, HOST, target, headers, method)

    async def publish(self, title: str, **more: object) -> str:
        done = await self.node.command(
            "call.publish", handle="garden", title=title, text="Plant some. " * 60, **more
        )
        await self.fediverse.settle()
        return str(done["uri"]).removeprefix(self.node.origin)


async def world_in(fediverse: Fediverse, **settings: Any) -> World:
    """A hub with an initiative of its own that it lists, and one call."""
    node = await fediverse.add(HOST, roles=["initiative", "hub"], **settings)
    await node.command(
        "initiative.add", handle="garden", name="Garden", languages=["uk"], place="Leipzig, DE"
    )
    await node.command("hub.apply", handle="garden", hub=f"@hub@{HOST}")
    await fediverse.settle()
    fediverse.clock.advance(seconds=11)
    await fediverse.settle()
    await node.command("hub.admit", target=f"@garden@{HOST}")
    await fediverse.settle()
    hot = node.door
    assert isinstance(hot, HotAnswers)
    slow = create_app(node.services, node.features, with_workers=False, hot=False)
    world = World(fediverse, node, hot, slow, "")
    world.call = await world.publish(
        "Trees", deadline="2026-12-24", themes=["education"], place="Leipzig, DE"
    )
    return world


async def addresses(world: World) -> list[str]:
    """All that public pages lead to, and each public door without a name to fill in."""
    doors = [route for feature in world.node.features for route in feature.routes if isinstance(route, Door)]
    found = [door.path for door in doors if door.permission.who == "public" and "{" not in door.path]
    found += [
        WEBFINGER,
        "/actors/garden",
        "/actors/hub",
        "/calls/0123456789abcdef0123",
        "/nowhere",
        *(f"/actors/garden/{name}" for name in ("outbox", "outbox?page=true", "followers", "featured")),
        *(f"{world.call}/{name}" for name in ("replies", "context", "all-replies")),
    ]
    for target in found:
        page = await world.ask_slow(target, {"accept": HTML})
        document = await world.ask_slow(target, {"accept": ACTIVITY_JSON})
        links = [match.decode().replace("&amp;", "&") for match in _LINK.findall(page.body)]
        links += [match.decode() for match in re.findall(rb'"(https://[^"\\]+)"', document.body)]
        for link in links:
            there = link.removeprefix(world.node.origin).partition("#")[0]
            if (
                there.startswith("/")
                and not there.startswith("//")
                and there not in found
                and "lang=" not in there
            ):
                found.append(there)
        assert len(found) < 200
    return found

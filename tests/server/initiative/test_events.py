"""A call with a date as an event: who is sent which of the two, and what its address answers."""

from typing import Any

import httpx2
import pytest

from server.feature import Refusal
from server.fediverse import dialects
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour

pytestmark = pytest.mark.anyio

ACTOR = "/actors/letters"
AP = "application/activity+json"
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/"
GATHERING: dict[str, Any] = {
    "handle": "letters",
    "title": "Write letters together",
    "text": "Paper is there.",
    "kind": "attend",
    "start": "2026-12-05T18:00:00+01:00",
    "place": "Leipzig",
    "link": "https://letters.example/evening",
}


class Server(Neighbour):
    """A neighbour with a NodeInfo; `software` None: there is none; `nodeinfo_status` None: it does not answer."""

    software: str | None = None
    nodeinfo_status: int | None = 200

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if self.software is None or "nodeinfo" not in path:
            return await super().answer(request)
        self.asked.append(path)
        if self.nodeinfo_status is None:
            raise httpx2.ConnectError("connection refused", request=request)
        link = {"rel": NODEINFO + "2.0", "href": f"{self.origin}/nodeinfo/2.0"}
        found = (
            {"links": [link]} if path.startswith("/.well-known") else {"software": {"name": self.software}}
        )
        return httpx2.Response(self.nodeinfo_status, json=found)

    def times_asked(self) -> int:
        return self.asked.count("/.well-known/nodeinfo")


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    return node


def server(fediverse: Fediverse, name: str, software: str | None) -> Server:
    host = f"{name}.test.example"
    made = Server(host, fediverse.clock, fediverse.network, fediverse.make_rsa)
    made.software = software
    fediverse.neighbours[host] = made
    return made


async def follower(fediverse: Fediverse, node: Node, name: str, software: str | None) -> Server:
    """A server where vera follows the initiative."""
    made = server(fediverse, name, software)
    await made.follow(made.account("vera"), await node.document(ACTOR))
    await fediverse.settle()
    made.arrived.clear()
    return made


def shapes(neighbour: Neighbour) -> list[str]:
    """What arrived: the activity and what it is about."""
    found = []
    for arrived in neighbour.arrived:
        document = arrived.document
        kind = document["object"]["type"]
        if kind == "Tombstone":
            kind = "Event" if "/events/" in document["object"]["id"] else "Note"
        found.append(f"{document['type']} {kind}")
    return found


async def test_each_server_gets_the_one_that_it_reads(fediverse: Fediverse, letters: Node) -> None:
    mobilizon = await follower(fediverse, letters, "mobilizon", "Mobilizon")
    mastodon = await follower(fediverse, letters, "mastodon", "mastodon")
    silent = await follower(fediverse, letters, "silent", None)
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await letters.command("call.edit", uri=uri, title="Write many letters")
    await letters.command("call.close", uri=uri)
    await fediverse.settle()
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert shapes(mobilizon) == ["Create Event", "Update Event", "Update Event", "Delete Event"]
    for other in (mastodon, silent):
        assert shapes(other) == ["Create Note", "Update Note", "Update Note", "Delete Note"]

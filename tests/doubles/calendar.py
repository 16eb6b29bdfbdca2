"""A server that says what it runs, as calendars do (NodeInfo 2.0), and remembers what it was sent."""

import httpx2

from tests.fediverse import Fediverse, Node
from tests.neighbours import Neighbour

NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/"


class Server(Neighbour):
    """`software` None: it has no NodeInfo; `nodeinfo_status` None: it does not answer."""

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

    def shapes(self) -> list[str]:
        """What arrived: the activity and what it is about."""
        found = []
        for arrived in self.arrived:
            said = arrived.document["object"]
            event = "/events/" in said["id"]
            kind = said["type"] if said["type"] != "Tombstone" else "Event" if event else "Note"
            found.append(f"{arrived.document['type']} {kind}")
        return found


def server(fediverse: Fediverse, name: str, software: str | None) -> Server:
    """At https://`name`.test.example."""
    host = f"{name}.test.example"
    made = Server(host, fediverse.clock, fediverse.network, fediverse.make_rsa)
    made.software = software
    fediverse.neighbours[host] = made
    return made


async def follower(
    fediverse: Fediverse, node: Node, name: str, software: str | None, path: str = "/actors/letters"
) -> Server:
    """A server where vera follows the initiative at `path`; what it was sent because of that is forgotten."""
    made = server(fediverse, name, software)
    await made.follow(made.account("vera"), await node.document(path))
    await fediverse.settle()
    made.arrived.clear()
    return made

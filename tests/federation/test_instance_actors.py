"""The actor that stands for a server: found two ways, and never somebody else's."""

from typing import Any

import pytest

from federation.errors import Unreachable
from federation.instance_actors import fetch_instance_actor
from tests.federation.small_world import Peer, World

pytestmark = pytest.mark.anyio

ORIGIN = "https://peer.example"
NODEINFO = f"{ORIGIN}/.well-known/nodeinfo"
WEBFINGER = f"{ORIGIN}/.well-known/webfinger?resource=https%3A%2F%2Fpeer.example%2F"
APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
SERVICE = "https://www.w3.org/ns/activitystreams#Service"
ACTIVITY_JSON = "application/activity+json"
SERVER = Peer("server")
ALICE = Peer("alice")
ELSEWHERE = Peer("server", host="other.example")


@pytest.fixture
def world() -> World:
    world = World()
    world.serve(SERVER.id, SERVER.document(type="Application"))
    world.serve(ALICE.id, ALICE.document())
    world.serve(ELSEWHERE.id, ELSEWHERE.document(type="Application"))
    return world


def links(*found: Any) -> dict[str, Any]:
    return {"links": list(found)}


async def test_nodeinfo_names_it(world: World) -> None:
    world.serve(NODEINFO, links({"rel": APPLICATION, "href": SERVER.id}), media_type="application/json")
    assert (await fetch_instance_actor(world.client, ORIGIN)).id == SERVER.id
    assert world.asked == [NODEINFO, SERVER.id]


async def test_else_webfinger_of_the_origin_does(world: World) -> None:
    link = {"rel": SERVICE, "type": ACTIVITY_JSON, "href": SERVER.id}
    world.serve(
        WEBFINGER,
        links({"rel": SERVICE, "type": "text/html", "href": ALICE.id}, link),
        media_type="application/jrd+json",
    )
    assert (await fetch_instance_actor(world.client, ORIGIN)).id == SERVER.id
    assert world.asked == [NODEINFO, WEBFINGER, SERVER.id]


@pytest.mark.parametrize(
    "link",
    [
        {"rel": APPLICATION, "href": ELSEWHERE.id},
        {"rel": APPLICATION, "href": ALICE.id},
        {"rel": APPLICATION, "href": f"{ORIGIN}/users/nobody"},
        {"rel": APPLICATION, "href": "https://127.0.0.1/actor"},
        {"rel": APPLICATION, "href": ["x"]},
        {"rel": APPLICATION},
        {"rel": SERVICE, "href": SERVER.id},
        "nonsense",
        None,
    ],
)
async def test_what_is_a_persons_or_another_servers_does_not_count(world: World, link: Any) -> None:
    world.serve(NODEINFO, links(link), media_type="application/json")
    with pytest.raises(Unreachable, match="no-instance-actor"):
        await fetch_instance_actor(world.client, ORIGIN)
    assert not any("other.example" in url or "127.0.0.1" in url for url in world.asked)


async def test_an_actor_that_leads_on_to_another_host_does_not_count(world: World) -> None:
    world.serve(NODEINFO, links({"rel": APPLICATION, "href": SERVER.id}), media_type="application/json")
    world.redirect(SERVER.id, ELSEWHERE.id)
    with pytest.raises(Unreachable, match="no-instance-actor"):
        await fetch_instance_actor(world.client, ORIGIN)
    assert ELSEWHERE.id not in world.asked

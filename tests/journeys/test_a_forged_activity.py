"""Mallory has a server, accounts with real keys on it, and much patience. Nothing she sends changes anything."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from server.workers import deliveries
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour

pytestmark = pytest.mark.anyio

HUB_INBOX = "https://hub.example/inbox"
GARDEN = "https://garden.example/actors/garden"
Json = dict[str, Any]


class Scene:
    """A hub that lists a garden with one call, Eve who follows the hub, and Mallory."""

    hub: Node
    garden: Node
    call: str
    note: Json
    mallory: Account
    neighbour: Account
    evil: Neighbour
    eve: Account
    peer: Neighbour


async def set_up(fediverse: Fediverse) -> Scene:
    scene = Scene()
    scene.hub = await fediverse.add("hub.example", roles=["hub"])
    scene.garden = await fediverse.add("garden.example", roles=["initiative"])
    await scene.garden.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    await scene.garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await scene.hub.command("hub.admit", target=GARDEN)
    published = await scene.garden.command(
        "call.publish", handle="garden", title="Come and dig", text="Bring a spade."
    )
    await fediverse.settle()
    scene.call = published["uri"]
    scene.note = await scene.garden.document(scene.call)
    scene.peer = fediverse.neighbour("peer.example")
    scene.eve = scene.peer.account("eve")
    await scene.peer.follow(scene.eve, await scene.hub.document("/actors/hub"))
    await fediverse.settle()
    scene.evil = fediverse.neighbour("evil.example")
    scene.mallory = scene.evil.account("mallory")
    scene.neighbour = scene.evil.account("neighbour")
    return scene


async def what_the_hub_shows(scene: Scene) -> list[Any]:
    calls = (await scene.hub.get("/calls.json")).json()
    listings = (await scene.hub.get("/directory.json")).json()
    stats = await scene.hub.stats()
    rows = await scene.hub.rows()
    return [calls, listings, stats, rows]


def act(scene: Scene, kind: str, thing: Any, *, actor: Any = None, where: str = "evil.example") -> Json:
    activity_id = f"https://{where}/acts/{kind.lower()}"
    return {"id": activity_id, "type": kind, "actor": actor or scene.mallory.id, "object": thing}


FORGERIES: dict[str, Callable[[Scene], Json]] = {
    "a call in the garden's name": lambda s: act(s, "Create", s.note),
    "the garden named as the actor": lambda s: act(s, "Create", s.note, actor=GARDEN, where="garden.example"),
    "an id on the garden's server": lambda s: act(s, "Like", s.call, where="garden.example"),
    "two actors": lambda s: act(s, "Create", s.note, actor=[s.mallory.id, GARDEN]),
    "an edit of the garden's call": lambda s: act(s, "Update", {**s.note, "content": "Stay at home."}),
    "a deletion of the garden's call": lambda s: act(s, "Delete", s.call),
    "a deletion of the garden": lambda s: act(s, "Delete", GARDEN),
    "the garden leaves the hub": lambda s: act(
        s,
        "Undo",
        {"id": f"{GARDEN}/f", "type": "Follow", "actor": GARDEN, "object": "https://hub.example/actors/hub"},
    ),
    "eve leaves the hub": lambda s: act(
        s,
        "Undo",
        {
            "id": f"{s.eve.id}/f",
            "type": "Follow",
            "actor": s.eve.id,
            "object": "https://hub.example/actors/hub",
        },
    ),
    "her own note as the garden's": lambda s: act(
        s, "Create", {"id": "https://evil.example/n", "type": "Note", "attributedTo": GARDEN}
    ),
    "members moved by JSON-LD": lambda s: act(s, "Like", {"@reverse": {"actor": GARDEN}}),
    "a graph": lambda s: {**act(s, "Like", s.call), "@graph": [act(s, "Delete", s.call, actor=GARDEN)]},
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_activity_is_refused_and_leaves_no_row(fediverse: Fediverse, forgery: str) -> None:
    """The spoof matrix of AC-2.1, signed by Mallory with her own key."""
    scene = await set_up(fediverse)
    before = await what_the_hub_shows(scene)
    answer = await scene.evil.send(scene.mallory, HUB_INBOX, FORGERIES[forgery](scene))
    assert answer.status_code in (400, 401, 403), answer.text
    await fediverse.settle()
    assert await what_the_hub_shows(scene) == before


async def test_what_is_hers_is_taken_and_changes_nothing_of_others(fediverse: Fediverse) -> None:
    """A Reject, an Accept or an Undo that names somebody else's Follow by its bare id is authentic and idle."""
    scene = await set_up(fediverse)
    before = (await what_the_hub_shows(scene))[:2]
    garden_follow = (await scene.garden.rows())["following"]
    for kind in ("Reject", "Accept", "Announce", "Flag", "Move", "Block"):
        answer = await scene.evil.send(scene.mallory, HUB_INBOX, act(scene, kind, GARDEN))
        assert answer.status_code == 202
    # PeerTube's objects have two owners, so this is no forgery in itself; it becomes nobody's call.
    shared = {"id": "https://evil.example/n", "type": "Note", "attributedTo": [scene.mallory.id, GARDEN]}
    answer = await scene.evil.send(scene.mallory, HUB_INBOX, act(scene, "Create", shared))
    assert answer.status_code == 202
    await fediverse.settle()
    assert (await what_the_hub_shows(scene))[:2] == before
    assert (await scene.hub.stats())["followers"] == 2
    assert (await scene.garden.rows())["following"] == garden_follow


async def test_she_signs_with_the_key_of_her_neighbour(fediverse: Fediverse) -> None:
    """Two people of one server: each speaks for herself alone."""
    scene = await set_up(fediverse)
    before = await what_the_hub_shows(scene)
    follow = act(scene, "Follow", "https://hub.example/actors/hub", actor=scene.neighbour.id)
    answer = await scene.evil.send(scene.mallory, HUB_INBOX, follow)
    assert answer.status_code in (401, 403)
    assert await what_the_hub_shows(scene) == before


async def test_she_hosts_a_key_and_says_it_is_the_gardens(fediverse: Fediverse) -> None:
    scene = await set_up(fediverse)
    before = await what_the_hub_shows(scene)
    key_id = "https://evil.example/keys/1"
    pem = scene.mallory.document["publicKey"]["publicKeyPem"]
    scene.evil.documents["/keys/1"] = {"id": key_id, "type": "Key", "owner": GARDEN, "publicKeyPem": pem}
    key = type(scene.mallory.key)(key_id, scene.mallory.key.private)
    delete = act(scene, "Delete", scene.call, actor=GARDEN, where="garden.example")
    answer = await scene.evil.send(scene.mallory, HUB_INBOX, delete, key=key)
    assert answer.status_code in (401, 403)
    # Not even with the garden's name written over her own profile.
    scene.evil.documents["/users/mallory"] |= {"id": GARDEN, "publicKey": {"id": key_id, "owner": GARDEN}}
    answer = await scene.evil.send(scene.mallory, HUB_INBOX, delete)
    assert answer.status_code in (401, 403)
    assert await what_the_hub_shows(scene) == before


async def test_she_replays_what_the_garden_sent_to_another_server(fediverse: Fediverse) -> None:
    """The bytes and the signature are real, but they were made for another host."""
    scene = await set_up(fediverse)
    await scene.peer.follow(scene.eve, await scene.garden.document("/actors/garden"))
    await scene.garden.command("call.edit", uri=scene.call, title="Come and dig deeper")
    await fediverse.settle()
    (caught,) = [arrived for arrived in scene.peer.arrived if arrived.document["type"] == "Update"]
    before = await what_the_hub_shows(scene)
    answer = await scene.hub.request(
        "POST", "/inbox", headers={**caught.headers, "host": "hub.example"}, content=caught.body
    )
    assert answer.status_code == 401
    assert await what_the_hub_shows(scene) == before


async def test_a_flipped_bit_is_noticed(fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await set_up(fediverse)
    before = await what_the_hub_shows(scene)
    await scene.garden.command("call.edit", uri=scene.call, title="Come and sow")
    caught: list[tuple[dict[str, str], bytes]] = []

    async def overhear(request: httpx2.Request) -> httpx2.Response:
        caught.append((dict(request.headers), await request.aread()))
        return httpx2.Response(503)

    monkeypatch.setattr(scene.hub, "answer", overhear)
    await deliveries.run_due(scene.garden.services)
    headers, body = caught[0]
    changed = body.replace(b"sow", b"mow")
    assert changed != body
    answer = await scene.hub.request("POST", "/inbox", headers=headers, content=changed)
    assert (answer.status_code, answer.json()) == (401, {"error": "digest-mismatch"})
    assert await what_the_hub_shows(scene) == before

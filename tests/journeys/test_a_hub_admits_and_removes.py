"""An initiative applies; the hub refuses, admits, removes; the initiative hears of it and can leave by itself."""

import httpx2
import pytest

from server.fediverse import followers
from tests.fediverse import Fediverse, Node
from tests.server.speaking import remote

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]


@pytest.fixture
async def hub(fediverse: Fediverse) -> Node:
    return await fediverse.add("hub.example", roles=["hub"])


@pytest.fixture
async def garden(fediverse: Fediverse) -> Node:
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command("initiative.add", handle="garden", name="Garden", place="Leipzig")
    await garden.command("call.publish", handle="garden", title="Plant a tree", text="Now.")
    return garden


async def apply(fediverse: Fediverse, garden: Node) -> None:
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()


async def listed(hub: Node) -> list[str]:
    return [item["handle"] for item in (await hub.get("/directory.json")).json()["items"]]


async def test_the_application_waits_for_a_person(fediverse: Fediverse, hub: Node, garden: Node) -> None:
    await apply(fediverse, garden)
    (line,) = (await hub.command("hub.applications"))["lines"]
    assert line.startswith("@garden@garden.example")
    assert await listed(hub) == []
    assert (await hub.stats())["listings"] == 0


async def test_admission_brings_the_calls_that_were_there_before(
    fediverse: Fediverse, hub: Node, garden: Node
) -> None:
    await apply(fediverse, garden)
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert await listed(hub) == ["@garden@garden.example"]
    assert (await hub.stats())["listings"] == 1
    items = (await hub.get("/calls.json")).json()["items"]
    assert [item["title"] for item in items] == ["Plant a tree"]
    assert (await hub.command("hub.applications"))["lines"] == []


async def test_removal_leaves_nothing_and_undoes_what_was_announced(
    fediverse: Fediverse, hub: Node, garden: Node
) -> None:
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))
    await apply(fediverse, garden)
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    announced = reader.last("Announce")
    await hub.command("hub.remove", target="@garden@garden.example", reason="Quiet for a year")
    await fediverse.settle()
    assert await listed(hub) == []
    assert (await hub.get("/calls.json")).json()["total"] == 0
    assert reader.last("Undo")["object"]["id"] == announced["id"]
    await garden.command("call.publish", handle="garden", title="Plant another tree", text="Now.")
    await fediverse.settle()
    assert (await hub.get("/calls.json")).json()["total"] == 0


async def test_whoever_was_refused_can_apply_again_and_be_admitted(
    fediverse: Fediverse, hub: Node, garden: Node
) -> None:
    await apply(fediverse, garden)
    await hub.command("hub.refuse", target="@garden@garden.example", reason="Tell us more first")
    await fediverse.settle()
    assert (await hub.command("hub.applications"))["lines"] == []
    await garden.command("initiative.edit", handle="garden", summary="A garden by the canal.")
    await apply(fediverse, garden)
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert await listed(hub) == ["@garden@garden.example"]


async def test_an_edited_profile_is_shown(fediverse: Fediverse, hub: Node, garden: Node) -> None:
    await apply(fediverse, garden)
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    await garden.command("initiative.edit", handle="garden", name="Garden by the canal", place="undisclosed")
    await fediverse.settle()
    (item,) = (await hub.get("/directory.json")).json()["items"]
    assert (item["name"], item["place"]) == ("Garden by the canal", None)


async def test_an_initiative_that_is_removed_at_home_is_gone_from_the_hub(
    fediverse: Fediverse, hub: Node, garden: Node
) -> None:
    await apply(fediverse, garden)
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    (item,) = (await hub.get("/directory.json")).json()["items"]
    await garden.command("initiative.remove", handle="garden")
    await fediverse.settle()
    assert await listed(hub) == []
    assert (await hub.get("/calls.json")).json()["total"] == 0
    assert (await hub.get(item["page"])).status_code == 410


async def test_a_wish_is_fulfilled_when_the_application_comes(
    fediverse: Fediverse, hub: Node, garden: Node
) -> None:
    await hub.command("hub.admit", target="@garden@garden.example")
    await apply(fediverse, garden)
    assert await listed(hub) == ["@garden@garden.example"]


async def test_a_person_who_follows_is_a_follower_and_no_applicant(fediverse: Fediverse, hub: Node) -> None:
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))
    await reader.follow(reader.account("verein", kind="Organization"), await hub.document("/actors/hub"))
    await fediverse.settle()
    assert reader.types().count("Accept") == 2
    assert (await hub.stats())["followers"] == 2
    assert (await hub.command("hub.applications"))["lines"] == []


@pytest.mark.parametrize("refuses", ["garden", "hub"])
async def test_both_know_of_an_admission_though_one_refused_all_for_two_days(
    fediverse: Fediverse, hub: Node, garden: Node, monkeypatch: pytest.MonkeyPatch, refuses: str
) -> None:
    """Its clock was wrong, and 401 is given up after a day: the Follow, or its Accept, is then said once more."""
    await apply(fediverse, garden)

    async def refuse(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(401)

    with monkeypatch.context() as wrong:
        wrong.setattr({"hub": hub, "garden": garden}[refuses], "answer", refuse)
        await hub.command("hub.admit", target="@garden@garden.example")
        for _ in range(8):
            await fediverse.settle()
            fediverse.clock.advance(hours=6)
    assert (await _following(hub)) == "pending"
    for _ in range(4):
        await fediverse.settle()
        fediverse.clock.advance(hours=12)
    assert (await _following(hub)) == "accepted"
    (line,) = (await garden.command("hub.memberships"))["lines"]
    assert "listed" in line


async def test_nobody_is_asked_again_for_ever(fediverse: Fediverse, hub: Node) -> None:
    here = hub.services.here
    actor = here.uris.actor(here.settings.hub_handle)
    neighbour = fediverse.neighbour("mute.example")
    target = neighbour.account("mute")
    await hub.services.database.write(lambda tx: followers.follow(tx, here, actor, remote(target.id)))
    for _ in range(14):
        await fediverse.settle()
        fediverse.clock.advance(days=1)
    assert 6 <= len(neighbour.types()) <= 8
    assert set(neighbour.types()) == {"Follow"}


async def _following(hub: Node) -> str:
    here = hub.services.here
    actor = here.uris.actor(here.settings.hub_handle)
    alive = await hub.services.database.read(
        lambda tx: followers.following_of(tx, actor, "https://garden.example/actors/garden")
    )
    assert alive is not None
    return alive.state

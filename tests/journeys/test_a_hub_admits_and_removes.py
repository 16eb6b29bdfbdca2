"""An initiative applies; the hub refuses, admits, removes; the initiative hears of it and can leave by itself."""

import pytest

from tests.fediverse import Fediverse, Node

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

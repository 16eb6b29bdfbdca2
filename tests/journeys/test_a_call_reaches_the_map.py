"""A garden publishes a call; it stands on the map of a hub far away, changes there, and ends there."""

import pytest

from tests.fediverse import Fediverse, Node

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]


async def listed_garden(fediverse: Fediverse) -> tuple[Node, Node]:
    hub = await fediverse.add("hub.example", roles=["hub"], name="The Noticeboard")
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command(
        "initiative.add",
        handle="garden",
        name="Garten am Kanal",
        summary="Wir pflanzen **Bäume** und backen Brot.",
        languages=["de"],
        themes=["education"],
        place="Leipzig",
    )
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    return hub, garden


async def test_a_call_reaches_map_list_and_feeds_and_follows_its_author(fediverse: Fediverse) -> None:
    hub, garden = await listed_garden(fediverse)
    reader = fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await hub.document("/actors/hub"))

    published = await garden.command(
        "call.publish",
        handle="garden",
        title="Plant a tree",
        text="Bring *gloves*.",
        kind="attend",
        size="hour",
        language="en",
        themes=["education"],
        place="Leipzig, DE",
        deadline="2026-12-04",
        link="https://garden.example/trees",
    )
    await fediverse.settle()

    page = (await hub.get("/")).text
    assert "Plant a tree" in page
    assert "Leipzig: 1 initiative, 1 call" in page
    (item,) = (await hub.get("/calls.json")).json()["items"]
    assert (item["uri"], item["state"], item["deadline"]) == (published["uri"], "open", "2026-12-04")
    (feature,) = (await hub.get("/map.geojson")).json()["features"]
    assert feature["properties"]["place"] == "Leipzig, DE"
    assert [call["uri"] for call in feature["properties"]["calls"]] == [published["uri"]]
    assert published["uri"] in (await hub.get("/feed.atom")).text
    assert reader.last("Announce")["object"] == published["uri"]
    assert (await hub.stats())["calls"] == 1

    await garden.command("call.edit", uri=published["uri"], title="Plant two trees")
    await fediverse.settle()
    assert "Plant two trees" in (await hub.get("/")).text

    await garden.command("call.close", uri=published["uri"])
    await fediverse.settle()
    assert "Plant two trees" not in (await hub.get("/")).text
    (item,) = (await hub.get("/calls.json")).json()["items"]
    assert item["state"] == "closed"
    assert "Enough, thank you." in (await hub.get(item["page"])).text

    await garden.command("call.withdraw", uri=published["uri"])
    await fediverse.settle()
    assert (await hub.get("/calls.json")).json() == {"items": [], "total": 0, "next": None}
    assert (await hub.get(item["page"])).status_code == 410
    assert reader.types().count("Announce") == 1
    assert reader.last("Undo")["object"]["object"] == published["uri"]


@pytest.mark.parametrize(
    ("said", "where"),
    [({}, "Leipzig, DE"), ({"place": "Kyiv"}, "Kyiv, UA"), ({"place": "undisclosed"}, None)],
)
async def test_a_call_that_names_no_place_is_where_its_initiative_is_unless_it_says_undisclosed(
    fediverse: Fediverse, said: dict[str, str], where: str | None
) -> None:
    hub, garden = await listed_garden(fediverse)
    published = await garden.command(
        "call.publish", handle="garden", title="Translate a letter", text="From home.", **said
    )
    await fediverse.settle()
    found = (await hub.get("/map.geojson")).json()
    places = {
        call["uri"]: feature["properties"]["place"]
        for feature in found["features"]
        for call in feature["properties"]["calls"]
    }
    assert places == ({published["uri"]: where} if where else {})
    assert found["undisclosed"]["calls"] == (0 if where else 1)
    note = await garden.document(published["uri"])
    assert ("undisclosed" in note["content"]) is False
    assert "latitude" not in str(note)


async def test_what_the_hub_keeps_is_what_the_author_serves(fediverse: Fediverse) -> None:
    """The bytes are the author's own, proof and all, and can be shown to anybody who doubts the hub."""
    hub, garden = await listed_garden(fediverse)
    published = await garden.command(
        "call.publish", handle="garden", title="Plant a tree", text="Ü", language="de"
    )
    await fediverse.settle()
    served = (await garden.get(published["uri"], accept="application/activity+json")).content
    from server.hub.calls import store

    kept = await hub.services.database.read(lambda tx: store.by_uri(tx, published["uri"]))
    assert kept is not None
    assert kept.document == served


async def test_a_hub_that_was_down_catches_up(fediverse: Fediverse) -> None:
    hub, garden = await listed_garden(fediverse)
    await hub.stop()
    published = await garden.command("call.publish", handle="garden", title="Plant a tree", text="Now.")
    await garden.command("call.edit", uri=published["uri"], title="Plant three trees")
    await fediverse.settle()
    await hub.start()
    fediverse.clock.advance(minutes=5)
    await fediverse.settle()
    items = (await hub.get("/calls.json")).json()["items"]
    assert [item["title"] for item in items] == ["Plant three trees"]


async def test_two_edits_within_a_second_both_arrive(fediverse: Fediverse) -> None:
    hub, garden = await listed_garden(fediverse)
    published = await garden.command("call.publish", handle="garden", title="One", text="Now.")
    for title in ("Two", "Three"):
        await garden.command("call.edit", uri=published["uri"], title=title)
    await fediverse.settle()
    assert [item["title"] for item in (await hub.get("/calls.json")).json()["items"]] == ["Three"]


async def test_one_instance_can_be_hub_and_initiative(fediverse: Fediverse) -> None:
    both = await fediverse.add("both.example", roles=["hub", "initiative"])
    await both.command("initiative.add", handle="garden", name="Garden", place="Leipzig")
    await both.command("hub.apply", handle="garden", hub="@hub@both.example")
    await both.command("hub.admit", target="@garden@both.example")
    published = await both.command("call.publish", handle="garden", title="Plant a tree", text="Now.")
    await fediverse.settle()
    items = (await both.get("/calls.json")).json()["items"]
    assert [item["uri"] for item in items] == [published["uri"]]
    stats = await both.stats()
    assert (stats["listings"], stats["calls"]) == (1, 1)
    await both.command("call.withdraw", uri=published["uri"])
    await fediverse.settle()
    assert (await both.get("/calls.json")).json()["total"] == 0
    assert (await both.get(published["uri"], accept="application/activity+json")).status_code == 410

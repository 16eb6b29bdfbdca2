"""From an application to its end, in a browser: looked at, admitted, put right, put first, removed; and the log."""

from pathlib import Path

import pytest

from server.hub.listings.model import short_id
from server.storage.queries import Query
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.neighbours import Neighbour
from tests.people import Person, person, text_on

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]

AT = "@garden@garden.example"
LISTING_ID = short_id("https://garden.example/actors/garden")
APPLICATION = f"/desk/hub/applications/{LISTING_ID}"
LISTING = f"/desk/hub/listings/{LISTING_ID}"
ENTRIES = Query(
    "",
    "SELECT act, decided_by FROM hub_decisions JOIN hub_decision_details USING (number) ORDER BY number",
    "",
    Path(),
)


@pytest.fixture
async def hub(fediverse: Fediverse) -> Node:
    return await fediverse.add("hub.example", roles=["hub"])


@pytest.fixture
async def garden(fediverse: Fediverse) -> Node:
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command(
        "initiative.add", handle="garden", name="Garden", place="Leipzig", themes=["education"]
    )
    await garden.command("call.publish", handle="garden", title="Plant a tree", text="Bring gloves.")
    return garden


@pytest.fixture
async def robin(hub: Node) -> Person:
    return await person(hub, Grant("hub", "editor"), name="Robin")


@pytest.fixture
async def mastodon(fediverse: Fediverse, hub: Node) -> Neighbour:
    """A server on which somebody follows the hub."""
    mastodon = fediverse.neighbour("mastodon.example")
    await mastodon.follow(mastodon.account("anna"), await hub.document("/actors/hub"))
    return mastodon


async def test_an_applications_life(
    fediverse: Fediverse, hub: Node, garden: Node, robin: Person, mastodon: Neighbour
) -> None:
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    assert "1 application" in text_on(await robin.get("/desk/hub"))

    # The checks, the profile and the calls, before anybody decides.
    fediverse.clock.advance(seconds=15)
    await fediverse.settle()
    seen = text_on(await robin.get(APPLICATION))
    assert f"The name {AT} leads to this account and back." in seen
    assert "Plant a tree" in seen
    assert (await hub.get(f"/initiatives/{LISTING_ID}")).status_code == 404

    # Admitted: told to the initiative, listed, its call announced.
    assert (await robin.post(f"{APPLICATION}/admit", reason="We know them.")).status_code == 303
    await fediverse.settle()
    assert mastodon.last("Announce")["object"].startswith("https://garden.example/calls/")
    (line,) = (await garden.command("hub.memberships"))["lines"]
    assert "listed" in line

    # Its themes put right, without touching what it has signed.
    edited = {"themes": ["education", "cooperation"], "place": "Germany", "reason": "", "act": "save"}
    assert (await robin.post(f"{LISTING}/edit", **edited)).status_code == 303
    (item,) = (await hub.get("/directory.json")).json()["items"]
    assert (sorted(item["themes"]), item["place"]) == (["cooperation", "education"], "Germany")
    assert (await garden.document("/actors/garden"))["location"]["name"] == "Leipzig, DE"

    # Its call put first: a neighbour that reads pins is told, and finds it where it is told to look.
    uri = (await hub.get("/calls.json")).json()["items"][0]["uri"]
    assert (await robin.post(f"/desk/hub/calls/{short_id(uri)}/feature", reason="")).status_code == 303
    await fediverse.settle()
    pinned = mastodon.last("Add")
    assert pinned["object"] == uri
    assert (await hub.document(pinned["target"]))["orderedItems"] == [uri]

    # Removed, in full knowledge of what that does; everything that was said of it is taken back.
    assert (await robin.post(f"{LISTING}/remove", reason="They moved on.", confirm=AT)).status_code == 303
    await fediverse.settle()
    assert mastodon.last("Remove")["object"] == uri
    assert mastodon.last("Undo")["object"]["type"] == "Announce"
    assert (await hub.get("/directory.json")).json()["total"] == 0
    (line,) = (await garden.command("hub.memberships"))["lines"]
    assert "no longer listed" in line

    # The log tells it all; the public reads what is theirs to know.
    entries = [tuple(row.values()) for row in await hub.services.database.read(lambda tx: tx.all(ENTRIES))]
    assert entries == [(act, "Robin") for act in ("admit", "edit-listing", "feature", "remove")]
    told = text_on(await robin.get("/desk/hub/log"))
    for expected in (
        "We know them.",
        "Themes: Education, Cooperation as equals; Place: Germany",
        "Plant a tree",
        "They moved on.",
    ):
        assert expected in told
    public = text_on(await hub.get("/decisions"))
    assert "They moved on." in public
    assert "We know them." not in public
    assert (await hub.command("check"))["problems"] == 0

"""Applying to hubs at the desk, what became of it, and leaving again."""

import pytest

from server.initiative.memberships.actions import MOST_UNDERWAY
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on
from tests.server.initiative.desk import DESK, a_garden, errors_on, fields_on

pytestmark = pytest.mark.anyio

PAGE = f"{DESK}/hubs"
HUB = "@hub@hub.example"


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await a_garden(fediverse)


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


async def told(editor: Person) -> str:
    return text_on(await editor.get(PAGE))


@pytest.mark.parametrize(
    "hub", ["", "hub", "javascript:alert(1)", "@hub@localhost", "https://169.254.169.254/", "x" * 10_000]
)
async def test_what_names_no_hub_is_told_beside_the_field(node: Node, editor: Person, hub: str) -> None:
    answer = await editor.post(PAGE, hub=hub)
    assert answer.status_code == 422
    assert "hub" in errors_on(answer)
    assert fields_on(answer)["hub"][-1] == hub
    assert (await node.rows())["hub_applications"] == 0


async def test_an_application_with_all_its_turns_stays_readable(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    assert "not applied to a hub yet" in await told(editor)
    assert (await editor.post(PAGE, hub=HUB)).headers["location"] == f"{PAGE}?done=asked"
    assert "looking for the hub" in await told(editor)
    await fediverse.settle()
    assert "received, waiting for the hub's people" in await told(editor)
    assert (await editor.post(PAGE, hub=HUB)).headers["location"] == f"{PAGE}?done=asked-before"
    await hub.command("hub.refuse", target="@garden@garden.example", reason="Not <b>about</b> this")
    await fediverse.settle()
    page = await editor.get(PAGE)
    assert "Not &lt;b&gt;about&lt;/b&gt; this" in page.text
    assert "Apply again" in text_on(page)
    await editor.post(PAGE, hub=HUB)
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    listed = text_on(await editor.get(PAGE))
    history = listed.partition("How it went")[2]
    turns = ["listed", "received", "asked, no answer", "looking", "refused", "received", "asked", "looking"]
    at = 0
    for turn in turns:
        assert turn in history[at:], turn
        at = history.index(turn, at) + len(turn)
    assert "Leave this hub" in listed


@pytest.mark.parametrize("listed", [True, False])
async def test_leaving_takes_it_off_the_hub(
    fediverse: Fediverse, node: Node, editor: Person, listed: bool
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    await editor.post(PAGE, hub=HUB)
    await fediverse.settle()
    if listed:
        await hub.command("hub.admit", target="@garden@garden.example")
        await fediverse.settle()
        assert len((await hub.get("/directory.json")).json()["items"]) == 1
    page = await editor.get(f"{PAGE}/leave?hub=%40hub%40hub.example")
    assert fields_on(page)["hub"] == [HUB]
    answer = await editor.post(f"{PAGE}/leave", hub=HUB)
    assert answer.headers["location"] == f"{PAGE}?done=left"
    await fediverse.settle()
    assert (await hub.get("/directory.json")).json()["items"] == []
    assert (await hub.command("hub.applications"))["lines"] == []
    assert "taken back" in await told(editor)
    # A second time there is nothing to take back; a new application is one.
    assert (await editor.get(f"{PAGE}/leave?hub=%40hub%40hub.example")).headers["location"] == PAGE
    assert (await editor.post(f"{PAGE}/leave", hub=HUB)).status_code == 422
    await editor.post(PAGE, hub=HUB)
    await fediverse.settle()
    assert "received, waiting" in await told(editor)


async def test_an_application_taken_back_before_the_hub_was_found_asks_nobody(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    await editor.post(PAGE, hub=HUB)
    await editor.post(f"{PAGE}/leave", hub=HUB)
    await fediverse.settle()
    assert (await hub.command("hub.applications"))["lines"] == []
    assert "taken back" in await told(editor)


async def test_a_hub_asked_under_two_names_is_left_as_one(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    await fediverse.add("hub.example", roles=["hub"])
    for name in (HUB, "https://hub.example/"):
        await editor.post(PAGE, hub=name)
        await fediverse.settle()
    await editor.post(f"{PAGE}/leave", hub=HUB)
    page = await told(editor)
    assert (page.count("Apply again"), page.count("Take the application back")) == (2, 0)


async def test_another_initiatives_application_is_not_there(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    await node.command("initiative.add", handle="other", name="Other")
    await node.command("hub.apply", handle="other", hub=HUB)
    assert (await editor.get(f"{PAGE}/leave?hub=%40hub%40hub.example")).status_code == 404
    assert (await editor.post(f"{PAGE}/leave", hub=HUB)).status_code == 404
    assert HUB not in await told(editor)


async def test_a_hub_that_follows_after_all_does_not_list_who_has_left(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    """Its Follow and our Undo may cross on the way."""
    other = fediverse.neighbour("otherhub.example")
    account = other.account("hub", kind="Group")
    await editor.post(PAGE, hub="@hub@otherhub.example")
    await fediverse.settle()
    await editor.post(f"{PAGE}/leave", hub="@hub@otherhub.example")
    await other.follow(account, await node.document("/actors/garden"))
    await fediverse.settle()
    assert "taken back" in await told(editor)
    assert other.types().count("Undo") == 1


async def test_nobody_has_this_server_knock_at_every_door(node: Node, editor: Person) -> None:
    for number in range(MOST_UNDERWAY):
        assert (await editor.post(PAGE, hub=f"@hub@door{number}.example")).status_code == 303
    answer = await editor.post(PAGE, hub="@hub@one-more.example")
    assert answer.status_code == 422
    assert "have not answered yet" in text_on(answer)
    assert fields_on(answer)["hub"][-1] == "@hub@one-more.example"
    assert (await node.rows())["errands"] == MOST_UNDERWAY
    assert (await editor.post(f"{PAGE}/leave", hub="@hub@door3.example")).status_code == 303
    assert (await editor.post(PAGE, hub="@hub@one-more.example")).status_code == 303

"""What waits, what happened, deliveries by server, and the end of an initiative."""

import asyncio
import re

import pytest

from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on
from tests.server.initiative.desk import CALL, DESK, a_garden, errors_on

pytestmark = pytest.mark.anyio


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await a_garden(fediverse)


@pytest.fixture
async def owner(node: Node) -> Person:
    return await person(node, Grant("@garden", "owner"))


async def test_what_is_missing_waits_and_goes_when_it_is_there(fediverse: Fediverse, owner: Person) -> None:
    node = owner.node
    await node.command("initiative.edit", handle="garden", place="")
    page = text_on(await owner.get(DESK))
    for gap in ("no summary", "no picture", "names no theme", "Choose a place", "not applied to a hub"):
        assert gap in page
    await node.command(
        "initiative.edit", handle="garden", summary="We plant.", themes=["education"], place="undisclosed"
    )
    page = text_on(await owner.get(DESK))
    for gap in ("no summary", "names no theme", "Choose a place"):
        assert gap not in page


async def test_drafts_deadlines_and_failures_wait(fediverse: Fediverse, node: Node, owner: Person) -> None:
    sick = fediverse.neighbour("sick.example")
    await sick.follow(sick.account("vera"), await node.document("/actors/garden"))
    await fediverse.settle()
    sick.status = None
    await owner.post(f"{DESK}/calls/new", **{**CALL, "act": "save", "title": "Half a thought"})
    await node.command("call.publish", handle="garden", title="Late", text="x", deadline="2026-11-22")
    await node.command("call.publish", handle="garden", title="Today", text="x", deadline="2026-11-23")
    await fediverse.settle()
    page = text_on(await owner.get(DESK))
    assert "A draft is not published: Half a thought" in page
    assert "the call is still open: Late" in page
    assert "the call is still open: Today" not in page
    assert "1 server does not get what you send" in page
    assert "1 follower , on 1 server" in page.replace("follower,", "follower ,")


async def test_what_happened_is_read_from_what_is_there(
    fediverse: Fediverse, node: Node, owner: Person
) -> None:
    done = await node.command("call.publish", handle="garden", title="Plant <1>", text="x")
    fediverse.clock.advance(minutes=20)
    await node.command("call.edit", uri=done["uri"], text="y")
    page = await owner.get(DESK)
    assert "Plant &lt;1&gt;" in page.text
    assert text_on(page).index("Changed:") < text_on(page).index("Published:")
    await node.command("call.withdraw", uri=done["uri"])
    assert "Plant" not in text_on(await owner.get(DESK))


async def test_a_long_silence_is_told_a_week_before_its_followers_are_forgotten(
    fediverse: Fediverse, node: Node
) -> None:
    silent, well = fediverse.neighbour("silent.example"), fediverse.neighbour("well.example")
    for neighbour in (silent, well):
        await neighbour.follow(neighbour.account("vera"), await node.document("/actors/garden"))
    await fediverse.settle()
    silent.status = None
    for number in range(25):
        await node.command("call.publish", handle="garden", title=f"Call {number}", text="x")
        await fediverse.settle()
        if number == 20:
            early = await person(node, Grant("@garden", "editor"), name="Early")
            assert "No answer since" not in text_on(await early.get(f"{DESK}/deliveries"))
        fediverse.clock.advance(days=1)
    late = await person(node, Grant("@garden", "editor"), name="Late")
    page = text_on(await late.get(f"{DESK}/deliveries"))
    assert "No answer since Monday, 23 November 2026. If none comes by Wednesday, 23 December 2026" in page
    assert page.count("No answer since") == 1


async def test_deliveries_are_told_by_server_with_reason_and_next_try(
    fediverse: Fediverse, node: Node, owner: Person
) -> None:
    assert "Nothing was sent" in text_on(await owner.get(f"{DESK}/deliveries"))
    silent, well = fediverse.neighbour("silent.example"), fediverse.neighbour("well.example")
    for neighbour in (silent, well):
        await neighbour.follow(neighbour.account("vera"), await node.document("/actors/garden"))
    await fediverse.settle()
    assert "All is well." in text_on(await owner.get(f"{DESK}/deliveries"))
    silent.status = None
    for number in range(6):
        await node.command("call.publish", handle="garden", title=f"Call {number}", text="x")
    await fediverse.settle()
    page = text_on(await owner.get(f"{DESK}/deliveries"))
    assert "1 server of 2 is in trouble" in page
    assert page.index("silent.example") < page.index("well.example")
    assert "It does not answer." in page
    # Half an hour, give or take a fifth.
    assert re.search(r"left in peace until Monday, 23 November 2026, 08:(2[4-9]|3[0-6]) \(UTC\)", page)
    # While it is left in peace the next try is not earlier than that.
    assert re.search(r"Next try: Monday, 23 November 2026, 08:(2[4-9]|3[0-6]) \(UTC\)", page)
    assert "7 delivered." in page


@pytest.mark.parametrize("typed", ["", "Garden!", "yes", "@other", "garden@garden.example"])
async def test_deleting_wants_the_handle(node: Node, owner: Person, typed: str) -> None:
    answer = await owner.post(f"{DESK}/delete", typed=typed)
    assert answer.status_code == 422
    assert "type garden" in errors_on(answer)["typed"]
    assert (await owner.get(DESK)).status_code == 200


async def test_deleting_says_what_it_does_and_what_was_done(
    fediverse: Fediverse, node: Node, owner: Person
) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("vera"), await node.document("/actors/garden"))
    hub = await fediverse.add("hub.example", roles=["hub"])
    await node.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await node.command("call.publish", handle="garden", title="Plant", text="x")
    await owner.post(f"{DESK}/calls/new", **{**CALL, "act": "save", "title": "Half a thought"})
    await fediverse.settle()
    page = text_on(await owner.get(f"{DESK}/delete"))
    assert "2 followers lose you: 2 servers are told" in page
    assert "1 open call is erased here. 0 closed calls" in page
    assert "@hub@hub.example" in page
    assert "The handle @garden@garden.example is never given away again" in page
    answer = await owner.post(f"{DESK}/delete", typed="@Garden")
    assert answer.headers["location"] == "/desk/deleted/garden"
    await fediverse.settle()
    assert mastodon.last("Delete")["object"] == f"{node.origin}/actors/garden"
    assert (await hub.get("/directory.json")).json()["items"] == []
    rows = await node.rows()
    assert (rows["initiatives"], rows["call_drafts"], rows["hub_application_steps"]) == (0, 0, 0)
    assert "@garden is deleted." in text_on(await owner.get("/desk/deleted/garden"))
    # Its desk is gone with it, and who owns the server is told so at the old address.
    assert (await owner.get(DESK)).status_code == 404
    keeper = await person(node, Grant("server", "owner"))
    assert (await keeper.get(DESK)).status_code == 410
    again = await keeper.post(f"{DESK}/delete", typed="garden")
    assert again.headers["location"] == "/desk/deleted/garden"


async def test_two_who_delete_at_once_both_read_that_it_is_done(node: Node, owner: Person) -> None:
    other = await person(node, Grant("server", "owner"), name="Kim")
    answers = await asyncio.gather(*(who.post(f"{DESK}/delete", typed="garden") for who in (owner, other)))
    assert {answer.status_code for answer in answers} <= {303, 404}
    assert "is deleted" in text_on(await other.get("/desk/deleted/garden"))


async def test_what_still_lives_is_not_said_to_be_deleted(owner: Person) -> None:
    assert (await owner.get("/desk/deleted/garden")).status_code == 404


async def test_a_handle_that_never_was_has_no_such_page(node: Node) -> None:
    owner = await person(node, Grant("server", "owner"))
    for handle in ("nobody", "instance", "hub"):
        assert (await owner.get(f"/desk/deleted/{handle}")).status_code == 404
        assert (await owner.get(f"/desk/@{handle}/delete")).status_code == 404
        assert (await owner.get(f"/desk/@{handle}")).status_code == 404


async def test_whoever_owns_the_server_finds_the_way_without_the_menu(node: Node) -> None:
    owner = await person(node, Grant("server", "owner"))
    page = await owner.get(f"{DESK}/calls")
    assert f'href="{DESK}/profile"' in page.text

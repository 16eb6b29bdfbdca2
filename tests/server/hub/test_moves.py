"""An initiative says that it has moved: editors see it, and nothing follows by itself. And it may block the hub."""

import json
from datetime import timedelta
from typing import Any

import pytest

from federation.keys import generate_ed25519
from server.fediverse import moderation
from tests.people import text_on
from tests.server.hub.desk_world import GARDEN, LISTING, Desk
from tests.server.hub.small_hub import NOON, Initiative, SmallHub

pytestmark = pytest.mark.anyio

NEW = "https://neu.example/actors/garten"


@pytest.fixture
async def garten(hub: SmallHub) -> Initiative:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    return initiative


def serve_new(hub: SmallHub, *known_as: str, at: str = NEW, says: str | None = None) -> Initiative:
    """Somebody's account at a new address that says which other accounts it is."""
    new = Initiative(hub.world, host=at.split("/")[2])
    document = json.loads(new.document()) | {"id": says or at, "alsoKnownAs": list(known_as)}
    hub.world.serve(at, document)
    return new


async def move(hub: SmallHub, initiative: Initiative, target: Any = NEW, of: str = "") -> None:
    await hub.receive(initiative.activity("Move", of or initiative.id, target=target))
    await hub.work()


async def moved_to(hub: SmallHub) -> str | None:
    (listing,) = await hub.rows("hub_listings")
    assert listing["state"] == "listed"
    return listing["moved_to"]  # type: ignore[no-any-return]  # a row of any table


async def test_a_move_is_shown_to_editors_and_nothing_follows_by_itself(
    hub: SmallHub, garten: Initiative
) -> None:
    serve_new(hub, garten.id)
    before = [await hub.rows(table) for table in ("following", "followers", "hub_decisions")]
    sent = len(await hub.sent())
    await move(hub, garten)
    assert await moved_to(hub) == NEW
    assert [await hub.rows(table) for table in ("following", "followers", "hub_decisions")] == before
    assert len(await hub.sent()) == sent
    assert (await hub.get("/directory.json")).json()["total"] == 1


@pytest.mark.parametrize(
    ("known_as", "at"),
    [
        ((), NEW),
        (("https://garten.example/actors/another",), NEW),
        (("https://garten.example/",), NEW),
    ],
)
async def test_an_address_that_does_not_name_the_old_one_confirms_nothing(
    hub: SmallHub, garten: Initiative, known_as: tuple[str, ...], at: str
) -> None:
    serve_new(hub, *known_as, at=at)
    await move(hub, garten, at)
    assert await moved_to(hub) is None


async def test_only_the_account_itself_can_say_that_it_has_moved(hub: SmallHub, garten: Initiative) -> None:
    """The pull form, and a forgery, look the same: another signs. Neither is fetched."""
    new = serve_new(hub, garten.id)
    hub.world.asked.clear()
    await move(hub, new, NEW, of=garten.id)
    neighbour = Initiative(hub.world, handle="neighbour")
    await move(hub, neighbour, NEW, of=garten.id)
    assert NEW not in hub.world.asked
    assert await moved_to(hub) is None


@pytest.mark.parametrize(
    "target",
    [[NEW, "https://other.example/actors/x"], None, 7, {}, "http://[", "acct:garten@neu.example", [[]], ""],
)
async def test_a_move_to_nowhere_or_to_two_places_changes_nothing(
    hub: SmallHub, garten: Initiative, target: object
) -> None:
    serve_new(hub, garten.id)
    await move(hub, garten, target)
    assert await moved_to(hub) is None


async def test_a_move_of_two_accounts_at_once_changes_nothing(hub: SmallHub, garten: Initiative) -> None:
    serve_new(hub, garten.id)
    both = json.dumps([garten.id, "https://garten.example/actors/two"]).encode()
    await hub.receive(garten.activity("Move", both, target=NEW))
    await hub.work()
    assert await moved_to(hub) is None


async def test_a_move_to_itself_or_to_us_or_to_somebody_refused_changes_nothing(
    hub: SmallHub, garten: Initiative
) -> None:
    serve_new(hub, garten.id)
    await hub.services.database.write(lambda tx: moderation.block(tx, "https://neu.example", NOON))
    for target in (garten.id, hub.id, NEW):
        await move(hub, garten, target)
    assert await moved_to(hub) is None


async def test_an_address_refused_between_the_news_and_its_confirmation_is_not_noted(
    hub: SmallHub, garten: Initiative
) -> None:
    serve_new(hub, garten.id)
    await hub.receive(garten.activity("Move", garten.id, target=NEW))
    await hub.services.database.write(lambda tx: moderation.block(tx, "https://neu.example", NOON))
    await hub.work()
    assert await moved_to(hub) is None


async def test_an_address_that_leads_to_another_account_confirms_nothing(
    hub: SmallHub, garten: Initiative
) -> None:
    other = "https://neu.example/actors/other"
    serve_new(hub, garten.id, at=other)
    serve_new(hub, garten.id, at=NEW, says=other)
    await move(hub, garten, NEW)
    assert await moved_to(hub) is None


async def test_a_second_move_within_seven_days_is_not_believed(hub: SmallHub, garten: Initiative) -> None:
    elsewhere = "https://elsewhere.example/actors/garten"
    serve_new(hub, garten.id)
    serve_new(hub, garten.id, at=elsewhere)
    await move(hub, garten)
    hub.clock.advance(days=6)
    await move(hub, garten, elsewhere)
    assert await moved_to(hub) == NEW
    await move(hub, garten, NEW)
    assert await moved_to(hub) == NEW, "the same again is no second one"
    hub.clock.advance(days=2)
    await move(hub, garten, elsewhere)
    assert await moved_to(hub) == elsewhere


async def test_a_newer_profile_that_says_nothing_of_it_takes_it_back(
    hub: SmallHub, garten: Initiative
) -> None:
    serve_new(hub, garten.id)
    await move(hub, garten)
    await hub.receive(garten.activity("Update", garten.document()))
    assert await moved_to(hub) == NEW, "the same profile again is no news"
    garten.serve(updated=NOON + timedelta(minutes=5))
    await hub.receive(garten.activity("Update", garten.document()))
    assert await moved_to(hub) is None


async def test_a_key_that_we_do_not_know_takes_nothing_back(hub: SmallHub, garten: Initiative) -> None:
    """Who seized the old address would like the notice to go away."""
    serve_new(hub, garten.id)
    await move(hub, garten)
    garten.proof = generate_ed25519()
    garten.serve(updated=NOON + timedelta(minutes=5))
    await hub.receive(garten.activity("Update", garten.document()))
    assert await moved_to(hub) == NEW


async def test_who_has_left_leaves_no_new_address_behind(hub: SmallHub, garten: Initiative) -> None:
    serve_new(hub, garten.id)
    await move(hub, garten)
    await hub.command("hub.remove", target=garten.at, reason="Moved.")
    (listing,) = await hub.rows("hub_listings")
    assert (listing["state"], listing["moved_to"]) == ("removed", None)


async def test_editors_read_where_it_says_it_went_and_what_to_do(desk: Desk) -> None:
    await desk.admit()
    new = desk.fediverse.neighbour("neu.example").account("garden", extra={"alsoKnownAs": [GARDEN]})
    assert "moved" not in text_on(await desk.editor.get("/desk/hub"))
    key = await desk.garden.services.here.keyring.signing_key(GARDEN)
    activity = {"id": f"{GARDEN}#move", "type": "Move", "actor": GARDEN, "object": GARDEN, "target": new.id}
    sender = desk.fediverse.neighbour("neu.example")
    answer = await sender.send(new, f"{desk.hub.origin}/inbox", activity, key=key)
    assert answer.status_code == 202
    await desk.fediverse.settle()
    assert "1 initiative says that it has moved" in text_on(await desk.editor.get("/desk/hub"))
    assert "says that it has moved" in text_on(await desk.editor.get("/desk/hub/listings?show=moved"))
    page = text_on(await desk.editor.get(LISTING))
    assert f"It says that it has moved to \u2068{new.id}\u2069, and that address confirms it." in page
    assert await desk.acts() == ["admit"]


async def test_an_initiative_that_blocks_the_hub_is_taken_off_without_a_word(
    hub: SmallHub, garten: Initiative
) -> None:
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call())))
    await hub.work()
    sent = [document["type"] for document in await hub.sent()]
    await hub.receive(garten.activity("Block", hub.id))
    await hub.work()
    (listing,) = await hub.rows("hub_listings")
    assert (listing["state"], listing["document"]) == ("withdrawn", None)
    assert await hub.rows("hub_calls") == []
    assert await hub.rows("followers") == []
    new = (await hub.sent())[len(sent) :]
    assert {document["object"]["type"] for document in new} <= {"Announce"}, "what was announced is undone"
    assert [row["state"] for row in await hub.rows("following")] == ["ended"]


async def test_a_block_of_somebody_else_takes_nobody_off(hub: SmallHub, garten: Initiative) -> None:
    await hub.receive(garten.activity("Block", "https://other.example/actors/x"))
    await hub.receive(garten.activity("Block", f"{hub.id}/followers"))
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["listed"]


async def test_who_lifts_the_block_may_apply_again(hub: SmallHub, garten: Initiative) -> None:
    block = garten.activity("Block", hub.id)
    await hub.receive(block)
    await hub.receive(garten.activity("Undo", {"id": block.id, "type": "Block", "actor": garten.id}))
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["withdrawn"]
    await hub.apply(garten)
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["applied"]

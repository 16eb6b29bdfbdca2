"""Who comes into the directory and who goes."""

from dataclasses import replace

import pytest

from federation.errors import Forbidden
from server.feature import Refusal
from server.hub.curation import actions
from tests.server.hub.small_hub import NOON, Initiative, SmallHub

pytestmark = pytest.mark.anyio


async def test_an_organization_that_follows_has_applied_and_waits(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    assert await hub.command("hub.applications") == {
        "lines": ["@garten@garten.example  applied 2026-11-23  Garten am Kanal"]
    }
    assert (await hub.get("/directory.json")).json()["total"] == 0
    assert [accept["object"]["actor"] for accept in await hub.sent("Accept")] == [initiative.id]


async def test_the_profile_is_kept_byte_for_byte(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    (row,) = await hub.rows("hub_listings")
    assert row["document"].encode() == hub.world.pages[initiative.id][2]


@pytest.mark.parametrize("kind", ["Person", "Group", "Service", "Application"])
async def test_everybody_else_who_follows_is_a_follower_and_no_more(hub: SmallHub, kind: str) -> None:
    initiative = Initiative(hub.world)
    follow = initiative.activity("Follow", hub.id)
    await hub.receive(replace(follow, actor=replace(follow.actor, type=kind)))
    await hub.work()
    assert len(await hub.rows("followers")) == 1
    assert await hub.rows("hub_listings") == []


async def test_a_profile_without_a_valid_proof_is_a_follower_and_no_more(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    hub.world.serve(initiative.id, initiative.document().replace(b"Garten am", b"Garden am"))
    await hub.apply(initiative)
    assert len(await hub.rows("followers")) == 1
    assert await hub.rows("hub_listings") == []


async def test_a_handle_that_does_not_lead_back_is_a_follower_and_no_more(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    for url in [url for url in hub.world.pages if "webfinger" in url]:
        hub.world.serve(url, {"subject": "acct:garten@garten.example", "links": []})
    await hub.apply(initiative)
    assert await hub.rows("hub_listings") == []


async def test_who_does_not_want_to_be_found_is_not_listed(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    initiative.serve(indexable=False)
    await hub.apply(initiative)
    assert await hub.rows("hub_listings") == []


async def test_who_says_nothing_about_being_found_has_said_yes_by_applying(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    initiative.serve(indexable=None, discoverable=None)
    await hub.apply(initiative)
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["applied"]


async def test_an_unreachable_applicant_is_asked_again(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    hub.world.down.add(initiative.host)
    await hub.apply(initiative)
    assert await hub.rows("hub_listings") == []
    hub.world.down.clear()
    hub.clock.advance(minutes=2)
    await hub.work()
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["applied"]


async def test_who_unfollows_during_the_check_has_not_applied(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    follow = initiative.activity("Follow", hub.id)
    await hub.receive(follow)
    await hub.receive(initiative.activity("Undo", follow.id))
    await hub.work()
    assert await hub.rows("hub_listings") == []


async def test_admitting_lists_it_and_follows_it_back(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    (item,) = (await hub.get("/directory.json")).json()["items"]
    assert (item["actor"], item["handle"], item["name"]) == (initiative.id, initiative.at, "Garten am Kanal")
    (follow,) = await hub.sent("Follow")
    assert (follow["actor"], follow["object"]) == (hub.id, initiative.id)
    assert await hub.inboxes(follow["id"]) == {f"{initiative.id}/inbox"}


async def test_an_account_can_be_named_by_its_address(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    assert await hub.command("hub.admit", target=initiative.id) == {"notes": []}
    assert (await hub.get("/directory.json")).json()["total"] == 1


async def test_admitting_takes_in_what_the_outbox_holds(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    embedded, named = initiative.call(1), initiative.call(2)
    notes = [initiative.serve_call(embedded), initiative.serve_call(named)]
    forged = initiative.call(3)
    hub.world.serve(forged.uri, initiative.note(forged).replace(b"Plant tree", b"Sell trees"))
    elsewhere = Initiative(hub.world, "other.example", "other")
    elsewhere.serve_call(elsewhere.call(1))
    create = {"type": "Create", "actor": initiative.id, "id": f"{initiative.id}/a/1"}
    hub.world.serve(f"{initiative.id}/a/2", {**create, "id": f"{initiative.id}/a/2", "object": named.uri})
    initiative.serve_outbox(
        {**create, "object": {"id": embedded.uri, "type": "Note", "callStatus": "antipole:open"}},
        f"{initiative.id}/a/2",
        {**create, "object": forged.uri},
        {**create, "object": elsewhere.call(1).uri},
        {**create, "actor": elsewhere.id, "object": embedded.uri},
        {"type": "Announce", "actor": initiative.id, "object": embedded.uri},
        {**create, "object": {"id": f"{initiative.id}/notes/1", "type": "Note", "content": "hello"}},
        42,
    )
    await hub.admit(initiative)
    kept = await hub.rows("hub_calls")
    assert sorted(row["document"].encode() for row in kept) == sorted(notes)


async def test_an_outbox_that_leads_in_circles_ends(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    one, two = f"{initiative.id}/a/1", f"{initiative.id}/a/2"
    for name, other in ((one, two), (two, one)):
        hub.world.serve(name, {"id": name, "type": "Create", "actor": initiative.id, "object": other})
    initiative.serve_outbox(one)
    await hub.admit(initiative)
    assert await hub.rows("hub_calls") == []
    assert {row["kind"] for row in await hub.rows("errands")} <= {"examine"}


async def test_an_applicant_has_no_power_yet(hub: SmallHub) -> None:
    """TRU-11."""
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    await hub.receive(initiative.activity("Create", initiative.serve_call(initiative.call())))
    await hub.work()
    assert await hub.rows("hub_calls") == []
    assert await hub.sent("Announce") == []


async def test_a_wish_waits_for_the_application(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    (note,) = (await hub.command("hub.admit", target="@Garten@garten.example"))["notes"]
    assert "@garten@garten.example has not applied yet" in note
    hub.clock.advance(days=6)
    await hub.apply(initiative)
    assert (await hub.get("/directory.json")).json()["total"] == 1
    assert await hub.rows("hub_wishes") == []


async def test_a_wish_is_forgotten_after_a_week(hub: SmallHub) -> None:
    await hub.command("hub.admit", target="@garten@garten.example")
    hub.clock.advance(days=7)
    await hub.apply(Initiative(hub.world))
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["applied"]
    assert await hub.rows("hub_wishes") == []


async def test_refusing_says_why_and_keeps_nothing_of_the_profile(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    follow = await hub.apply(initiative)
    await hub.command("hub.refuse", target=initiative.at, reason="Not our field")
    (reject,) = await hub.sent("Reject")
    assert reject["object"]["id"] == follow.id
    assert "Not our field" in (reject.get("summary"), reject.get("content"))
    (row,) = await hub.rows("hub_listings")
    kept = {name: value for name, value in row.items() if value not in (None, 0)}
    assert set(kept) == {"actor_id", "listing_id", "handle", "state", "reason", "since"}
    assert kept["state"] == "refused"
    assert await hub.rows("followers") == []


async def test_who_was_refused_may_apply_again(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.apply(initiative)
    await hub.command("hub.refuse", target=initiative.at, reason="Not yet")
    await hub.apply(initiative)
    (row,) = await hub.rows("hub_listings")
    assert (row["state"], row["reason"]) == ("applied", "")


async def test_removing_erases_calls_and_undoes_what_was_announced(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    await hub.receive(initiative.activity("Create", initiative.serve_call(initiative.call())))
    await hub.work()
    (announce,) = await hub.sent("Announce")
    await hub.command("hub.remove", target=initiative.at, reason="Gone astray")
    await hub.work()
    assert await hub.rows("hub_calls") == []
    undone = {undo["object"]["type"]: undo["object"]["id"] for undo in await hub.sent("Undo")}
    assert set(undone) == {"Follow", "Announce"}
    assert undone["Announce"] == announce["id"]
    (row,) = await hub.rows("hub_listings")
    assert {name for name, value in row.items() if value not in (None, 0)} == {
        "actor_id",
        "listing_id",
        "handle",
        "state",
        "reason",
        "since",
    }
    assert (await hub.get("/calls.json")).json()["total"] == 0


@pytest.mark.parametrize("spelling", ["bare", "embedded"])
async def test_undoing_the_follow_withdraws_the_listing(hub: SmallHub, spelling: str) -> None:
    initiative = Initiative(hub.world)
    follow = await hub.admit(initiative)
    await hub.receive(initiative.activity("Create", initiative.serve_call(initiative.call())))
    undone: dict[str, str] = {"id": follow.id, "type": "Follow", "actor": initiative.id, "object": hub.id}
    await hub.receive(initiative.activity("Undo", follow.id if spelling == "bare" else undone))
    await hub.work()
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["withdrawn"]
    assert await hub.rows("hub_calls") == []


async def test_nobody_undoes_the_follow_of_another(hub: SmallHub) -> None:
    """IDC-16: by a neighbour on the same server, with everything in it but its own name."""
    initiative = Initiative(hub.world)
    follow = await hub.admit(initiative)
    neighbour = Initiative(hub.world, initiative.host, "mallory")
    undone = {"id": follow.id, "type": "Follow", "actor": initiative.id, "object": hub.id}
    await hub.receive(neighbour.activity("Undo", undone))
    await hub.receive(neighbour.activity("Undo", follow.id))
    await hub.admit(neighbour)
    await hub.receive(neighbour.activity("Undo", undone))
    states = {row["actor_id"]: row["state"] for row in await hub.rows("hub_listings")}
    assert states[initiative.id] == "listed"


async def test_undoing_a_like_withdraws_nothing(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    await hub.receive(initiative.activity("Undo", {"type": "Like", "object": hub.id}))
    await hub.receive(initiative.activity("Undo", f"https://{initiative.host}/activities/999"))
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["listed"]


async def test_a_deleted_account_leaves_nothing(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    await hub.receive(initiative.activity("Create", initiative.serve_call(initiative.call())))
    await hub.work()
    page = (await hub.get("/directory.json")).json()["items"][0]["page"]
    await hub.receive(initiative.activity("Delete", initiative.id))
    await hub.work()
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["gone"]
    assert await hub.rows("hub_calls") == []
    assert [undo["object"]["type"] for undo in await hub.sent("Undo")] == ["Announce"]
    assert (await hub.get(page)).status_code == 410


async def test_switching_discoverable_off_takes_it_from_the_directory(hub: SmallHub) -> None:
    """FEP-5feb."""
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    initiative.serve(discoverable=False, updated=NOON)
    await hub.receive(initiative.activity("Update", initiative.document()))
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["withdrawn"]


async def test_a_wish_that_cannot_be_fulfilled_is_one_sentence(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    with pytest.raises(Refusal, match="is not in this directory"):
        await hub.command("hub.remove", target=initiative.at)
    with pytest.raises(Refusal, match="@handle@host"):
        await hub.command("hub.admit", target="garten")
    await hub.apply(initiative)
    with pytest.raises(Refusal, match="hub refuse"):
        await hub.command("hub.remove", target=initiative.at)
    await hub.command("hub.admit", target=initiative.at)
    with pytest.raises(Refusal, match="hub remove"):
        await hub.command("hub.refuse", target=initiative.at)
    assert (await hub.command("hub.admit", target=initiative.at))["notes"] == [
        "@garten@garten.example is already listed."
    ]


async def test_the_follow_repeated_keeps_the_listing(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    again = await hub.apply(initiative)
    (row,) = await hub.rows("hub_listings")
    assert (row["state"], row["follow_id"]) == ("listed", again.id)


async def test_a_blocked_applicant_gets_403_and_leaves_no_row(hub: SmallHub) -> None:
    from server.fediverse import moderation

    initiative = Initiative(hub.world)
    await hub.services.database.write(lambda tx: moderation.block(tx, initiative.id, NOON))
    with pytest.raises(Forbidden):
        await hub.receive(initiative.activity("Follow", hub.id))
    assert await hub.rows("hub_listings") == []


async def test_an_outbox_is_read_again_when_a_push_may_have_been_lost(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    initiative.serve_outbox()
    await hub.admit(initiative)
    call = initiative.call()
    initiative.serve_call(call)
    initiative.serve_outbox({"type": "Create", "actor": initiative.id, "object": call.uri})
    await hub.work()
    assert await hub.rows("hub_calls") == []
    hub.clock.advance(hours=6, minutes=1)
    await hub.work()
    hub.clock.advance(minutes=72)
    await hub.work()
    assert [row["uri"] for row in await hub.rows("hub_calls")] == [call.uri]


async def test_a_hub_that_was_away_reads_at_its_start_what_it_may_have_missed(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    initiative.serve_outbox()
    await hub.admit(initiative)
    call = initiative.call()
    initiative.serve_call(call)
    initiative.serve_outbox({"type": "Create", "actor": initiative.id, "object": call.uri})
    await hub.start_again()
    await hub.work()
    assert await hub.rows("hub_calls") == []
    hub.clock.advance(minutes=2)
    await hub.start_again()
    await hub.work()
    assert [row["uri"] for row in await hub.rows("hub_calls")] == [call.uri]


async def test_a_withdrawal_that_was_never_told_is_found_out(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    withdrawn, unnamed = initiative.call(), initiative.call(2)
    for call in (withdrawn, unnamed):
        initiative.serve_call(call)
    initiative.serve_outbox(
        *({"type": "Create", "actor": initiative.id, "object": call.uri} for call in (withdrawn, unnamed))
    )
    await hub.admit(initiative)
    assert len(await hub.rows("hub_calls")) == 2
    hub.world.pages[withdrawn.uri] = (410, "application/activity+json", b"{}")
    initiative.serve_outbox()
    hub.clock.advance(hours=6, minutes=1)
    await hub.work()
    hub.clock.advance(minutes=72)
    await hub.work()
    assert [row["uri"] for row in await hub.rows("hub_calls")] == [unnamed.uri]


async def test_res_12_strangers_do_not_bury_those_who_wait(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_WAITING_OF_HOST", 2)
    monkeypatch.setattr(actions, "MAX_WAITING", 3)
    crowd = [Initiative(hub.world, "crowd.example", f"one{number}") for number in range(4)]
    others = [Initiative(hub.world, f"{name}.example", name) for name in ("first", "second")]
    await hub.command("hub.admit", target=others[1].at)
    for initiative in (*crowd, *others):
        await hub.apply(initiative)
    waiting = (await hub.command("hub.applications"))["lines"]
    assert [line.split()[0] for line in waiting] == [crowd[0].at, crowd[1].at, others[0].at]
    assert (await hub.get("/directory.json")).json()["total"] == 1, "whoever is expected is let in"
    assert len(await hub.rows("followers")) == 6
    await hub.command("hub.refuse", target=crowd[0].at)
    await hub.apply(crowd[3])
    assert crowd[3].at in str(await hub.command("hub.applications"))


async def test_a_profile_that_is_no_profile_but_a_burden_is_a_follower_and_no_more(hub: SmallHub) -> None:
    initiative = Initiative(hub.world)
    initiative.serve(summary="word " * 20_000)
    await hub.apply(initiative)
    assert await hub.rows("hub_listings") == []
    initiative.serve(summary="Wir pflanzen **Bäume**. " * 200)
    await hub.apply(initiative)
    assert len(await hub.rows("hub_listings")) == 1

"""FEP-8fcf at our doors: what we tell each server of its own people, and what we make of what others tell us."""

import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from federation.actors import fetch_actor
from federation.collection_synchronization import digest_of
from server.fediverse import followers, outbox
from server.fediverse.followers import store as follower_rows
from server.fediverse.followers.synchronization import synchronization_header
from server.storage.database import Transaction
from tests.doubles.mastodon import Mastodon, mastodon
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node
from tests.server.speaking import PUBLIC, rows, say

pytestmark = pytest.mark.anyio

ACTOR = "https://garden.example/actors/garden"
LIST = f"{ACTOR}/followers_synchronization"


@pytest.fixture
async def garden(fediverse: Fediverse) -> Node:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    return node


@pytest.fixture
async def masto(fediverse: Fediverse, garden: Node) -> Mastodon:
    """Where eve and ann follow the garden."""
    double = mastodon(fediverse, "mastodon.test.example")
    for name in ("eve", "ann"):
        await double.join(name, await garden.document(ACTOR))
    await fediverse.settle()
    assert double.following == {ACTOR: {double.account("eve").id, double.account("ann").id}}
    return double


async def publish(node: Node, title: str = "Come", handle: str = "garden") -> str:
    done = await node.command("call.publish", handle=handle, title=title, text="Please.", language="en")
    uri: str = done["uri"]
    return uri


async def take_backup(node: Node, file: Path) -> None:
    await node.command("backup", file=str(file))


async def restore(node: Node, file: Path) -> None:
    """As the manual says: everything of the file, and nothing of what was there."""
    await node.stop()
    for path in node.directory.glob("antipole.*"):
        path.unlink()
    with tarfile.open(file) as tar:
        tar.extraction_filter = lambda member, _path: member
        tar.extractall(node.directory)
    await node.start()


async def following(node: Node, target: str) -> list[tuple[str, str]]:
    """(who of ours, in which state), in order."""
    found = [row for row in await rows(node, "following") if row["target"] == target]
    return sorted((row["local_actor"], row["state"]) for row in found)


async def let_ours_follow(node: Node, double: Mastodon, name: str, *handles: str) -> None:
    account = double.account(name)
    actor = await fetch_actor(node.services.here.client, account.id)

    def act(tx: Transaction) -> None:
        for handle in handles:
            followers.follow(tx, node.services.here, f"{node.origin}/actors/{handle}", actor)

    await node.services.database.write(act)
    await node.fediverse.settle()


async def lose_the_accept(node: Node, target: str) -> None:
    def act(tx: Transaction) -> None:
        asked = follower_rows.following_of(tx, ACTOR, target)
        assert asked is not None
        follower_rows.set_state(tx, asked.follow_id, "pending")

    await node.services.database.write(act)


# What we tell


async def test_ac_6_3_after_an_old_backup_one_post_brings_the_followers_together_again(
    fediverse: Fediverse, garden: Node, masto: Mastodon, tmp_path: Path
) -> None:
    """Ann left after the backup, bob came after it: neither is known to the restored database."""
    file = tmp_path / "old.tar"
    await take_backup(garden, file)
    await masto.leave("ann", await garden.document(ACTOR))
    await masto.join("bob", await garden.document(ACTOR))
    await fediverse.settle()
    eve, ann, bob = (masto.account(name).id for name in ("eve", "ann", "bob"))
    assert {row["actor_id"] for row in await rows(garden, "followers")} == {eve, bob}

    await restore(garden, file)
    assert {row["actor_id"] for row in await rows(garden, "followers")} == {eve, ann}
    fediverse.clock.advance(hours=1)
    await publish(garden)
    await fediverse.settle()
    assert len(masto.jobs) == 1
    await masto.work()
    await fediverse.settle()
    assert {row["actor_id"] for row in await rows(garden, "followers")} == {eve}
    assert masto.following == {ACTOR: {eve}}

    fediverse.clock.advance(hours=1)
    await publish(garden, "Again")
    await fediverse.settle()
    assert masto.jobs == []


async def test_a_create_says_who_of_the_receiving_server_follows_and_signs_it(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    other = mastodon(fediverse, "other.test.example")
    await other.join("zoe", await garden.document(ACTOR))
    await fediverse.settle()
    await publish(garden)
    await fediverse.settle()
    for double, names in ((masto, ("eve", "ann")), (other, ("zoe",))):
        (said,) = double.told
        digest = digest_of(double.account(name).id for name in names)
        assert said == f'collectionId="{ACTOR}/followers", url="{LIST}", digest="{digest}"'
        assert double.jobs == []


async def test_only_a_create_to_followers_bears_the_header(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """Not an edit, and not what is public without being addressed to them."""
    uri = await publish(garden)
    await fediverse.settle()
    await say(garden, ACTOR, "Create")
    await garden.command("call.edit", uri=uri, title="Come soon")
    await fediverse.settle()
    await garden.command("call.withdraw", uri=uri)
    await fediverse.settle()
    seen = [(a.document["type"], "collection-synchronization" in a.headers) for a in masto.arrived[2:]]
    assert sorted(seen) == [("Create", False), ("Create", True), ("Delete", False), ("Update", False)]


async def test_what_is_said_is_true_at_the_moment_of_sending(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    masto.status = None
    await publish(garden)
    await fediverse.settle()
    masto.status = 202
    await masto.leave("ann", await garden.document(ACTOR))
    fediverse.clock.advance(hours=2)
    await fediverse.settle()
    (said,) = masto.told
    assert said is not None
    assert said.endswith(f'digest="{digest_of([masto.account("eve").id])}"')


async def test_a_server_where_nobody_follows_is_told_nothing(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """A call may be sent to servers that only read it: nothing of others' followers goes along."""
    await publish(garden)
    (row,) = [row for row in await rows(garden, "activities") if '"Create"' in (row["document"] or "")]
    said = [
        await synchronization_header(
            garden.services.database,
            garden.services.here.uris,
            actor_id=ACTOR,
            document=row["document"],
            inbox_origin=origin,
        )
        for origin in (masto.origin, "https://reader.example", "https://mastodon.test.example.evil.example")
    ]
    assert said[0] is not None
    assert said[1:] == [None, None]


# The door


async def test_the_list_shows_a_server_its_own_people_and_nobody_elses(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """AC-6.2: ids are shown to the origin that they belong to, for a signature, in every mode."""
    other = mastodon(fediverse, "other.test.example")
    await other.join("zoe", await garden.document(ACTOR))
    listed = await masto.signed_get(LIST)
    assert listed["id"] == LIST
    assert listed["type"] == "OrderedCollection"
    assert listed["orderedItems"] == [masto.account("ann").id, masto.account("eve").id]
    assert (await other.signed_get(LIST))["orderedItems"] == [other.account("zoe").id]
    stranger = mastodon(fediverse, "stranger.test.example")
    assert (await stranger.signed_get(LIST))["orderedItems"] == []
    answer = await masto.get(LIST)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Signature" in answer.headers["vary"]


async def test_without_a_signature_that_holds_nobody_is_named(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    unsigned = await garden.get(LIST, accept=ACTIVITY_JSON)
    assert (unsigned.status_code, unsigned.json()) == (401, {"error": "signature-missing"})
    assert "no-store" in unsigned.headers["cache-control"]
    person = await garden.get(LIST)
    assert person.status_code == 401
    thief = mastodon(fediverse, "thief.test.example")
    forged = thief.account("eve")
    forged.key = type(forged.key)(masto.account("eve").key.key_id, forged.key.private)
    answer = await thief.get(LIST, forged)
    assert answer.status_code == 401


async def test_a_blocked_server_and_an_actor_that_is_no_more_get_no_list(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    assert (await masto.get(f"{garden.origin}/actors/nobody/followers_synchronization")).status_code == 404
    await garden.command("block.add", target=masto.origin)
    assert (await masto.get(LIST)).status_code == 403


async def test_of_more_than_a_document_can_hold_nothing_is_said(
    fediverse: Fediverse, garden: Node, masto: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.fediverse.followers.synchronization.MOST_AT_ONE_ORIGIN", 1)
    await publish(garden)
    await fediverse.settle()
    assert masto.told == [None]
    assert (await masto.get(LIST)).status_code == 404


# What others tell us


async def test_ac_6_3_a_follow_that_the_other_side_lost_is_sent_again(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    await garden.command("initiative.add", handle="bees", name="Bees")
    await let_ours_follow(garden, masto, "hub", "garden", "bees")
    bees = f"{garden.origin}/actors/bees"
    hub = masto.account("hub").id
    assert masto.followers == {"hub": {ACTOR, bees}}
    masto.followers["hub"].discard(bees)
    before = {row["follow_id"] for row in await rows(garden, "following")}
    masto.arrived.clear()
    assert (await masto.post("hub", f"{garden.origin}/inbox")).status_code == 202
    await fediverse.settle()
    follow = masto.last("Follow")
    assert (follow["actor"], follow["object"]) == (bees, hub)
    assert follow["id"] not in before
    assert masto.followers == {"hub": {ACTOR, bees}}
    assert await following(garden, hub) == [(bees, "accepted"), (bees, "ended"), (ACTOR, "accepted")]
    assert masto.types() == ["Follow"]


async def test_ac_6_3_a_follow_that_we_forgot_is_taken_back(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """Our own database is the old one: they hold somebody of ours for a follower who never was."""
    hub = masto.account("hub").id
    masto.followers["hub"] = {ACTOR}
    await masto.post("hub", f"{garden.origin}/inbox")
    await fediverse.settle()
    undo = masto.last("Undo")
    assert undo["actor"] == ACTOR
    assert undo["object"] | {"id": ""} == {"id": "", "type": "Follow", "actor": ACTOR, "object": hub}
    assert masto.followers == {"hub": set()}
    assert await following(garden, hub) == []


async def test_an_accept_that_was_lost_is_had_by_asking_again(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    hub = masto.account("hub").id
    await let_ours_follow(garden, masto, "hub", "garden")
    await lose_the_accept(garden, hub)
    await masto.post("hub", f"{garden.origin}/inbox")
    await fediverse.settle()
    assert (ACTOR, "accepted") in await following(garden, hub)


async def test_who_still_waits_for_an_answer_is_left_in_peace(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    hub = masto.account("hub").id
    await let_ours_follow(garden, masto, "hub", "garden")
    masto.followers["hub"] = set()
    await lose_the_accept(garden, hub)
    masto.arrived.clear()
    await masto.post("hub", f"{garden.origin}/inbox")
    await fediverse.settle()
    assert masto.arrived == []
    assert masto.lists_asked == []


async def test_the_same_digest_costs_no_question_and_another_one_an_hour(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    await let_ours_follow(garden, masto, "hub", "garden")
    await masto.post("hub", f"{garden.origin}/inbox")
    await fediverse.settle()
    assert masto.lists_asked == []
    wrong = masto.header_of(masto.account("hub"), garden.origin)
    wrong = re.sub('digest="[^"]*"', f'digest="{"ab" * 32}"', wrong)
    for _ in range(20):
        await masto.post("hub", f"{garden.origin}/inbox", header=wrong)
        await fediverse.settle()
        fediverse.clock.advance(minutes=1)
    assert len(masto.lists_asked) == 1
    fediverse.clock.advance(hours=1)
    await fediverse.settle()
    assert [row for row in await rows(garden, "errands") if row["kind"] == "synchronize-followers"] == []
    await masto.post("hub", f"{garden.origin}/inbox", header=wrong)
    await fediverse.settle()
    assert len(masto.lists_asked) == 2


async def test_strangers_of_one_server_cost_one_question_an_hour_together(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    for number in range(10):
        masto.followers[f"s{number}"] = {ACTOR}
        await masto.post(f"s{number}", f"{garden.origin}/inbox")
    await fediverse.settle()
    assert len(masto.lists_asked) == 1


HOSTILE: dict[str, Any] = {
    "a-list-elsewhere": lambda h: h.replace(
        'url="https://mastodon.test.example', 'url="https://victim.example'
    ),
    "a-collection-elsewhere": lambda h: h.replace(
        'Id="https://mastodon.test.example', 'Id="https://victim.example'
    ),
    "another-actors-collection": lambda h: h.replace("/hub/followers", "/eve/followers"),
    "another-digest": lambda h: re.sub('digest="[^"]*"', f'digest="{"ab" * 32}"', h),
    "no-digest": lambda h: re.sub(', digest="[^"]*"', "", h),
    "nonsense": lambda h: "nonsense",
    "twice": lambda h: f"{h}, {h}",
    "very-long": lambda h: h + ", " * 5000,
}


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE)
async def test_a_header_that_lies_changes_nothing(
    fediverse: Fediverse, garden: Node, masto: Mastodon, spoil: Any
) -> None:
    """The Create itself is taken all the same, and no other server is asked for anything."""
    await garden.command("initiative.add", handle="bees", name="Bees")
    await let_ours_follow(garden, masto, "hub", "garden", "bees")
    victim = fediverse.neighbour("victim.example")
    masto.followers["hub"] = {ACTOR, "https://garden.example/actors/unknown"}
    state = await following(garden, masto.account("hub").id)
    masto.arrived.clear()
    header = spoil(masto.header_of(masto.account("hub"), garden.origin))
    assert (await masto.post("hub", f"{garden.origin}/inbox", header=header)).status_code == 202
    await fediverse.settle()
    assert masto.arrived == []
    assert victim.asked == []
    assert await following(garden, masto.account("hub").id) == state


async def test_a_header_that_is_not_signed_counts_for_nothing(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    hub = masto.account("hub")
    masto.followers["hub"] = {ACTOR}
    header = masto.header_of(hub, garden.origin)
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{hub.id}/1",
        "type": "Create",
        "actor": hub.id,
        "object": {"id": f"{hub.id}/2", "type": "Note", "attributedTo": hub.id, "content": "Hello"},
    }
    answer = await masto.send(
        hub, f"{garden.origin}/inbox", activity, headers={"collection-synchronization": header}
    )
    assert answer.status_code == 202
    await fediverse.settle()
    assert masto.lists_asked == []


async def test_the_list_is_asked_for_with_our_signature(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """The double verifies it and answers with the people of whoever signed; a list of others would not fit."""
    masto.followers["hub"] = {ACTOR, "https://elsewhere.example/actors/x"}
    await masto.post("hub", f"{garden.origin}/inbox")
    await fediverse.settle()
    assert masto.followers["hub"] == {"https://elsewhere.example/actors/x"}


# Two of our own


@pytest.fixture
async def listed(fediverse: Fediverse, garden: Node, tmp_path: Path) -> Node:
    """A hub that lists the garden; `before.tar` is a backup of it from before the garden had applied."""
    hub = await fediverse.add("hub.example", roles=["hub"])
    await take_backup(hub, tmp_path / "before.tar")
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert (await states(garden)) == ["listed"]
    return hub


async def tell_followers(node: Node, actor_id: str) -> None:
    note = {"id": f"{actor_id}/notes/1", "type": "Note", "content": "Hello"}
    activity = {"type": "Create", "object": note, "to": [PUBLIC], "cc": [f"{actor_id}/followers"]}
    here = node.services.here
    await node.services.database.write(
        lambda tx: outbox.publish(tx, here, actor_id, activity, object_id=note["id"], to_followers=True)
    )


async def states(node: Node) -> list[str]:
    return [row["state"] for row in await rows(node, "hub_applications")]


HUB = "https://hub.example/actors/hub"


async def test_ac_6_3_a_hub_restored_from_before_an_initiative_was_listed_leaves_it(
    fediverse: Fediverse, garden: Node, listed: Node, tmp_path: Path
) -> None:
    """The initiative learns from its own next post that it is not in the directory any more."""
    await restore(listed, tmp_path / "before.tar")
    fediverse.clock.advance(hours=1)
    await publish(garden)
    await fediverse.settle()
    assert [row["actor_id"] for row in await rows(garden, "followers")] == []
    assert await states(garden) == ["removed"]
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await listed.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert await states(garden) == ["listed"]


async def test_ac_6_3_an_initiative_restored_from_an_old_backup_loses_a_hub_that_left(
    fediverse: Fediverse, garden: Node, listed: Node, tmp_path: Path
) -> None:
    await take_backup(garden, tmp_path / "garden.tar")
    await listed.command("hub.remove", target="@garden@garden.example", reason="They asked for it.")
    await fediverse.settle()
    assert await states(garden) == ["removed"]
    await restore(garden, tmp_path / "garden.tar")
    assert await states(garden) == ["listed"]
    fediverse.clock.advance(hours=1)
    await publish(garden)
    await fediverse.settle()
    assert [row["actor_id"] for row in await rows(garden, "followers")] == []
    assert await states(garden) == ["removed"]


async def test_ac_6_3_an_initiative_that_a_restored_hub_forgot_applies_again(
    fediverse: Fediverse, garden: Node, listed: Node, tmp_path: Path
) -> None:
    """Bees, on the garden's server, applied after the backup; a post of the hub reaches that server all the same."""
    await take_backup(listed, tmp_path / "hub.tar")
    await garden.command("initiative.add", handle="bees", name="Bees")
    await garden.command("hub.apply", handle="bees", hub="@hub@hub.example")
    await fediverse.settle()
    bees = f"{garden.origin}/actors/bees"
    await restore(listed, tmp_path / "hub.tar")
    assert {row["actor_id"] for row in await rows(listed, "followers")} == {ACTOR}
    fediverse.clock.advance(hours=1)
    await tell_followers(listed, HUB)
    await fediverse.settle()
    assert {row["actor_id"] for row in await rows(listed, "followers")} == {ACTOR, bees}
    assert sorted(row["state"] for row in await rows(listed, "hub_listings")) == ["applied", "listed"]
    assert sorted(await states(garden)) == ["listed", "waiting"]

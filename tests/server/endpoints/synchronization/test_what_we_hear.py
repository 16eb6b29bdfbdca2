"""What others say in their Creates of who of ours follows them: compared, asked for, mended, or disbelieved."""

import re
from typing import Any

import pytest

from tests.doubles.mastodon import Mastodon
from tests.fediverse import Fediverse, Node
from tests.server.endpoints.synchronization.scene import (
    ACTOR,
    following,
    let_ours_follow,
    lose_the_accept,
)
from tests.server.speaking import rows

pytestmark = pytest.mark.anyio


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
    "another-actors-collection": lambda h: h.replace('/hub/followers"', '/eve/followers"'),
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


async def test_whoever_stands_twice_in_a_list_spoils_it(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """Two of the same cancel each other in the digest: such a list could name anybody besides."""
    await garden.command("initiative.add", handle="bees", name="Bees")
    await let_ours_follow(garden, masto, "hub", "garden")
    somebody, bees = f"{garden.origin}/actors/x", f"{garden.origin}/actors/bees"
    masto.followers["hub"] = {somebody}
    masto.lies["hub"] = [bees, somebody, bees]
    masto.arrived.clear()
    await masto.post("hub", f"{garden.origin}/inbox")
    await fediverse.settle()
    assert len(masto.lists_asked) == 1
    assert masto.arrived == []


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

"""Olena has an account on a Mastodon server. She follows an initiative, and sees its call come, change and end."""

import pytest

from federation.webfinger import resolve_handle
from tests.fediverse import Fediverse, Node

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]


async def an_initiative(fediverse: Fediverse) -> Node:
    garden = await fediverse.add("letters.example", roles=["initiative"])
    await garden.command(
        "initiative.add",
        handle="letters",
        name="Листи за ґрати",
        summary="Ми пишемо *політв'язням*.",
        languages=["uk", "en"],
    )
    return garden


async def test_an_activist_follows(fediverse: Fediverse) -> None:
    letters = await an_initiative(fediverse)
    mastodon = fediverse.neighbour("mastodon.example")
    olena = mastodon.account("olena")

    # She types the handle into her search field; her server asks WebFinger, then fetches the profile.
    client = letters.services.here.client
    actor_id = await resolve_handle(client, "@letters@letters.example")
    profile = await letters.document(actor_id)
    assert (profile["type"], profile["name"]) == ("Organization", "Листи за ґрати")
    assert profile["manuallyApprovesFollowers"] is False

    # She follows, and is accepted at once.
    assert (await mastodon.follow(olena, profile)).status_code == 202
    await fediverse.settle()
    accept = mastodon.last("Accept")
    assert accept["object"]["actor"] == olena.id
    assert accept["object"]["object"] == accept["actor"] == actor_id

    # A call is published, and arrives as a post she can read, in its language, without another request.
    fediverse.clock.advance(hours=3)
    call = await letters.command(
        "call.publish",
        handle="letters",
        title="Напишіть листа",
        text="Одна сторінка рятує день.",
        kind="write",
        size="hour",
        themes=["prisoners"],
    )
    await fediverse.settle()
    create = mastodon.last("Create")
    note = create["object"]
    assert note["id"] == call["uri"]
    assert (note["type"], note["attributedTo"]) == ("Note", actor_id)
    assert list(note["contentMap"]) == ["uk"]
    assert "Напишіть листа" in note["content"]
    assert "Одна сторінка рятує день." in note["content"]
    assert "https://www.w3.org/ns/activitystreams#Public" in note["to"]
    assert mastodon.arrived[-1].path == "/inbox"

    # Whoever gets it from elsewhere can ask for it, and gets the same.
    assert (await letters.document(note["id"]))["content"] == note["content"]

    # It is edited twice within a second; both edits are later than what she holds.
    for title in ("Напишіть два листи", "Напишіть три листи"):
        await letters.command("call.edit", uri=call["uri"], title=title)
    await fediverse.settle()
    updates = [arrived.document for arrived in mastodon.arrived if arrived.document["type"] == "Update"]
    assert [("два" in update["object"]["content"]) for update in updates] == [True, False]
    times = [note["updated"] if "updated" in note else note["published"]]
    times += [update["object"]["updated"] for update in updates]
    assert times == sorted(set(times))

    # "Enough, thank you": the post says so in its first line.
    fediverse.clock.advance(days=1)
    await letters.command("call.close", uri=call["uri"])
    await fediverse.settle()
    closed = mastodon.last("Update")["object"]
    assert closed["content"] != updates[-1]["object"]["content"]
    assert "три листи" in closed["content"]

    # It is withdrawn: a Delete reaches her, and the address answers 410.
    await letters.command("call.withdraw", uri=call["uri"])
    await fediverse.settle()
    delete = mastodon.last("Delete")
    assert delete["object"]["id"] == call["uri"]
    gone = await letters.get(call["uri"], accept="application/activity+json")
    assert (gone.status_code, gone.json()["type"]) == (410, "Tombstone")

    # She leaves. The next call is not for her, and soon nothing in the files names her or her server.
    assert (await mastodon.unfollow(olena, profile)).status_code == 202
    before = len(mastodon.arrived)
    await letters.command("call.publish", handle="letters", title="Ще", text="Ще один.")
    await fediverse.settle()
    assert len(mastodon.arrived) == before
    assert (await letters.stats())["followers"] == 0
    fediverse.clock.advance(days=8)
    await fediverse.forget()
    kept = letters.stored()
    assert "Листи за ґрати".encode() in kept
    assert b"olena" not in kept
    assert b"mastodon.example" not in kept


async def test_an_activist_deletes_her_account(fediverse: Fediverse) -> None:
    letters = await an_initiative(fediverse)
    mastodon = fediverse.neighbour("mastodon.example")
    olena = mastodon.account("olena")
    await mastodon.follow(olena, await letters.document("/actors/letters"))
    await fediverse.settle()
    assert (await letters.stats())["followers"] == 1
    delete = {"id": f"{olena.id}#delete", "type": "Delete", "actor": olena.id, "object": olena.id}
    assert (await mastodon.send(olena, "https://letters.example/inbox", delete)).status_code == 202
    rows = await letters.rows()
    assert (rows["followers"], rows["remote_actors"], rows["remote_keys"]) == (0, 0, 0)


async def test_a_lost_accept_is_said_again(fediverse: Fediverse) -> None:
    """INT-14: her server never saw our answer, and asks once more with the same Follow."""
    letters = await an_initiative(fediverse)
    mastodon = fediverse.neighbour("mastodon.example")
    olena = mastodon.account("olena")
    profile = await letters.document("/actors/letters")
    for _ in range(2):
        await mastodon.follow(olena, profile)
        await fediverse.settle()
    assert mastodon.types() == ["Accept", "Accept"]
    assert (await letters.stats())["followers"] == 1

    # But a Follow that comes late, after her Undo, brings nobody back.
    await mastodon.unfollow(olena, profile)
    await mastodon.follow(olena, profile)
    await fediverse.settle()
    assert mastodon.types() == ["Accept", "Accept"]
    assert (await letters.stats())["followers"] == 0

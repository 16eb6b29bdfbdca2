"""Which replies are taken in, what keeps them out, and what takes them away again."""

from typing import Any

import pytest

from server.fediverse import moderation
from server.initiative.replies.model import (
    MAX_OF_AUTHOR,
    MAX_WAITING,
    MAX_WAITING_OF_ORIGIN,
    tidy_name,
)
from tests.fediverse import Fediverse
from tests.server.initiative.replying import PUBLIC, Garden, a_garden

pytestmark = pytest.mark.anyio


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


async def test_a_public_reply_waits_with_the_name_its_server_gives(garden: Garden) -> None:
    found = await garden.held(await garden.reply(url="https://mastodon.example/@vera/1"))
    assert found is not None
    assert (found.state, found.handle, found.name, found.language) == (
        "waiting",
        "@vera@mastodon.example",
        "Vera",
        "en",
    )
    assert found.link == "https://mastodon.example/@vera/1"
    assert "spades" not in await garden.page()


@pytest.mark.parametrize(
    "members",
    [
        {"to": [PUBLIC], "cc": []},
        {"to": ["https://mastodon.example/users/vera/followers"], "cc": "as:Public"},
        {"to": None, "cc": None},
        {"inReplyTo": ["{call}"]},
        {"inReplyTo": {"type": "Note", "id": "{call}"}},
        {"inReplyTo": "{call}?lang=uk"},
        {"inReplyTo": "{event}"},
        {"type": "Article", "name": "Why I come"},
        {"attributedTo": None},
        {"published": None},
        {"published": "2031-01-01T00:00:00Z"},
    ],
)
async def test_what_is_a_public_reply(garden: Garden, members: dict[str, Any]) -> None:
    """Also to the call's page in some language and to its Event; and where only the activity is addressed."""
    event = garden.call.replace("/calls/", "/events/")
    note = garden.note(**members)
    answered = note["inReplyTo"]
    if isinstance(answered, dict):
        note["inReplyTo"] = {**answered, "id": garden.call}
    elif isinstance(answered, list):
        note["inReplyTo"] = [garden.call]
    else:
        note["inReplyTo"] = answered.replace("{call}", garden.call).replace("{event}", event)
    assert await garden.send("Create", note) == 202
    found = await garden.held(note["id"])
    assert found is not None
    assert found.call_uri == garden.call
    assert found.published <= garden.fediverse.clock.now()


@pytest.mark.parametrize(
    "members",
    [
        {"to": ["https://mastodon.example/users/vera/followers"], "cc": []},
        {"to": ["https://garden.example/actors/garden"], "cc": []},
        {"inReplyTo": None},
        {"inReplyTo": "https://garden.example/calls/ffffffffffffffffffff"},
        {"inReplyTo": "https://garden.example/calls/../admin"},
        {"inReplyTo": "https://mastodon.example/users/vera/statuses/9"},
        {"type": "Person"},
        {"type": "Tombstone"},
        {"type": None},
        {"content": "<script>alert(1)</script>"},
        {"content": ""},
    ],
)
async def test_what_is_not_leaves_no_row(garden: Garden, members: dict[str, Any]) -> None:
    """Words for few eyes, words to others, no words at all."""
    before = await garden.node.rows()
    note = garden.note(**members)
    assert await garden.send("Create", note) in (202, 403)
    after = await garden.node.rows()
    assert {table for table in after if after[table] != before[table]} <= {"received_activities"}


async def test_private_replies_are_private_even_when_the_activity_says_public(garden: Garden) -> None:
    note = garden.note(to=["https://garden.example/actors/garden"], cc=[])
    assert await garden.send("Create", note, to=[PUBLIC]) == 202
    assert await garden.held(note["id"]) is None


async def test_idc_02_and_03_nobody_speaks_for_a_neighbour(garden: Garden) -> None:
    mallory = garden.mastodon.account("mallory")
    note = garden.note()
    assert await garden.send("Create", note, mallory) in (202, 403)
    assert await garden.held(note["id"]) is None

    mine = await garden.shown()
    before = await garden.held(mine)
    claim = garden.note(mallory, id=mine, content="<p>Buy here.</p>")
    garden.serve(garden.note(id=mine))
    for forged in (claim, {**claim, "attributedTo": garden.vera.id}, {**claim, "attributedTo": None}):
        assert await garden.send("Update", forged, mallory) in (400, 403)
        assert await garden.send("Create", forged, mallory) in (202, 400, 403)
    tombstone = {"id": mine, "type": "Tombstone"}
    assert await garden.send("Update", {**tombstone, "attributedTo": mallory.id}, mallory) == 403
    assert await garden.send("Delete", tombstone, mallory) == 202
    assert await garden.held(mine) == before
    await garden.fediverse.settle()
    assert await garden.held(mine) == before


async def test_a_reply_by_us_or_under_an_address_of_ours_is_refused(garden: Garden) -> None:
    ours = "https://garden.example/actors/garden"
    before = await garden.node.rows()
    for members in (
        {"attributedTo": ours},
        {"id": f"{garden.call}/replies/1"},
        {"id": garden.call},
        {"id": ours, "attributedTo": ours},
        {"attributedTo": [garden.vera.id, ours]},
    ):
        assert await garden.send("Create", garden.note(**members)) in (202, 403)
    assert await garden.send("Create", garden.note(), actor=ours) in (401, 403)
    after = await garden.node.rows()
    assert {table for table in after if after[table] != before[table]} <= {"received_activities"}


async def test_two_replies_with_one_id_are_one_and_the_later_words_wait(garden: Garden) -> None:
    mine = await garden.shown()
    again = garden.note(id=mine, content="<p>Something else.</p>", updated="2026-11-23T08:00:01Z")
    assert await garden.send("Create", again) == 202
    found = await garden.held(mine)
    assert found is not None
    assert (found.state, found.content) == ("waiting", "<p>Something else.</p>")
    assert (await garden.tally()).shown == 0


async def test_an_edit_waits_again_and_an_older_one_changes_nothing(garden: Garden) -> None:
    mine = await garden.shown(updated="2026-11-23T08:00:00Z")
    assert "I bring spades." in await garden.page()
    same = garden.note(id=mine, updated="2026-11-23T08:00:01Z")
    assert await garden.send("Update", same) == 202
    assert "I bring spades." in await garden.page()

    garden.fediverse.clock.advance(minutes=10)
    newer = garden.note(id=mine, content="<p>I bring a rake.</p>", updated="2026-11-23T08:05:00Z")
    assert await garden.send("Update", newer) == 202
    older = garden.note(id=mine, content="<p>I bring a hose.</p>", updated="2026-11-23T08:03:00Z")
    assert await garden.send("Update", older) == 202
    found = await garden.held(mine)
    assert found is not None
    assert (found.state, found.content) == ("waiting", "<p>I bring a rake.</p>")
    page = await garden.page()
    assert "spades" not in page
    assert "rake" not in page


@pytest.mark.parametrize(
    "members",
    [
        {"to": ["https://mastodon.example/users/vera/followers"], "cc": []},
        {"inReplyTo": None},
        {"content": ""},
        {"type": "Tombstone"},
    ],
)
async def test_what_an_edit_takes_back_is_erased(garden: Garden, members: dict[str, Any]) -> None:
    mine = await garden.shown()
    garden.fediverse.clock.advance(minutes=1)
    assert await garden.send("Update", garden.note(id=mine, updated="2026-11-23T08:00:30Z", **members)) == 202
    assert await garden.held(mine) is None


async def test_a_deleted_account_takes_its_replies_along(garden: Garden) -> None:
    """Its key is kept as long as a reply is, for the server has no key any more by the time it says so."""
    first, second = await garden.shown(), await garden.reply()
    garden.mastodon.gone.add("/users/vera")
    garden.fediverse.clock.advance(days=20)
    await garden.fediverse.forget()
    assert await garden.send("Delete", garden.vera.id) == 202
    assert await garden.held(first) is await garden.held(second) is None
    assert (await garden.node.rows())["remote_actors"] == 0


async def test_an_account_that_is_found_to_be_gone_takes_them_along_as_well(garden: Garden) -> None:
    mine = await garden.shown()
    garden.mastodon.gone.add("/users/vera")
    garden.fediverse.clock.advance(hours=1)
    assert await garden.send("Update", garden.vera.id) == 202
    for _ in range(2):
        await garden.fediverse.settle()
    assert await garden.held(mine) is None


@pytest.mark.parametrize("form", ["tombstone", "id"])
async def test_its_author_deletes_it_in_any_state(garden: Garden, form: str) -> None:
    for reply_id in (await garden.shown(), await garden.reply()):
        thing = reply_id if form == "id" else {"id": reply_id, "type": "Tombstone"}
        assert await garden.send("Delete", thing) == 202
        assert await garden.held(reply_id) is None


@pytest.mark.parametrize("target", ["https://mastodon.example/users/vera", "https://mastodon.example"])
async def test_whoever_is_blocked_loses_every_reply_at_once(garden: Garden, target: str) -> None:
    shown, waits = await garden.shown(), await garden.reply()
    now = garden.fediverse.clock.now()
    await garden.node.services.database.write(lambda tx: moderation.block(tx, target, now))
    assert "I bring spades." not in await garden.page()
    await garden.fediverse.settle()
    assert await garden.held(shown) is await garden.held(waits) is None


async def test_an_editor_hides_for_ever_and_no_words_stay(garden: Garden) -> None:
    mine = await garden.shown(content="<p>unmistakable nonsense</p>")
    await garden.editor.post("/desk/@garden/replies/hide", reply=mine)
    assert await garden.held(mine) is None
    assert await garden.send("Update", garden.note(id=mine, updated="2026-11-23T08:00:02Z")) == 202
    assert await garden.held(mine) is None
    await garden.fediverse.forget()
    kept = garden.node.stored()
    assert b"unmistakable nonsense" not in kept
    assert mine.encode() not in kept


async def test_a_call_closed_for_replies_forgets_them_and_keeps_what_is_shown(garden: Garden) -> None:
    mine = await garden.shown()
    await garden.editor.post(f"/desk/@garden/replies/{garden.call_id}", takes="closed")
    assert await garden.held(await garden.reply()) is None
    assert "I bring spades." in await garden.page()
    same = garden.note(id=mine, updated="2026-11-23T08:00:01Z")
    assert await garden.send("Update", same) == 202
    assert "I bring spades." in await garden.page()
    # What its author changes is not what was shown, and the new words have no way in.
    assert (
        await garden.send("Update", garden.note(id=mine, content="<p>x</p>", updated="2026-11-23T08:00:02Z"))
        == 202
    )
    assert await garden.held(mine) is None
    await garden.editor.post(f"/desk/@garden/replies/{garden.call_id}", takes="open")
    assert await garden.held(await garden.reply()) is not None


async def test_a_withdrawn_call_leaves_nothing_that_others_said(garden: Garden) -> None:
    hidden = await garden.shown()
    await garden.editor.post("/desk/@garden/replies/hide", reply=hidden)
    await garden.shown()
    await garden.send("Like", garden.call)
    await garden.node.command("call.withdraw", uri=garden.call)
    rows = await garden.node.rows()
    assert (rows["call_replies"], rows["call_replies_hidden"], rows["call_reactions"]) == (0, 0, 0)
    assert await garden.held(await garden.reply()) is None
    assert (await garden.node.get(f"{garden.call_path}/all-replies")).status_code == 410


async def test_what_nobody_looks_at_is_erased_after_thirty_days(garden: Garden) -> None:
    shown, waits = await garden.shown(), await garden.reply()
    garden.fediverse.clock.advance(days=29)
    await garden.fediverse.settle()
    assert await garden.held(waits) is not None
    garden.fediverse.clock.advance(days=2)
    await garden.fediverse.settle()
    assert await garden.held(waits) is None
    assert await garden.held(shown) is not None


async def test_one_author_says_no_more_than_twenty_things_a_day(garden: Garden) -> None:
    ids = [await garden.reply() for _ in range(MAX_OF_AUTHOR + 2)]
    assert [await garden.held(one) is not None for one in ids] == [True] * MAX_OF_AUTHOR + [False] * 2
    assert await garden.held(await garden.reply(garden.mastodon.account("wim"))) is not None
    garden.fediverse.clock.advance(days=1)
    assert await garden.held(await garden.reply()) is not None


async def test_one_server_leaves_room_to_the_others_and_all_together_to_the_editors(garden: Garden) -> None:
    per_author = MAX_OF_AUTHOR

    async def fill(host: str, count: int) -> int:
        server, kept = garden.fediverse.neighbour(host), 0
        for number in range(count):
            author = server.account(f"a{number // per_author}")
            kept += await garden.held(await garden.reply(author, server)) is not None
        return kept

    assert await fill("one.example", MAX_WAITING_OF_ORIGIN + 5) == MAX_WAITING_OF_ORIGIN
    assert (
        await fill("two.example", MAX_WAITING - MAX_WAITING_OF_ORIGIN) == MAX_WAITING - MAX_WAITING_OF_ORIGIN
    )
    assert await fill("three.example", 2) == 0
    assert (await garden.tally()).waiting == MAX_WAITING


async def test_res_09_no_thread_is_followed(garden: Garden) -> None:
    thread: dict[str, Any] = {
        "replies": {
            "id": "https://mastodon.example/replies",
            "type": "Collection",
            "first": "https://x.example/p",
        },
        "context": "https://mastodon.example/contexts/1",
        "conversation": "https://mastodon.example/conversations/1",
        "quote": "https://mastodon.example/quoted",
    }
    await garden.reply(**thread)
    for number in range(5):
        await garden.reply(inReplyTo=f"https://mastodon.example/users/vera/statuses/{number}", **thread)
    await garden.fediverse.settle()
    assert garden.mastodon.asked == ["/users/vera"]


async def test_a_follower_who_replies_is_named_once_their_server_was_asked(garden: Garden) -> None:
    """Of a person who follows only the key is remembered, not what they are called."""
    await garden.mastodon.follow(
        garden.vera, await garden.node.document("https://garden.example/actors/garden")
    )
    mine = await garden.reply()
    found = await garden.held(mine)
    assert found is not None
    assert (found.handle, found.by) == ("", "@mastodon.example")
    await garden.fediverse.settle()
    found = await garden.held(mine)
    assert found is not None
    assert (found.by, found.name) == ("@vera@mastodon.example", "Vera")
    again = await garden.held(await garden.reply())
    assert again is not None
    assert again.by == "@vera@mastodon.example"


def test_names_lose_what_cannot_be_seen() -> None:
    assert tidy_name("Ga\u200brden\u00ad \u202eevil\u2066 \U000e0041x") == "Garden evil x"
    assert tidy_name("می\u200cخواهم") == "می\u200cخواهم"
    assert len(tidy_name("x" * 1_000)) == 100

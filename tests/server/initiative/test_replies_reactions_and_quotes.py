"""Likes and boosts are numbers that the call's desk alone sees; quotes are refused."""

from typing import Any

import pytest

from federation.vocabulary import OBJECT_CONTEXT
from server.initiative.replies import store
from tests.contexts import dropped_terms, expand
from tests.fediverse import Fediverse
from tests.people import text_on
from tests.server.initiative.replying import Garden, a_garden

pytestmark = pytest.mark.anyio


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


async def numbers(garden: Garden) -> tuple[int, int, int]:
    tally = await garden.tally()
    return tally.likes, tally.boosts, tally.joins


@pytest.mark.parametrize("kind", ["Like", "EmojiReact", "Announce"])
async def test_a_reaction_is_a_number_and_leaves_nobodys_name(garden: Garden, kind: str) -> None:
    before = await garden.node.rows()
    assert await garden.send(kind, garden.call, content="🌱") == 202
    assert await garden.send(kind, garden.call, garden.mastodon.account("wim")) == 202
    assert await numbers(garden) == ((0, 2, 0) if kind == "Announce" else (2, 0, 0))
    after = await garden.node.rows()
    grown = {table: after[table] - before[table] for table in after if after[table] != before[table]}
    assert grown == {"received_activities": 2, "call_reactions": 1}
    assert "2 likes" not in await garden.page()


async def test_an_undo_counts_down_and_never_below_none(garden: Garden) -> None:
    like = {"id": f"{garden.vera.id}/likes/1", "type": "Like", "actor": garden.vera.id, "object": garden.call}
    await garden.send("Like", garden.call)
    await garden.send("Announce", garden.call)
    for _ in range(3):
        assert await garden.send("Undo", like) == 202
    assert await numbers(garden) == (0, 1, 0)
    assert await garden.send("Undo", like["id"]) == 202
    assert await garden.send("Undo", {**like, "type": "Announce", "object": {"id": garden.call}}) == 202
    assert await numbers(garden) == (0, 0, 0)
    mallory = garden.mastodon.account("mallory")
    await garden.send("Like", garden.call)
    assert await garden.send("Undo", like, mallory) in (202, 403)
    assert await numbers(garden) == (1, 0, 0)


async def test_the_same_like_twice_is_one(garden: Garden) -> None:
    for _ in range(2):
        await garden.send("Like", garden.call, id=f"{garden.vera.id}/likes/1")
    assert await numbers(garden) == (1, 0, 0)


@pytest.mark.parametrize(
    "thing",
    [
        "https://garden.example/calls/ffffffffffffffffffff",
        "https://mastodon.example/users/vera/statuses/1",
        "https://garden.example/",
        {"type": "Note"},
        ["https://garden.example/a", "https://garden.example/b"],
        7,
    ],
)
async def test_reactions_to_anything_else_are_nothing(garden: Garden, thing: Any) -> None:
    for kind in ("Like", "Announce", "EmojiReact"):
        assert await garden.send(kind, thing) in (202, 400)
    assert (await garden.node.rows())["call_reactions"] == 0


async def test_idc_07_a_forged_copy_in_an_announce_is_not_read(garden: Garden) -> None:
    forged = garden.note(garden.vera, id=garden.call, attributedTo="https://garden.example/actors/garden")
    before = await garden.node.document(garden.call)
    assert await garden.send("Announce", forged) == 202
    assert await numbers(garden) == (0, 1, 0)
    foreign = garden.note(id="https://elsewhere.example/1", attributedTo="https://elsewhere.example/ann")
    assert await garden.send("Announce", foreign) == 202
    await garden.fediverse.settle()
    assert await garden.node.document(garden.call) == before
    assert (await garden.node.rows())["call_replies"] == 0
    assert set(garden.mastodon.asked) == {"/users/vera"}


async def test_the_desk_says_how_many_and_the_public_nothing(garden: Garden) -> None:
    await garden.send("Like", garden.call)
    await garden.send("Announce", garden.call)
    await garden.node.services.database.write(lambda tx: store.change_count(tx, garden.call, "join", 3))
    for page in ("replies", f"replies/{garden.call_id}", f"calls/{garden.call_id}"):
        path = f"/desk/@garden/{page}"
        text = text_on(await garden.editor.get(path))
        assert "1 like · passed on 1 time · 3 would like to come" in text
    for path in (garden.call_path, f"{garden.call_path}/all-replies", "/", "/@garden"):
        text = text_on(await garden.node.get(path))
        assert "like ·" not in text
        assert "passed on" not in text
    document = await garden.node.document(garden.call)
    assert not {"likes", "shares"} & document.keys()


async def test_a_call_says_that_nobody_but_its_author_may_quote_it(garden: Garden) -> None:
    document = await garden.node.document(garden.call)
    assert document["interactionPolicy"] == {
        "canQuote": {"automaticApproval": ["https://garden.example/actors/garden"]}
    }
    assert dropped_terms(document) == []


@pytest.mark.parametrize("instrument", ["address", "whole", "of another", None])
async def test_a_quote_request_is_rejected_to_whoever_asked(garden: Garden, instrument: str | None) -> None:
    quote = f"{garden.vera.id}/statuses/9"
    given: dict[str | None, Any] = {
        "address": quote,
        "whole": garden.note(id=quote, quote=garden.call, inReplyTo=None),
        "of another": "https://elsewhere.example/1",
    }
    more = {"instrument": given[instrument]} if instrument else {}
    request = f"{garden.vera.id}/quote_requests/1"
    wim = garden.mastodon.account("wim")
    await garden.mastodon.follow(wim, await garden.node.document("https://garden.example/actors/garden"))
    await garden.fediverse.settle()
    garden.mastodon.arrived.clear()

    for _ in range(2):
        assert await garden.send("QuoteRequest", garden.call, id=request, **more) == 202
    await garden.fediverse.settle()
    (arrived,) = garden.mastodon.arrived
    assert arrived.path == "/users/vera/inbox"
    expected = {"id": request, "type": "QuoteRequest", "actor": garden.vera.id, "object": garden.call}
    if instrument in ("address", "whole"):
        expected["instrument"] = quote
    document = arrived.document
    assert (document["type"], document["actor"], document["to"]) == (
        "Reject",
        "https://garden.example/actors/garden",
        [garden.vera.id],
    )
    assert document["object"] == expected
    assert document["@context"] == OBJECT_CONTEXT
    assert dropped_terms(document) == []
    assert "https://w3id.org/fep/044f#QuoteRequest" in str(expand(document))


async def test_a_quote_request_about_nothing_of_ours_is_not_answered(garden: Garden) -> None:
    for thing in ("https://garden.example/calls/ffffffffffffffffffff", "https://elsewhere.example/1"):
        assert await garden.send("QuoteRequest", thing, instrument=f"{garden.vera.id}/1") == 202
    await garden.node.command("call.withdraw", uri=garden.call)
    assert await garden.send("QuoteRequest", garden.call, instrument=f"{garden.vera.id}/1") == 202
    await garden.fediverse.settle()
    assert garden.mastodon.types() == []

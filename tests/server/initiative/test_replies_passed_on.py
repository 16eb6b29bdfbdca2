"""What others say that somebody has said: believed only as its own origin serves it."""

from typing import Any

import pytest

from tests.fediverse import Fediverse
from tests.neighbours import Account, Neighbour
from tests.server.initiative.replying import Garden, Json, a_garden

pytestmark = pytest.mark.anyio


@pytest.fixture
async def garden(fediverse: Fediverse) -> Garden:
    return await a_garden(fediverse)


@pytest.fixture
def relay(garden: Garden) -> tuple[Neighbour, Account]:
    server = garden.fediverse.neighbour("relay.example")
    return server, server.account("relay")


async def pass_on(garden: Garden, relay: tuple[Neighbour, Account], kind: str, thing: Json | str) -> int:
    """Vera's activity with a Linked Data signature, delivered and signed by another server."""
    server, account = relay
    return await garden.send(
        kind,
        thing,
        account,
        server,
        actor=garden.vera.id,
        id=f"{garden.vera.id}/passed-on/{kind}",
        signature={
            "type": "RsaSignature2017",
            "creator": f"{garden.vera.id}#main-key",
            "signatureValue": "x",
        },
    )


async def test_an_edit_is_fetched_and_the_copy_not_believed(
    garden: Garden, relay: tuple[Neighbour, Account]
) -> None:
    mine = await garden.shown()
    garden.fediverse.clock.advance(minutes=5)
    garden.serve(garden.note(id=mine, content="<p>Two spades.</p>", updated="2026-11-23T08:02:00Z"))
    forged = garden.note(id=mine, content="<p>Buy here.</p>", updated="2026-11-23T08:03:00Z")
    assert await pass_on(garden, relay, "Update", forged) == 202
    await garden.fediverse.settle()
    found = await garden.held(mine)
    assert found is not None
    assert (found.state, found.content) == ("waiting", "<p>Two spades.</p>")


@pytest.mark.parametrize("is_still_there", [True, False])
async def test_idc_04_a_deletion_is_believed_when_the_origin_has_it_no_more(
    garden: Garden, relay: tuple[Neighbour, Account], is_still_there: bool
) -> None:
    mine = await garden.shown()
    if is_still_there:
        garden.serve(garden.note(id=mine))
    assert await pass_on(garden, relay, "Delete", {"id": mine, "type": "Tombstone"}) == 202
    await garden.fediverse.settle()
    assert (await garden.held(mine) is not None) is is_still_there


async def test_a_tombstone_is_no_more_as_well(garden: Garden, relay: tuple[Neighbour, Account]) -> None:
    mine = await garden.shown()
    garden.serve({"id": mine, "type": "Tombstone"})
    await pass_on(garden, relay, "Delete", mine)
    await garden.fediverse.settle()
    assert await garden.held(mine) is None


async def test_an_edit_whose_origin_is_silent_about_it_changes_nothing(
    garden: Garden, relay: tuple[Neighbour, Account]
) -> None:
    """404 may be a maintenance page; 410 is said on purpose."""
    mine = await garden.shown()
    await pass_on(garden, relay, "Update", mine)
    await garden.fediverse.settle()
    assert await garden.held(mine) is not None
    garden.mastodon.gone.add(mine.removeprefix(garden.mastodon.origin))
    garden.fediverse.clock.advance(minutes=5)
    await pass_on(garden, relay, "Update", garden.note(id=mine))
    await garden.fediverse.settle()
    assert await garden.held(mine) is None


@pytest.mark.parametrize(
    "members",
    [
        {"attributedTo": "https://relay.example/users/relay"},
        {"attributedTo": "https://mastodon.example/users/mallory"},
        {"attributedTo": None},
        {"id": "https://relay.example/elsewhere"},
    ],
)
async def test_what_the_origin_serves_must_be_its_authors(
    garden: Garden, relay: tuple[Neighbour, Account], members: dict[str, Any]
) -> None:
    garden.mastodon.account("mallory")
    mine = await garden.shown()
    before = await garden.held(mine)
    served = garden.note(
        **{"id": mine, "content": "<p>Buy!</p>", "updated": "2026-11-23T08:00:02Z", **members}
    )
    garden.mastodon.documents[mine.removeprefix(garden.mastodon.origin)] = {"@context": [], **served}
    garden.fediverse.clock.advance(minutes=1)
    await pass_on(garden, relay, "Update", garden.note(id=mine))
    await garden.fediverse.settle()
    assert await garden.held(mine) == before


async def test_what_we_do_not_hold_is_not_fetched(garden: Garden, relay: tuple[Neighbour, Account]) -> None:
    """Else anybody could have us fetch whatever they name."""
    note = garden.note()
    garden.serve(note)
    for kind in ("Create", "Update", "Delete"):
        assert await pass_on(garden, relay, kind, note) == 202
    assert (await garden.node.rows())["errands"] == 0
    await garden.fediverse.settle()
    assert garden.mastodon.asked == []


async def test_an_edit_named_by_its_address_alone_is_fetched(garden: Garden) -> None:
    mine = await garden.shown()
    garden.fediverse.clock.advance(minutes=5)
    garden.serve(garden.note(id=mine, content="<p>Two spades.</p>", updated="2026-11-23T08:02:00Z"))
    assert await garden.send("Update", mine) == 202
    assert await garden.send("Create", f"{garden.vera.id}/statuses/another") == 202
    await garden.fediverse.settle()
    found = await garden.held(mine)
    assert found is not None
    assert found.content == "<p>Two spades.</p>"
    assert [path for path in garden.mastodon.asked if "another" in path] == []


@pytest.mark.parametrize("kind", ["Create", "Update"])
async def test_who_took_the_address_of_a_neighbour_does_not_keep_it(garden: Garden, kind: str) -> None:
    """IDC-03 the other way round: the liar comes first, and the author would be refused for ever."""
    mallory = garden.mastodon.account("mallory")
    note = garden.note(content="<p>I bring spades.</p>")
    claim = garden.note(mallory, id=note["id"], content="<p>Buy here.</p>")
    assert await garden.send(kind, claim, mallory) == 202
    garden.serve(note)
    assert await garden.send("Create", note) == 202
    await garden.fediverse.settle()
    found = await garden.held(note["id"])
    assert found is not None
    assert (found.actor_id, found.content) == (garden.vera.id, "<p>I bring spades.</p>")


async def test_idc_04_the_author_deletes_what_a_neighbour_said_under_her_address(garden: Garden) -> None:
    mallory = garden.mastodon.account("mallory")
    note = garden.note()
    assert await garden.send("Create", garden.note(mallory, id=note["id"]), mallory) == 202
    tombstone = {"id": note["id"], "type": "Tombstone"}
    assert await garden.send("Delete", tombstone) == 202
    await garden.fediverse.settle()
    # Nothing there may be a maintenance page, and a Delete by a neighbour looks the same.
    assert await garden.held(note["id"]) is not None
    garden.serve(tombstone)
    assert await garden.send("Delete", tombstone) == 202
    await garden.fediverse.settle()
    assert await garden.held(note["id"]) is None


async def test_res_11_a_server_is_asked_only_so_often_whose_a_reply_is(garden: Garden) -> None:
    mallory = garden.mastodon.account("mallory")
    mine = await garden.shown()
    claim = garden.note(mallory, id=mine)
    statuses = []
    for _ in range(30):
        # Sending takes a second, and all of it comes in the same one.
        garden.fediverse.clock.advance(seconds=-1)
        statuses.append(await garden.send("Create", claim, mallory))
    assert set(statuses) == {202, 429}

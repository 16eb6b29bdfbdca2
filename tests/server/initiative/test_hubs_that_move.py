"""A hub moves, or blocks: what that does to those who applied to it."""

import itertools
from typing import Any

import pytest

from server.fediverse import followers, moderation
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour

pytestmark = pytest.mark.anyio

_NUMBER = itertools.count()
LETTERS = "https://letters.example/actors/letters"


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters")
    return node


def hub_at(fediverse: Fediverse, host: str, *known_as: str, kind: str = "Group") -> tuple[Neighbour, Account]:
    server = fediverse.neighbour(host)
    return server, server.account("hub", kind=kind, extra={"alsoKnownAs": list(known_as)})


async def speak(server: Neighbour, who: Account, kind: str, about: Any, **more: Any) -> None:
    activity = {"id": f"{who.id}#{kind}-{next(_NUMBER)}", "type": kind, "actor": who.id, "object": about}
    answer = await server.send(who, f"{LETTERS}/inbox", {**activity, **more})
    assert answer.status_code == 202


async def listed_at(fediverse: Fediverse, letters: Node, server: Neighbour, hub: Account) -> None:
    await letters.command("hub.apply", handle="letters", hub=f"@hub@{server.host}")
    await fediverse.settle()
    await speak(server, hub, "Accept", server.last("Follow"))
    await speak(server, hub, "Follow", LETTERS)
    await fediverse.settle()
    assert "listed" in str(await memberships(letters))


async def memberships(letters: Node) -> list[str]:
    lines = (await letters.command("hub.memberships"))["lines"]
    return [line.partition("  ")[2] for line in lines]


async def follows(letters: Node, target: str) -> str | None:
    found = await letters.services.database.read(lambda tx: followers.following_of(tx, LETTERS, target))
    return None if found is None else found.state


async def test_whoever_asked_the_old_hub_asks_the_new_one(fediverse: Fediverse, letters: Node) -> None:
    old_server, old = hub_at(fediverse, "old.example")
    new_server, new = hub_at(fediverse, "new.example", old.id)
    await listed_at(fediverse, letters, old_server, old)
    await speak(old_server, old, "Move", old.id, target=new.id)
    await fediverse.settle()
    assert new_server.last("Follow")["object"] == new.id
    assert old_server.last("Undo")["object"]["object"] == old.id
    assert (await follows(letters, old.id), await follows(letters, new.id)) == ("ended", "pending")
    assert sorted(await memberships(letters)) == [
        "@hub@new.example  asked, no answer yet",
        "@hub@old.example  taken back  @hub@old.example has moved to @hub@new.example, as both say; "
        "that one was asked instead.",
    ]
    await speak(new_server, new, "Accept", new_server.last("Follow"))
    await speak(new_server, new, "Follow", LETTERS)
    assert "@hub@new.example  listed" in await memberships(letters)


async def test_a_hub_whose_own_server_is_gone_can_still_have_said_it(
    fediverse: Fediverse, letters: Node
) -> None:
    """With the key from a backup, after the domain is lost: only the new address is asked (PROTOCOL 9.1)."""
    old_server, old = hub_at(fediverse, "old.example")
    new_server, new = hub_at(fediverse, "new.example", old.id)
    await listed_at(fediverse, letters, old_server, old)
    old_server.status = None
    await speak(old_server, old, "Move", old.id, target=new.id)
    await fediverse.settle()
    assert new_server.types() == ["Follow"]


async def test_a_new_hub_that_is_silent_is_asked_again(fediverse: Fediverse, letters: Node) -> None:
    old_server, old = hub_at(fediverse, "old.example")
    new_server, new = hub_at(fediverse, "new.example", old.id)
    await listed_at(fediverse, letters, old_server, old)
    new_server.status = None
    await speak(old_server, old, "Move", old.id, target=new.id)
    await fediverse.settle()
    new_server.status = 202
    fediverse.clock.advance(hours=1)
    await fediverse.settle()
    assert new_server.types() == ["Follow"]


@pytest.mark.parametrize("case", ["not named", "a person", "blocked", "pull", "neighbour", "two", "ours"])
async def test_what_is_not_confirmed_moves_nobody(fediverse: Fediverse, letters: Node, case: str) -> None:
    old_server, old = hub_at(fediverse, "old.example")
    await listed_at(fediverse, letters, old_server, old)
    known_as = [] if case == "not named" else [old.id]
    kind = "Person" if case == "a person" else "Group"
    new_server, new = hub_at(fediverse, "new.example", *known_as, kind=kind)
    server, signer, target = old_server, old, new.id
    if case == "blocked":
        now = fediverse.clock.now()
        await letters.services.database.write(lambda tx: moderation.block(tx, "https://new.example", now))
    if case == "pull":
        server, signer = new_server, new
    if case == "neighbour":
        signer = old_server.account("mallory")
    about: Any = [old.id, new.id] if case == "two" else old.id
    await speak(server, signer, "Move", about, target=LETTERS if case == "ours" else target)
    await fediverse.settle()
    assert (await follows(letters, old.id), await follows(letters, new.id)) == ("accepted", None)
    assert await memberships(letters) == ["@hub@old.example  listed"]
    # And an honest one right after it is heeded.
    other_server, other = hub_at(fediverse, "other.example", old.id)
    await speak(old_server, old, "Move", old.id, target=other.id)
    await fediverse.settle()
    assert other_server.types() == ["Follow"]


async def test_nobody_is_led_in_circles(fediverse: Fediverse, letters: Node) -> None:
    """A second Move of the old hub within seven days; and whoever has nothing to do with it fetches nothing."""
    old_server, old = hub_at(fediverse, "old.example")
    new_server, new = hub_at(fediverse, "new.example", old.id)
    third_server, third = hub_at(fediverse, "third.example", old.id)
    await speak(old_server, old, "Move", old.id, target=new.id)
    await fediverse.settle()
    assert new_server.asked == []
    await listed_at(fediverse, letters, old_server, old)
    await speak(old_server, old, "Move", old.id, target=new.id, id=f"{old.id}#move-1")
    await fediverse.settle()
    await speak(old_server, old, "Move", old.id, target=third.id, id=f"{old.id}#move-2")
    await fediverse.settle()
    assert (new_server.types(), third_server.types()) == (["Follow"], [])
    await letters.command("hub.apply", handle="letters", hub="@hub@old.example")
    await fediverse.settle()
    await speak(old_server, old, "Move", old.id, target=third.id, id=f"{old.id}#move-3")
    await fediverse.settle()
    assert third_server.types() == []


@pytest.mark.parametrize(("listed", "word"), [(True, "no longer listed"), (False, "refused")])
async def test_a_hub_that_blocks_an_initiative_ends_what_was_between_them(
    fediverse: Fediverse, letters: Node, listed: bool, word: str
) -> None:
    server, hub = hub_at(fediverse, "old.example")
    if listed:
        await listed_at(fediverse, letters, server, hub)
    else:
        await letters.command("hub.apply", handle="letters", hub="@hub@old.example")
        await fediverse.settle()
    server.arrived.clear()
    await speak(server, hub, "Block", LETTERS)
    await fediverse.settle()
    assert await memberships(letters) == [
        f"@hub@old.example  {word}  @hub@old.example has blocked this initiative."
    ]
    assert await follows(letters, hub.id) == "ended"
    assert server.arrived == []
    assert (await letters.stats())["followers"] == 0
    await speak(server, hub, "Undo", {"id": f"{hub.id}#Block", "type": "Block", "actor": hub.id})
    await letters.command("hub.apply", handle="letters", hub="@hub@old.example")
    await fediverse.settle()
    assert server.types() == ["Follow"]

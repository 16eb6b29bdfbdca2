"""Applying to hubs, and what they answer."""

import logging

import pytest

from server.feature import Refusal
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

HUB = "@hub@hub.example"


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters")
    return node


async def state(node: Node) -> str:
    (line,) = (await node.command("hub.memberships"))["lines"]
    handle, _, told = line.partition("  ")
    assert handle == "@letters@letters.example"
    return str(told)


@pytest.mark.parametrize(
    "name",
    [HUB, "hub@hub.example", "https://hub.example/actors/hub", "https://hub.example/", "https://hub.example"],
)
async def test_a_hub_is_found_by_its_handle_or_its_address(
    fediverse: Fediverse, letters: Node, name: str
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    assert await letters.command("hub.apply", handle="letters", hub=name) == {"notes": []}
    assert "looking for the hub" in await state(letters)
    await fediverse.settle()
    assert await state(letters) == "@hub@hub.example  received, waiting for the hub's people"
    assert len((await hub.command("hub.applications"))["lines"]) == 1


async def test_every_answer_of_the_hub_is_written_down(fediverse: Fediverse, letters: Node) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])

    async def decide(command: str, **arguments: str) -> str:
        await hub.command(command, target="@letters@letters.example", **arguments)
        await fediverse.settle()
        return (await state(letters)).partition("  ")[2]

    await letters.command("hub.apply", handle="letters", hub=HUB)
    await fediverse.settle()
    assert (await letters.command("hub.apply", handle="letters", hub=HUB))["notes"]
    assert await decide("hub.refuse", reason="Not about this") == "refused  Not about this"
    await letters.command("hub.apply", handle="letters", hub=HUB)
    await fediverse.settle()
    assert await decide("hub.admit") == "listed"
    assert (await letters.command("hub.apply", handle="letters", hub=HUB))["notes"]
    assert await decide("hub.remove", reason="Over") == "no longer listed  Over"
    await letters.command("hub.apply", handle="letters", hub=HUB)
    await fediverse.settle()
    assert await decide("hub.admit") == "listed"


async def test_a_silent_hub_is_said_once_and_asked_again_until_it_answers(
    fediverse: Fediverse, letters: Node, caplog: pytest.LogCaptureFixture
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    await hub.stop()
    with caplog.at_level(logging.WARNING, logger="server.initiative"):
        await letters.command("hub.apply", handle="letters", hub=HUB)
        for _ in range(5):
            await fediverse.settle()
            fediverse.clock.advance(hours=2)
    assert len([record for record in caplog.records if record.name.startswith("server.initiative")]) == 1
    assert "cannot be reached" in await state(letters)
    await hub.start()
    fediverse.clock.advance(days=2)
    await fediverse.settle()
    assert "waiting for the hub's people" in await state(letters)


async def test_after_seven_days_of_silence_it_has_failed(fediverse: Fediverse, letters: Node) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    await hub.stop()
    await letters.command("hub.apply", handle="letters", hub=HUB)
    for _ in range(200):
        await fediverse.settle()
        fediverse.clock.advance(hours=1)
    assert "failed" in await state(letters)
    await hub.start()
    await letters.command("hub.apply", handle="letters", hub=HUB)
    await fediverse.settle()
    assert "waiting for the hub's people" in await state(letters)


async def test_what_is_no_hub_or_not_there_fails_with_a_sentence(fediverse: Fediverse, letters: Node) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    mastodon.account("vera")
    await letters.command("hub.apply", handle="letters", hub="@vera@mastodon.test.example")
    await fediverse.settle()
    assert "not a hub but an account of type Person" in await state(letters)
    assert mastodon.types() == []


async def test_a_hub_that_is_not_there_fails_with_a_sentence(fediverse: Fediverse, letters: Node) -> None:
    await letters.command("hub.apply", handle="letters", hub="@hub@nowhere.example")
    await fediverse.settle()
    assert "failed  There is no account @hub@nowhere.example" in await state(letters)


@pytest.mark.parametrize(
    "hub", ["", "hub", "@hub", "javascript:alert(1)", "https://", "hub.example", "@a@b c"]
)
async def test_what_names_no_hub_is_refused_at_once(letters: Node, hub: str) -> None:
    with pytest.raises(Refusal):
        await letters.command("hub.apply", handle="letters", hub=hub)
    assert (await letters.command("hub.memberships"))["lines"] == []


@pytest.mark.parametrize(
    "hub",
    [
        "@hub@localhost",
        "@hub@hub.local",
        "@hub@2130706433",
        "@hub@127.0.0.1",
        "@hub@hub.example:99999",
        "@hub@hub.example:8080",
        "http://hub.example/",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/actors/hub",
    ],
)
async def test_a_hub_that_no_server_may_ask_is_refused_at_once(letters: Node, hub: str) -> None:
    """A wish that can never come true is better mended while its person is there."""
    with pytest.raises(Refusal, match="public address"):
        await letters.command("hub.apply", handle="letters", hub=hub)
    assert (await letters.command("hub.memberships"))["lines"] == []


async def test_nobody_but_the_hub_itself_can_answer(fediverse: Fediverse, letters: Node) -> None:
    hub = fediverse.neighbour("otherhub.example")
    account = hub.account("hub", kind="Group")
    await letters.command("hub.apply", handle="letters", hub="@hub@otherhub.example")
    await fediverse.settle()
    follow = hub.last("Follow")
    letters_actor = await letters.document("/actors/letters")
    stranger = fediverse.neighbour("stranger.example")
    mallory = stranger.account("mallory", kind="Group")
    for kind in ("Accept", "Reject"):
        activity = {"id": f"{mallory.id}#{kind}", "type": kind, "actor": mallory.id, "object": follow}
        await stranger.send(mallory, letters_actor["inbox"], activity)
    await stranger.follow(mallory, letters_actor)
    await fediverse.settle()
    assert await state(letters) == "@hub@otherhub.example  asked, no answer yet"
    await hub.follow(account, letters_actor)
    await fediverse.settle()
    assert await state(letters) == "@hub@otherhub.example  listed"
    await stranger.unfollow(mallory, letters_actor)
    assert await state(letters) == "@hub@otherhub.example  listed"
    await hub.unfollow(account, letters_actor)
    assert await state(letters) == "@hub@otherhub.example  no longer listed"


async def test_a_listing_is_taken_back_by_command(fediverse: Fediverse, letters: Node) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    with pytest.raises(Refusal, match="no application"):
        await letters.command("hub.leave", handle="letters", hub=HUB)
    await letters.command("hub.apply", handle="letters", hub=HUB)
    await fediverse.settle()
    await hub.command("hub.admit", target="@letters@letters.example")
    await fediverse.settle()
    assert (await hub.stats())["listings"] == 1
    await letters.command("hub.leave", handle="letters", hub=HUB)
    await fediverse.settle()
    assert (await hub.stats())["listings"] == 0
    with pytest.raises(Refusal, match="no application"):
        await letters.command("hub.leave", handle="letters", hub=HUB)

"""Calls that editors put first: in the lists, in the hub's own collection, and told to followers."""

import re

import pytest

from server.hub.calls.model import MAX_FEATURED, PAGE
from server.hub.listings.model import short_id
from server.web.identity import Grant
from tests.fediverse import Fediverse
from tests.people import person, text_on
from tests.server.hub.desk_world import LISTING, Desk

pytestmark = pytest.mark.anyio

FEATURED = "https://hub.example/actors/hub/featured"


def path_of(uri: str) -> str:
    return f"/desk/hub/calls/{short_id(uri)}/feature"


def titles(text: str) -> list[str]:
    return re.findall(r"<bdi>(Call \d+)</bdi>", text)


async def test_featured_calls_stand_first_and_followers_are_told(desk: Desk) -> None:
    reader = desk.fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await desk.hub.document("/actors/hub"))
    await desk.admit()
    (first,) = await desk.publish("Call 1")
    desk.fediverse.clock.advance(minutes=1)
    await desk.publish("Call 2")
    assert titles((await desk.hub.get("/")).text) == ["Call 2", "Call 1"]
    assert (await desk.editor.post(path_of(first), reason="Urgent")).status_code == 303
    await desk.fediverse.settle()
    page = await desk.hub.get("/")
    assert titles(page.text) == ["Call 1", "Call 2"]
    assert "hosen by the editors" in text_on(page)
    assert "hosen by the editors" in text_on(await desk.hub.get(f"/directory/calls/{short_id(first)}"))
    collection = await desk.hub.document("/actors/hub/featured")
    assert (collection["totalItems"], collection["orderedItems"]) == (1, [first])
    added = reader.last("Add")
    assert (added["object"], added["target"]) == (first, FEATURED)
    assert added["actor"] == "https://hub.example/actors/hub"
    assert [item["title"] for item in (await desk.hub.get("/calls.json")).json()["items"]] == [
        "Call 2",
        "Call 1",
    ]
    assert (await desk.editor.post(path_of(first), reason="")).status_code == 303
    await desk.fediverse.settle()
    assert reader.last("Remove")["object"] == first
    assert (await desk.hub.document("/actors/hub/featured"))["orderedItems"] == []
    assert titles((await desk.hub.get("/")).text) == ["Call 2", "Call 1"]
    assert [act for act in await desk.acts() if "feature" in act] == ["feature", "unfeature"]


@pytest.mark.parametrize("ending", ["call.close", "call.withdraw"])
async def test_a_call_that_ends_is_first_no_longer(desk: Desk, ending: str) -> None:
    reader = desk.fediverse.neighbour("mastodon.example")
    await reader.follow(reader.account("anna"), await desk.hub.document("/actors/hub"))
    await desk.admit()
    (uri,) = await desk.publish("Call 1")
    await desk.editor.post(path_of(uri), reason="")
    await desk.garden.command(ending, uri=uri)
    await desk.fediverse.settle()
    assert reader.last("Remove")["object"] == uri
    assert (await desk.hub.rows())["hub_featured_calls"] == 0
    assert (await desk.hub.document("/actors/hub/featured"))["orderedItems"] == []


async def test_removal_takes_the_featured_calls_along(desk: Desk) -> None:
    await desk.admit()
    (uri,) = await desk.publish("Call 1")
    await desk.editor.post(path_of(uri), reason="")
    await desk.editor.post(f"{LISTING}/remove", reason="Gone astray", confirm="@garden@garden.example")
    await desk.fediverse.settle()
    assert (await desk.hub.rows())["hub_featured_calls"] == 0
    assert (await desk.editor.get(path_of(uri))).status_code == 404


async def test_pages_lose_and_repeat_nothing_however_many_are_featured(desk: Desk) -> None:
    await desk.admit()
    uris = await desk.publish(*(f"Call {number}" for number in range(1, 2 * PAGE + 4)))
    for uri in uris[: PAGE + 2]:
        await desk.editor.post(path_of(uri), reason="")
    seen: list[str] = []
    path: str | None = "/"
    while path is not None:
        text = (await desk.hub.get(path)).text
        seen += titles(text)
        following = re.search(r'<a rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else None
    chosen = [f"Call {number}" for number in range(PAGE + 2, 0, -1)]
    rest = [f"Call {number}" for number in range(2 * PAGE + 3, PAGE + 2, -1)]
    assert seen == chosen + rest


async def test_there_is_a_bound(desk: Desk) -> None:
    await desk.admit()
    uris = await desk.publish(*(f"Call {number}" for number in range(MAX_FEATURED + 1)))
    for uri in uris[:-1]:
        assert (await desk.editor.post(path_of(uri), reason="")).status_code == 303
    answer = await desk.editor.post(path_of(uris[-1]), reason="")
    assert answer.status_code == 422
    assert "20 calls stand first already" in text_on(answer)
    assert len((await desk.hub.document("/actors/hub/featured"))["orderedItems"]) == MAX_FEATURED


async def test_both_roles_on_one_instance_keep_their_collections_apart(fediverse: Fediverse) -> None:
    both = await fediverse.add("both.example", roles=["initiative", "hub"])
    await both.command("initiative.add", handle="garden", name="Garden")
    one = (await both.command("call.publish", handle="garden", title="Call 1", text="Now."))["uri"]
    two = (await both.command("call.publish", handle="garden", title="Call 2", text="Now."))["uri"]
    await both.command("hub.apply", handle="garden", hub="@hub@both.example")
    await fediverse.settle()
    await both.command("hub.admit", target="@garden@both.example")
    await fediverse.settle()
    editor = await person(both, Grant("hub", "editor"))
    assert (await editor.post(path_of(one), reason="")).status_code == 303
    await fediverse.settle()
    assert (await both.document("/actors/hub/featured"))["orderedItems"] == [one]
    assert set((await both.document("/actors/garden/featured"))["orderedItems"]) == {one, two}
    await both.command("call.edit", uri=one, title="Call 1, again")
    await fediverse.settle()
    assert (await both.stats())["deliveries_pending"] == 0

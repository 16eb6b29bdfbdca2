"""What peers and people get at the addresses of actors."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.fediverse import actors
from server.storage.database import Transaction
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node, paths_in
from tests.server.speaking import let_follow, say, speaker

pytestmark = pytest.mark.anyio

LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


async def walk(node: Node, url: str) -> list[Any]:
    """Every item of a collection, by `first` and `next`."""
    head = await node.document(url)
    items: list[Any] = []
    following = head.get("first")
    while following:
        page = await node.document(following)
        assert page["partOf"] == head["id"]
        assert page["id"] == following
        items += page["orderedItems"]
        following = page.get("next")
    return items


async def test_a_server_gets_the_stored_bytes_and_304_when_it_has_them(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    first = await node.get(actor, accept=LD_JSON)
    assert "Accept" in first.headers["vary"].split(", ")
    assert "max-age" in first.headers["cache-control"]
    stored = await node.services.database.read(lambda tx: actors.by_id(tx, actor))
    assert stored is not None
    assert first.content == stored.document.encode()
    headers = {"accept": ACTIVITY_JSON, "if-none-match": first.headers["etag"]}
    again = await node.request("GET", actor, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_person_is_led_to_the_page(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    answer = await node.get("/actors/garden")
    assert answer.status_code == 303
    page = await node.get(answer.headers["location"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


async def test_what_needs_an_actor_finds_nobody_at_unknown_addresses(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    for path in ("", "/outbox", "/followers", "/following", "/featured"):
        answer = await node.get(f"/actors/nobody{path}", accept=ACTIVITY_JSON)
        assert (answer.status_code, answer.json()) == (404, {"error": "not-found"})
    assert (await node.get("/actors/nobody")).status_code == 404
    assert (await node.get("/actors/instance.actor", accept=ACTIVITY_JSON)).status_code == 404


async def test_the_outbox_is_walked_without_gaps_while_new_activities_arrive(fediverse: Fediverse) -> None:
    """AC-6.1. Each item is a whole activity, newest first; what is not listed is not there."""
    node, actor = await speaker(fediverse)
    said = [await say(node, actor, object_id=f"{node.origin}/calls/{n}", listed=True) for n in range(45)]
    await say(node, actor, "Update")
    head = await node.document(f"{actor}/outbox")
    assert head["totalItems"] == 45
    first = await node.document(head["first"])
    late = await say(node, actor, object_id=f"{node.origin}/calls/late", listed=True)
    rest = await node.document(first["next"])
    last = await node.document(rest["next"])
    assert "next" not in last
    seen = [item["id"] for page in (first, rest, last) for item in page["orderedItems"]]
    assert seen == said[::-1]
    assert len(first["orderedItems"]) == 20
    assert first["orderedItems"][0]["type"] == "Create"
    assert (await walk(node, f"{actor}/outbox"))[0]["id"] == late


@pytest.mark.parametrize("cursor", ["../x", "%27", "'", "A" * 100, ""])
async def test_a_cursor_that_is_none_names_nothing(fediverse: Fediverse, cursor: str) -> None:
    node, actor = await speaker(fediverse)
    answer = await node.get(f"{actor}/outbox?page=true&max_id={cursor}", accept=ACTIVITY_JSON)
    assert answer.status_code == 404


@pytest.mark.parametrize(("number", "shown"), [(0, None), (9, None), (10, 10), (23, 23)])
async def test_ac_6_2_followers_are_a_number_from_ten_upwards(
    fediverse: Fediverse, number: int, shown: int | None
) -> None:
    """AC-6.2: nobody's id, whoever asks; below ten not even the number."""
    node, actor = await speaker(fediverse)
    await let_follow(node, actor, *(f"https://peer.example/users/u{n}" for n in range(number)))
    for query in ("", "?page=true", "?page=1"):
        document = await node.document(f"{actor}/followers{query}")
        assert document.get("totalItems") == shown
        assert "first" not in document
        assert not any("peer.example" in text for text in paths_in(document))


async def test_an_activity_can_be_fetched_by_its_id_if_it_was_public(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    public = await say(node, actor)
    assert (await node.document(public))["id"] == public
    peer = fediverse.neighbour("peer.example")
    await peer.follow(peer.account("eve"), await node.document(actor))
    await fediverse.settle()
    accept = peer.last("Accept")["id"]
    assert (await node.get(accept, accept=ACTIVITY_JSON)).status_code == 404
    assert (await node.get("/activities/unknown", accept=ACTIVITY_JSON)).status_code == 404


async def test_activities_of_a_withdrawn_call_answer_410(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    call = await node.command("call.publish", handle="garden", title="Come", text="Come all.")
    (item,) = await walk(node, "/actors/garden/outbox")
    await node.command("call.withdraw", uri=call["uri"])
    answer = await node.get(item["id"], accept=ACTIVITY_JSON)
    assert (answer.status_code, answer.json()["type"]) == (410, "Tombstone")
    assert "Come" not in answer.text


async def test_featured_holds_the_open_calls(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    calls = [
        (await node.command("call.publish", handle="garden", title=f"Call {n}", text="Come."))["uri"]
        for n in (1, 2)
    ]
    await node.command("call.close", uri=calls[0])
    featured = await node.document("/actors/garden/featured")
    ids = [item if isinstance(item, str) else item["id"] for item in featured["orderedItems"]]
    assert (ids, featured["totalItems"]) == ([calls[1]], 1)


async def test_a_hubs_following_is_its_directory(fediverse: Fediverse) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command("initiative.add", handle="garden", name="Garden")
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert await walk(hub, "/actors/hub/following") == ["https://garden.example/actors/garden"]
    initiative = await garden.document("/actors/garden/following")
    assert initiative["totalItems"] == 1
    assert "first" not in initiative


@given(
    state=st.sampled_from(["unknown", "active", "instance", "deleted"]),
    words=st.text("abc", min_size=1, max_size=6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_ac_4_4_nothing_but_a_deleted_actor_ever_answers_410(
    fediverse: Fediverse, state: str, words: str
) -> None:
    node = fediverse.nodes.get("all.example") or await fediverse.add("all.example", roles=["hub"])
    here, now = node.services.here, fediverse.clock.now()
    actor_id = here.uris.actor(words)

    def arrange(tx: Transaction) -> None:
        known = actors.by_id(tx, actor_id)
        if known is None and state in ("active", "deleted"):
            actors.insert_local(tx, actor_id, "initiative", words, json.dumps({"id": actor_id}), now)
        if state == "deleted":
            actors.bury(tx, actor_id, json.dumps({"id": actor_id, "type": "Tombstone"}), now)

    await node.services.database.write(arrange)
    truth = await node.services.database.read(lambda tx: actors.by_id(tx, actor_id))
    deleted = truth is not None and truth.deleted
    target = here.uris.instance_actor if state == "instance" else actor_id
    answers: list[httpx2.Response] = [
        await node.get(f"{target}{path}", accept=accept)
        for path in ("", "/outbox", "/followers")
        for accept in (ACTIVITY_JSON, "text/html")
    ]
    answers.append(await node.get(f"/.well-known/webfinger?resource={target}"))
    expected = deleted and state != "instance"
    assert {answer.status_code == 410 for answer in answers} == {expected}

"""What is said about a call, as other servers read it: `replies` and `context` (FEP-7888)."""

from typing import Any

import pytest

from server.fediverse import actors, moderation
from server.initiative.replies import store as replies
from server.storage.database import Transaction
from tests.contexts import dropped_terms
from tests.fediverse import ACTIVITY_JSON, MORNING, Fediverse, Node, paths_in
from tests.server.endpoints.test_stable_paging import a_reply
from tests.server.speaking import remote

pytestmark = pytest.mark.anyio

FAR = "https://far.example"


@pytest.fixture
async def garden(fediverse: Fediverse) -> Node:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    return node


@pytest.fixture
async def call(garden: Node) -> str:
    """Two replies are shown, a third one waits."""
    uri: str = (await garden.command("call.publish", handle="garden", title="Come", text="Come."))["uri"]

    def act(tx: Transaction) -> None:
        actors.remember(tx, remote(f"{FAR}/users/eve"))
        for name, minute in (("second", 2), ("first", 1), ("waiting", 0)):
            reply = a_reply(uri, f"{FAR}/{name}", minute)
            replies.insert(tx, reply, MORNING)
            if name != "waiting":
                replies.show(tx, reply.id)

    await garden.services.database.write(act)
    return uri


async def test_a_call_says_where_its_conversation_is(garden: Node, call: str) -> None:
    note = await garden.document(call)
    assert (note["replies"], note["context"]) == (f"{call}/replies", f"{call}/context")


async def test_the_context_is_the_call_and_its_shown_replies_in_order(garden: Node, call: str) -> None:
    context = await garden.document(f"{call}/context")
    assert {key: value for key, value in context.items() if key != "@context"} == {
        "id": f"{call}/context",
        "type": "OrderedCollection",
        "attributedTo": "https://garden.example/actors/garden",
        "totalItems": 3,
        "orderedItems": [call, f"{FAR}/first", f"{FAR}/second"],
    }
    assert dropped_terms(context) == []


async def test_replies_are_the_shown_ones_alone_and_by_id_alone(garden: Node, call: str) -> None:
    """What a stranger wrote is read at its own origin; what waits for an editor is nobody's business."""
    found = await garden.document(f"{call}/replies")
    assert (found["type"], found["totalItems"]) == ("Collection", 2)
    assert found["items"] == [f"{FAR}/first", f"{FAR}/second"]
    assert dropped_terms(found) == []
    for document in (found, await garden.document(f"{call}/context")):
        assert not any("waiting" in text or "eve" in text or "Yes" in text for text in paths_in(document))


async def test_a_call_without_replies_is_a_conversation_of_one(garden: Node) -> None:
    uri = (await garden.command("call.publish", handle="garden", title="Come", text="Come."))["uri"]
    assert (await garden.document(f"{uri}/context"))["orderedItems"] == [uri]
    assert (await garden.document(f"{uri}/replies"))["items"] == []


async def test_whoever_is_blocked_is_not_named_any_more(garden: Node, call: str) -> None:
    await garden.services.database.write(lambda tx: moderation.block(tx, f"{FAR}/users/eve", MORNING))
    assert (await garden.document(f"{call}/replies"))["items"] == []
    assert (await garden.document(f"{call}/context"))["orderedItems"] == [call]


@pytest.mark.parametrize("name", ["replies", "context"])
async def test_a_withdrawn_call_takes_its_conversation_along(garden: Node, call: str, name: str) -> None:
    await garden.command("call.withdraw", uri=call)
    answer = await garden.get(f"{call}/{name}", accept=ACTIVITY_JSON)
    assert (answer.status_code, answer.json()) == (410, {"error": "gone"})


@pytest.mark.parametrize("name", ["replies", "context"])
@pytest.mark.parametrize("call_id", ["0" * 20, "x", "0" * 21, "%2e%2e", "'"])
async def test_of_a_call_that_never_was_there_is_none(garden: Node, call_id: str, name: str) -> None:
    """404: a 410 would have other servers delete what they hold."""
    answer = await garden.get(f"/calls/{call_id}/{name}", accept=ACTIVITY_JSON)
    assert answer.status_code == 404


@pytest.mark.parametrize(("name", "page"), [("replies", "/all-replies"), ("context", "")])
async def test_people_are_led_to_a_page(garden: Node, call: str, name: str, page: str) -> None:
    answer = await garden.get(f"{call}/{name}")
    assert (answer.status_code, answer.headers["location"]) == (303, call + page)
    assert "Accept" in answer.headers["vary"]
    assert (await garden.get(call + page)).status_code == 200
    assert (await garden.get(f"/calls/nonsense/{name}")).status_code == 404


async def test_it_may_be_cached_for_a_minute_and_is_not_sent_twice(garden: Node, call: str) -> None:
    first = await garden.get(f"{call}/replies", accept=ACTIVITY_JSON)
    assert first.headers["cache-control"] == "public, max-age=60"
    headers: dict[str, Any] = {"accept": ACTIVITY_JSON, "if-none-match": first.headers["etag"]}
    assert (await garden.request("GET", f"{call}/replies", headers=headers)).status_code == 304

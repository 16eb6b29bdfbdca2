"""A call with a date as an event: who is sent which of the two, and what its address answers."""

from typing import Any

import pytest

from federation.actors import read_actor
from federation.documents import loads
from federation.integrity_proofs import verify_by_owner
from server.feature import Refusal
from server.fediverse import call_readers, dialects
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.doubles.calendar import follower, server
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account
from tests.server.endpoints.reading import get_signed, settle_readers

pytestmark = pytest.mark.anyio

ACTOR = "/actors/letters"
AP = "application/activity+json"
GATHERING: dict[str, Any] = {
    "handle": "letters",
    "title": "Write letters together",
    "text": "Paper is there.",
    "kind": "attend",
    "start": "2026-12-05T18:00:00+01:00",
    "place": "Leipzig",
    "link": "https://letters.example/evening",
}


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    return node


async def test_each_server_gets_the_one_that_it_reads(fediverse: Fediverse, letters: Node) -> None:
    mobilizon = await follower(fediverse, letters, "mobilizon", "Mobilizon")
    mastodon = await follower(fediverse, letters, "mastodon", "mastodon")
    silent = await follower(fediverse, letters, "silent", None)
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await letters.command("call.edit", uri=uri, title="Write many letters")
    await letters.command("call.close", uri=uri)
    await fediverse.settle()
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert mobilizon.shapes() == ["Create Event", "Update Event", "Update Event", "Delete Event"]
    for other in (mastodon, silent):
        assert other.shapes() == ["Create Note", "Update Note", "Update Note", "Delete Note"]


async def test_each_is_signed_and_served_as_it_was_sent(fediverse: Fediverse, letters: Node) -> None:
    gancio = await follower(fediverse, letters, "gancio", "gancio")
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await fediverse.settle()
    event = gancio.last("Create")["object"]
    assert event["url"] == uri
    assert await letters.document(event["id"]) == event
    body = (await letters.get(ACTOR, accept=AP)).content
    owner = read_actor(loads(body), body, fediverse.clock.now())
    for document in (event, gancio.last("Create")):
        verify_by_owner(document, owner, now=fediverse.clock.now())


async def test_in_the_outbox_and_among_the_featured_stand_notes_only(
    fediverse: Fediverse, letters: Node
) -> None:
    await follower(fediverse, letters, "gancio", "gancio")
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await letters.command("call.edit", uri=uri, title="Write many letters")
    outbox = await letters.document(f"{ACTOR}/outbox")
    assert outbox["totalItems"] == 2
    page = await letters.document(outbox["first"])
    assert [item["object"]["type"] for item in page["orderedItems"]] == ["Note", "Note"]
    assert (await letters.document(f"{ACTOR}/featured"))["orderedItems"] == [uri]


async def test_a_hub_is_sent_the_note(fediverse: Fediverse, letters: Node) -> None:
    """Ours say of themselves that they run antipole, which reads calls as Notes."""
    hub = await fediverse.add("hub.example", roles=["hub"])
    await letters.command("hub.apply", handle="letters", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target="@letters@letters.example")
    await fediverse.settle()
    known = await letters.services.database.read(lambda tx: dialects.find(tx, "https://hub.example"))
    assert known is not None
    assert (known.dialect, known.software) == ("note", "antipole")
    await letters.command("call.publish", **GATHERING, event=True)
    await fediverse.settle()
    assert (await hub.rows())["hub_calls"] == 1


async def test_a_call_becomes_an_event_and_stops_being_one(fediverse: Fediverse, letters: Node) -> None:
    friendica = await follower(fediverse, letters, "friendica", "friendica")
    mastodon = await follower(fediverse, letters, "mastodon", "mastodon")
    uri = (await letters.command("call.publish", **GATHERING))["uri"]
    await letters.command("call.edit", uri=uri, event=True)
    await fediverse.settle()
    assert sorted(friendica.shapes()) == ["Create Event", "Create Note", "Delete Note"]
    assert mastodon.shapes() == ["Create Note", "Update Note"]
    event = uri.replace("/calls/", "/events/")
    friendica.arrived.clear()
    mastodon.arrived.clear()

    await letters.command("call.edit", uri=uri, event=False)
    await fediverse.settle()
    assert sorted(friendica.shapes()) == ["Create Note", "Delete Event"]
    assert mastodon.shapes() == ["Update Note"]
    assert (await letters.get(event, accept=AP)).status_code == 410
    assert (await letters.document(uri))["type"] == "Note"
    with pytest.raises(Refusal, match="cannot come back"):
        await letters.command("call.edit", uri=uri, event=True)


async def test_the_delete_of_a_living_note_can_be_passed_on_by_nobody(
    fediverse: Fediverse, letters: Node
) -> None:
    """Hubs and Mastodon believe a Delete with a proof whoever brings it, and delete for good."""
    friendica = await follower(fediverse, letters, "friendica", "friendica")
    uri = (await letters.command("call.publish", **GATHERING))["uri"]
    await letters.command("call.edit", uri=uri, event=True)
    await fediverse.settle()
    delete = friendica.last("Delete")
    assert "proof" not in delete
    assert delete["to"] == [f"https://letters.example{ACTOR}/followers"]
    assert (await letters.get(delete["id"], accept=AP)).status_code == 404


async def test_who_was_sent_the_note_is_sent_its_end_whatever_was_learned_since(
    fediverse: Fediverse, letters: Node
) -> None:
    late = server(fediverse, "late", "mobilizon")
    late.nodeinfo_status = None
    await late.follow(late.account("vera"), await letters.document(ACTOR))
    await fediverse.settle()
    late.arrived.clear()
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await fediverse.settle()
    assert late.shapes() == ["Create Note"]
    late.nodeinfo_status = 200
    fediverse.clock.advance(hours=2)
    await fediverse.settle()
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert sorted(late.shapes()) == ["Create Note", "Delete Event", "Delete Note"]


async def test_ac_5_6_who_fetched_the_note_is_sent_its_edits_and_its_end(
    fediverse: Fediverse, letters: Node
) -> None:
    reader = server(fediverse, "reader", "mastodon")
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await letters.services.database.write(
        lambda tx: call_readers.remember(tx, uri, f"{reader.origin}/inbox", reader.origin)
    )
    await letters.command("call.edit", uri=uri, title="Write many letters")
    await letters.command("call.close", uri=uri)
    await fediverse.settle()
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert sorted(reader.shapes()) == ["Delete Event", "Delete Note", "Update Note", "Update Note"]
    left = await letters.services.database.read(lambda tx: call_readers.inboxes_of(tx, uri))
    assert left == []


@pytest.mark.parametrize("end", ["withdraw", "edit"])
async def test_who_fetched_the_event_alone_is_told_of_its_end(
    fediverse: Fediverse, letters: Node, end: str
) -> None:
    """Else a meeting that was called off stays in the calendar of whoever looked it up there."""
    reader = server(fediverse, "reader", "mobilizon")
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    event = uri.replace("/calls/", "/events/")
    key = reader.account("relay", kind="Application").key
    assert (await get_signed(fediverse, key, event)).status_code == 200
    await settle_readers(letters)
    if end == "withdraw":
        await letters.command("call.withdraw", uri=uri)
    else:
        await letters.command("call.edit", uri=uri, event=False)
    await fediverse.settle()
    assert "Delete Event" in reader.shapes()


async def test_what_the_address_of_an_event_answers(fediverse: Fediverse, letters: Node) -> None:
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    plain = (await letters.command("call.publish", **GATHERING))["uri"]
    event, none = uri.replace("/calls/", "/events/"), plain.replace("/calls/", "/events/")
    page = await letters.get(event)
    assert (page.status_code, page.headers["location"], page.headers["vary"]) == (303, uri, "Accept")
    for path in (none, "/events/" + "0" * 20, "/events/x", "/events/%2e%2e"):
        assert (await letters.get(path)).status_code == 404
        assert (await letters.get(path, accept=AP)).status_code == 404
    await letters.command("call.withdraw", uri=uri)
    assert (await letters.get(event)).status_code == 410
    gone = await letters.get(event, accept=AP)
    assert (gone.status_code, gone.json()["type"], gone.json()["formerType"]) == (410, "Tombstone", "Event")
    assert gone.json()["id"] == event
    assert "Leipzig" not in gone.text


@pytest.mark.parametrize("start", [None, "2026-12-05"])
async def test_an_event_without_a_time_is_refused(letters: Node, start: str | None) -> None:
    words = {**GATHERING, "start": start}
    with pytest.raises(Refusal, match="give the start a date and a time"):
        await letters.command("call.publish", **words, event=True)
    uri = (await letters.command("call.publish", **words))["uri"]
    with pytest.raises(Refusal, match="give the start a date and a time"):
        await letters.command("call.edit", uri=uri, event=True)
    await letters.command("call.edit", uri=uri, event=True, start=GATHERING["start"])
    with pytest.raises(Refusal, match="give the start a date and a time"):
        await letters.command("call.edit", uri=uri, start="")


async def test_yes_or_no_and_nothing_else(letters: Node) -> None:
    with pytest.raises(Refusal, match="true or false"):
        await letters.command("call.publish", **GATHERING, event="yes")


# What is learned of servers


async def test_a_server_is_asked_once_in_thirty_days(fediverse: Fediverse, letters: Node) -> None:
    gancio = await follower(fediverse, letters, "gancio", "gancio")
    assert gancio.times_asked() == 1
    await gancio.follow(gancio.account("oleh"), await letters.document(ACTOR))
    fediverse.clock.advance(days=29)
    await fediverse.settle()
    assert gancio.times_asked() == 1
    gancio.software = "mastodon"
    fediverse.clock.advance(days=2)
    await fediverse.settle()
    assert gancio.times_asked() == 2
    await letters.command("call.publish", **GATHERING, event=True)
    await fediverse.settle()
    assert gancio.shapes()[-1] == "Create Note"


async def test_a_server_without_nodeinfo_costs_one_question(fediverse: Fediverse, letters: Node) -> None:
    silent = await follower(fediverse, letters, "silent", None)
    fediverse.clock.advance(days=8)
    await fediverse.settle()
    assert silent.asked.count("/.well-known/nodeinfo") == 1


async def test_a_server_that_does_not_answer_is_asked_a_few_times(
    fediverse: Fediverse, letters: Node
) -> None:
    dead = server(fediverse, "dead", "mobilizon")
    dead.nodeinfo_status = 503
    await dead.follow(dead.account("vera"), await letters.document(ACTOR))
    for _ in range(60):
        await fediverse.settle()
        fediverse.clock.advance(hours=8)
    assert 2 <= dead.times_asked() <= 16


async def test_what_was_known_outlives_a_silence(fediverse: Fediverse, letters: Node) -> None:
    gancio = await follower(fediverse, letters, "gancio", "gancio")
    gancio.nodeinfo_status = 503
    fediverse.clock.advance(days=31)
    await fediverse.settle()
    await letters.command("call.publish", **GATHERING, event=True)
    await fediverse.settle()
    assert gancio.shapes() == ["Create Event"]


async def test_of_servers_without_followers_nothing_is_kept(fediverse: Fediverse, letters: Node) -> None:
    gancio = await follower(fediverse, letters, "gancio", "gancio")
    await gancio.unfollow(gancio.account("vera"), await letters.document(ACTOR))
    await fediverse.settle()
    assert (await letters.rows())["origin_dialects"] == 0


@pytest.mark.parametrize("software", ["mobilizon", "gancio", "friendica", "hubzilla"])
def test_these_read_events(software: str) -> None:
    assert dialects.dialect_of(software) == "event"


@pytest.mark.parametrize("software", ["", "mastodon", "wordpress", "gotosocial", "antipole", "Mobilizon"])
def test_all_others_read_notes(software: str) -> None:
    assert dialects.dialect_of(software) == "note"


# Who would like to come


def joining(account: Account, event: str, kind: str = "Join", number: int = 1) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{account.id}/join/{number}",
        "type": kind,
        "actor": account.id,
        "object": event,
        "participationMessage": "I come",
    }


async def test_who_would_like_to_come_is_counted_answered_and_forgotten(
    fediverse: Fediverse, letters: Node
) -> None:
    mobilizon = server(fediverse, "mobilizon", "mobilizon")
    anna = mobilizon.account("anna")
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    event = uri.replace("/calls/", "/events/")
    inbox = "https://letters.example/inbox"
    for number in (1, 2):
        answer = await mobilizon.send(anna, inbox, joining(anna, event, number=number))
        assert answer.status_code == 202
    again = await mobilizon.send(anna, inbox, joining(anna, event, number=2))
    left = await mobilizon.send(anna, inbox, joining(anna, event, kind="Leave", number=3))
    assert (again.status_code, left.status_code) == (202, 202)
    await fediverse.settle()
    assert mobilizon.types() == ["Ignore", "Ignore"]
    assert {ignore.path for ignore in mobilizon.arrived} == {"/users/anna/inbox"}
    answered = {ignore.document["object"] for ignore in mobilizon.arrived}
    assert answered == {f"{anna.id}/join/1", f"{anna.id}/join/2"}
    assert mobilizon.last("Ignore")["actor"] == f"https://letters.example{ACTOR}"
    assert await joins(letters, uri) == 2
    fediverse.clock.advance(days=31)
    await fediverse.settle()
    await fediverse.forget()
    assert traces_of(letters, "anna") == []


async def joins(node: Node, uri: str) -> int:
    def read(tx: Transaction) -> int:
        sql = "SELECT n FROM call_reactions WHERE kind = 'join' AND call_uri = :uri"
        row = tx.one(Query("test", sql, "A question of a test.", node.directory), uri=uri)
        return row["n"] if row else 0

    return await node.services.database.read(read)


def traces_of(node: Node, word: str) -> list[str]:
    """Files of the instance in which the word stands."""
    return [
        file.name
        for file in node.directory.iterdir()
        if file.is_file() and word.encode() in file.read_bytes()
    ]


async def test_nobody_is_answered_about_what_is_no_event(fediverse: Fediverse, letters: Node) -> None:
    mobilizon = server(fediverse, "mobilizon", "mobilizon")
    anna = mobilizon.account("anna")
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    plain = (await letters.command("call.publish", **GATHERING))["uri"]
    over = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    await letters.command("call.withdraw", uri=over)
    objects = [
        *(found.replace("/calls/", "/events/") for found in (plain, over)),
        uri,
        "https://letters.example/events/",
        "https://letters.example/events/x",
        f"https://letters.example/x/events/{uri[-20:]}",
        f"https://other.example/events/{uri[-20:]}",
    ]
    for number, about in enumerate(objects):
        answer = await mobilizon.send(
            anna, "https://letters.example/inbox", joining(anna, about, number=number)
        )
        assert answer.status_code == 202
    await fediverse.settle()
    assert mobilizon.arrived == []
    assert (await letters.rows())["call_reactions"] == 0

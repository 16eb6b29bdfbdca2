"""Calls are published, edited, closed and withdrawn; their followers see it."""

import asyncio
from typing import Any

import pytest

from federation.actors import read_actor
from federation.documents import loads
from federation.integrity_proofs import verify_by_owner
from server.documents.rich_text import plain_text
from server.feature import Refusal
from tests.fediverse import Fediverse, Node
from tests.neighbours import Neighbour

pytestmark = pytest.mark.anyio

ACTOR = "/actors/letters"
CALL = {"handle": "letters", "title": "Write a letter", "text": "Twenty minutes.\n\nNo account needed."}


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en", "ru"])
    return node


@pytest.fixture
async def mastodon(fediverse: Fediverse, letters: Node) -> Neighbour:
    neighbour = fediverse.neighbour("mastodon.test.example")
    await neighbour.follow(neighbour.account("vera"), await letters.document(ACTOR))
    await fediverse.settle()
    neighbour.arrived.clear()
    return neighbour


async def test_a_published_call_reaches_followers_with_proofs_of_its_own(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    done = await letters.command("call.publish", **CALL, kind="write", size="minutes", deadline="2026-12-04")
    await fediverse.settle()
    create = mastodon.last("Create")
    note = create["object"]
    assert note["id"] == done["uri"]
    assert note == await letters.document(done["uri"])
    assert create["published"] == note["published"] == note["updated"]
    assert (create["to"], create["cc"]) == (note["to"], note["cc"])
    body = (await letters.get(ACTOR, accept="application/activity+json")).content
    actor = read_actor(loads(body), body, fediverse.clock.now())
    for document in (create, note):
        verify_by_owner(document, actor, now=fediverse.clock.now())


async def test_ac_5_7_two_edits_within_one_second_both_arrive(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    for title in ("Write two letters", "Write three letters"):
        await letters.command("call.edit", uri=uri, title=title)
    await fediverse.settle()
    notes = [arrived.document["object"] for arrived in mastodon.arrived]
    assert mastodon.types() == ["Create", "Update", "Update"]
    assert [note["name"] for note in notes] == ["Write a letter", "Write two letters", "Write three letters"]
    times = [note["updated"] for note in notes]
    assert times == sorted(set(times))
    assert all(len(time) == len("2026-11-23T08:00:00.123Z") for time in times)


async def test_edits_stay_in_order_when_the_clock_is_set_back(fediverse: Fediverse, letters: Node) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    before = (await letters.document(uri))["updated"]
    fediverse.clock.advance(hours=-1)
    await letters.command("call.edit", uri=uri, title="Later")
    assert (await letters.document(uri))["updated"] > before


async def test_an_edit_that_changes_nothing_is_not_sent(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    await letters.command("call.edit", uri=uri, title=" Write  a letter ")
    await fediverse.settle()
    assert mastodon.types() == ["Create"]


async def test_only_what_is_given_changes_and_an_empty_value_takes_away(letters: Node) -> None:
    given = {"kind": "sign", "deadline": "2026-12-04", "link": "https://a.example/", "themes": ["justice"]}
    uri = (await letters.command("call.publish", **CALL, **given))["uri"]
    await letters.command("call.edit", uri=uri, deadline="", start="2026-12-01T10:00+01:00")
    (item,) = (await letters.get("/calls.json")).json()["items"]
    assert item["deadline"] is None
    assert item["start"] == "2026-12-01T10:00:00+01:00"
    assert (item["kind"], item["link"], item["themes"]) == ("sign", "https://a.example/", ["justice"])


async def test_an_ended_call_says_so_first_stays_closed_when_edited_and_ends_once(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    await letters.command("call.close", uri=uri)
    await letters.command("call.edit", uri=uri, text="Forty letters were written.")
    await fediverse.settle()
    note = mastodon.last("Update")["object"]
    assert note["callStatus"] == "antipole:closed"
    assert plain_text(note["content"]).split("\n\n")[:3] == [
        "Enough, thank you.",
        "Write a letter",
        "Forty letters were written.",
    ]
    with pytest.raises(Refusal, match="closed already"):
        await letters.command("call.close", uri=uri)
    assert (await letters.document(f"{ACTOR}/featured"))["orderedItems"] == []


async def test_a_withdrawn_call_leaves_a_tombstone_and_no_words(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    uri = (await letters.command("call.publish", **CALL | {"text": "Sentinel text"}))["uri"]
    await letters.command("call.edit", uri=uri, title="Sentinel title")
    assert (await letters.document(f"{ACTOR}/featured"))["orderedItems"] == [uri]
    await fediverse.settle()
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    delete = mastodon.last("Delete")
    assert delete["object"] == {"id": uri, "type": "Tombstone"}
    gone = await letters.get(uri, accept="application/activity+json")
    assert gone.status_code == 410
    assert gone.json() == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Tombstone",
        "formerType": "Note",
        "deleted": "2026-11-23T08:00:00.000Z",
    }
    assert (await letters.get(uri)).status_code == 410
    assert (await letters.get("/calls.json")).json() == {"items": [], "total": 0, "next": None}
    assert (await letters.document(f"{ACTOR}/outbox"))["totalItems"] == 0
    await letters.stop()
    data = letters.stored()
    assert b"Sentinel" not in data
    await letters.start()
    for command in ("call.edit", "call.close", "call.withdraw"):
        with pytest.raises(Refusal, match="was withdrawn"):
            await letters.command(command, uri=uri, **({"title": "x"} if command == "call.edit" else {}))


async def test_what_was_withdrawn_before_it_was_sent_is_never_sent(
    fediverse: Fediverse, letters: Node, mastodon: Neighbour
) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert mastodon.types() == ["Delete"]


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"kind": "storm"}, "write, sign, translate"),
        ({"size": "year"}, "minutes, hour, day, ongoing"),
        ({"themes": ["war"]}, "prisoners"),
        ({"language": "xx-yy-zz"}, "not a language"),
        ({"start": "tomorrow"}, "2026-12-05"),
        ({"start": "2026-12-05T10:00"}, "offset"),
        ({"deadline": "2026-02-30"}, "2026-12-05"),
        ({"deadline": "0001-01-01T00:00:00Z"}, "2026-12-05"),
        ({"place": "Flat 12"}, "no place"),
        ({"link": "javascript:alert(1)"}, "https://"),
        ({"title": "x" * 201}, "200"),
        ({"title": " \u202e\n"}, "title is missing"),
        ({"text": "x" * 10_001}, "10000"),
        ({"text": None}, "text is missing"),
        ({"organiser": "me"}, "“organiser”"),
        ({"handle": "nobody"}, "there are: letters"),
        ({"handle": None}, "handle is missing"),
    ],
)
async def test_a_mistake_is_told_in_one_sentence_and_changes_nothing(
    letters: Node, wrong: dict[str, Any], hint: str
) -> None:
    before = await letters.rows()
    with pytest.raises(Refusal, match=hint):
        await letters.command("call.publish", **CALL | wrong)
    assert await letters.rows() == before


@pytest.mark.parametrize(
    "uri",
    ["https://letters.example/calls/00000000000000000000", "https://other.example/calls/1", "x", "\x1b[31m"],
)
async def test_only_calls_of_this_server_can_be_changed(letters: Node, uri: str) -> None:
    with pytest.raises(Refusal) as refusal:
        await letters.command("call.close", uri=uri)
    assert str(refusal.value).isprintable()


async def test_the_language_is_the_initiatives_first_unless_another_is_given(letters: Node) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    assert list((await letters.document(uri))["contentMap"]) == ["en"]
    uri = (await letters.command("call.publish", **CALL, language="RU"))["uri"]
    assert list((await letters.document(uri))["contentMap"]) == ["ru"]


async def test_the_page_of_a_call_has_everything_in_its_place(letters: Node) -> None:
    uri = (
        await letters.command(
            "call.publish",
            **CALL | {"title": "<b>Write</b> a letter"},
            link="https://a.example/how?x=1&y=2",
            themes=["prisoners"],
            place="Berlin",
            size="hour",
        )
    )["uri"]
    page = await letters.get(uri)
    assert page.status_code == 200
    assert "&lt;b&gt;Write&lt;/b&gt; a letter</bdi></h1>" in page.text
    assert "An hour · Berlin, DE" in page.text
    assert 'href="https://a.example/how?x=1&amp;y=2"' in page.text
    assert "a.example</a>" in page.text
    assert "/?theme=prisoners" in page.text
    assert "Берлин" in (await letters.get(f"{uri}?lang=ru")).text
    assert (await letters.get("/calls/nonsense")).status_code == 404
    assert (await letters.get("/calls/nonsense", accept="application/activity+json")).status_code == 404


async def test_every_hashtag_leads_to_a_page(letters: Node) -> None:
    uri = (await letters.command("call.publish", **CALL, themes=["prisoners", "evidence"]))["uri"]
    for tag in (await letters.document(uri))["tag"]:
        page = await letters.get(tag["href"])
        assert page.status_code == 200
        assert "Write a letter" in page.text
    other = await letters.get("/?theme=education")
    assert "Write a letter" not in other.text


async def test_two_commands_at_the_same_moment_are_both_carried_out(letters: Node) -> None:
    uri = (await letters.command("call.publish", **CALL))["uri"]
    await asyncio.gather(
        letters.command("call.edit", uri=uri, title="One"), letters.command("call.edit", uri=uri, kind="sign")
    )
    (item,) = (await letters.get("/calls.json")).json()["items"]
    assert (item["title"], item["kind"]) == ("One", "sign")

"""Published calls at the desk: the list, how far each came, closing, withdrawing, a similar one."""

import asyncio

import pytest

from server.documents.rich_text import plain_text
from server.feature import Refusal
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on
from tests.server.initiative.desk import CALL, DESK, PROFILE, a_garden, errors_on, fields_on

pytestmark = pytest.mark.anyio


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await a_garden(fediverse)


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


async def a_call(node: Node, **facts: str) -> str:
    """Its page at the desk."""
    done = await node.command(
        "call.publish", **{"handle": "garden", "title": "Plant", "text": "Trees.", **facts}
    )
    return f"{DESK}/calls/{done['uri'].rpartition('/')[2]}"


async def test_the_list_has_everything_and_is_paged(node: Node, editor: Person) -> None:
    assert "Nothing is asked for at the moment" in text_on(await editor.get(f"{DESK}/calls"))
    for number in range(23):
        await a_call(node, title=f"Call {number}.")
    await node.command(
        "call.close", uri=f"{node.origin}{(await a_call(node, title='Over.')).removeprefix(DESK)}"
    )
    first = await editor.get(f"{DESK}/calls")
    second = await editor.get(f"{DESK}/calls?page=2")
    assert 'rel="next"' in first.text
    assert "Closed calls" in text_on(second)
    shown = text_on(first) + text_on(second)
    assert all(f"Call {number}." in shown for number in range(23))
    for odd in ("0", "-1", "x", "999999999999", "%00"):
        assert (await editor.get(f"{DESK}/calls?page={odd}")).status_code == 200


async def test_how_far_a_call_came_is_told_server_by_server(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    garden = await node.document("/actors/garden")
    well, sick = fediverse.neighbour("well.example"), fediverse.neighbour("sick.example")
    for neighbour in (well, sick):
        await neighbour.follow(neighbour.account("vera"), garden)
    await fediverse.settle()
    sick.status = 500
    call = await a_call(node)
    assert "2 wait for their turn" in text_on(await editor.get(call))
    await fediverse.settle()
    page = text_on(await editor.get(call))
    assert "1 of 2 servers have it. 1 is in trouble." in page
    assert "sick.example It answers with an error of its own." in page
    assert "Next try: Monday, 23 November 2026, 08:00 (UTC)" in page
    sick.status = 403
    for _ in range(6):
        fediverse.clock.advance(hours=12)
        await fediverse.settle()
    editor = await person(node, Grant("@garden", "editor"))
    page = text_on(await editor.get(call))
    assert "It does not accept our signature. It may have blocked this server." in page
    assert "1 given up" in page
    fediverse.clock.advance(days=8)
    await fediverse.forget()
    editor = await person(node, Grant("@garden", "editor"))
    assert "only so long is it remembered" in text_on(await editor.get(call))


async def test_what_came_of_it_stands_below_the_title(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    call = await a_call(node, language="de")
    answer = await editor.post(f"{call}/close", outcome="  212 Briefe\u202e sind <b>da</b>. ")
    assert answer.headers["location"] == f"{call}?done=closed"
    note = await node.document(call.removeprefix(DESK))
    told = plain_text(note["content"]).split("\n\n")
    assert told == ["Genug, danke.", "Plant", "212 Briefe sind <b>da</b>.", "Trees."]
    assert note["callStatus"] == "antipole:closed"
    # Somebody who opens the form again, or sends it a second time, sees that it is done.
    assert (await editor.get(f"{call}/close")).headers["location"] == call
    assert (await editor.post(f"{call}/close", outcome="Again")).headers["location"] == call
    assert await node.document(call.removeprefix(DESK)) == note


async def test_closing_needs_no_words(node: Node, editor: Person) -> None:
    call = await a_call(node)
    await editor.post(f"{call}/close", outcome="")
    note = await node.document(call.removeprefix(DESK))
    assert (note["source"]["content"], note["callStatus"]) == ("Trees.", "antipole:closed")


async def test_the_command_tells_what_came_of_it_as_well(node: Node) -> None:
    call = await a_call(node)
    uri = node.origin + call.removeprefix(DESK)
    await node.command("call.close", uri=uri, outcome="Twelve trees stand.")
    assert (await node.document(uri))["source"]["content"] == "Twelve trees stand.\n\nTrees."


async def test_an_outcome_for_which_there_is_no_room_is_refused_and_kept(node: Node, editor: Person) -> None:
    call = await a_call(node, text="x" * 9_990)
    answer = await editor.post(f"{call}/close", outcome="Twelve trees stand.")
    assert answer.status_code == 422
    assert "room for 8 characters" in errors_on(answer)["outcome"]
    assert fields_on(answer)["outcome"] == ["Twelve trees stand."]
    answer = await editor.post(f"{call}/close", outcome="x" * 301)
    assert "300" in errors_on(answer)["outcome"]
    assert (await node.document(call.removeprefix(DESK)))["callStatus"] == "antipole:open"


@pytest.mark.parametrize("typed", ["", "yes", "Plant", "<script>", "withdraw it"])
async def test_withdrawing_wants_the_word(node: Node, editor: Person, typed: str) -> None:
    call = await a_call(node)
    answer = await editor.post(f"{call}/withdraw", typed=typed)
    assert answer.status_code == 422
    assert "word" in errors_on(answer)["typed"]
    assert (await editor.get(call)).status_code == 200


async def test_withdrawing_says_what_it_does_and_does_it(
    fediverse: Fediverse, node: Node, editor: Person
) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("vera"), await node.document("/actors/garden"))
    call = await a_call(node)
    await fediverse.settle()
    assert "That is a request, not a recall" in text_on(await editor.get(f"{call}/withdraw"))
    answer = await editor.post(f"{call}/withdraw", typed=" Withdraw ")
    assert answer.headers["location"] == f"{DESK}/calls?done=withdrawn"
    await fediverse.settle()
    assert mastodon.types()[-1] == "Delete"
    assert (await editor.get(call)).status_code == 410
    assert (await editor.post(f"{call}/withdraw", typed="withdraw")).status_code == 410


async def test_two_who_close_and_withdraw_at_once_get_pages(node: Node, editor: Person) -> None:
    other = await person(node, Grant("@garden", "owner"), name="Kim")
    for _ in range(5):
        call = await a_call(node)
        answers = await asyncio.gather(
            editor.post(f"{call}/close", outcome="Done"),
            other.post(f"{call}/withdraw", typed="withdraw"),
            editor.post(f"{call}/close", outcome="Done"),
            other.post(f"{call}/duplicate"),
        )
        assert {answer.status_code for answer in answers} <= {303, 410, 422}
        assert (await editor.get(call)).status_code == 410


async def test_a_similar_one_begins_with_the_words_and_without_dates(node: Node, editor: Person) -> None:
    call = await a_call(node, start="2026-12-01", deadline="2026-12-05", kind="host", place="Leipzig, DE")
    assert (await node.rows())["call_drafts"] == 0
    answer = await editor.post(f"{call}/duplicate")
    shown = fields_on(await editor.get(answer.headers["location"]))
    assert (shown["title"], shown["kind"], shown["place"]) == (["Plant"], ["host"], ["Leipzig, DE"])
    assert (shown["start_date"], shown["deadline_date"]) == ([""], [""])


async def test_a_call_that_is_over_is_not_closed_twice_by_command(node: Node) -> None:
    uri = node.origin + (await a_call(node)).removeprefix(DESK)
    await node.command("call.close", uri=uri)
    with pytest.raises(Refusal, match="closed already"):
        await node.command("call.close", uri=uri, outcome="x")


async def test_whatever_is_sent_while_the_initiative_is_deleted_is_told_that_it_is_gone(node: Node) -> None:
    owner = await person(node, Grant("@garden", "owner"))
    published = await node.command("call.publish", handle="garden", title="Plant", text="Now.")
    call = f"{DESK}/calls/{published['uri'].rpartition('/')[2]}"
    answers = await asyncio.gather(
        owner.post(f"{DESK}/delete", typed="garden"),
        owner.post(f"{DESK}/delete", typed="garden"),
        owner.post(f"{DESK}/calls/new", **{**CALL, "act": "save", "version": "0"}),
        owner.post(f"{call}/duplicate"),
        owner.post(f"{call}/close", outcome="Enough"),
        owner.post(f"{call}/withdraw", typed="withdraw"),
        owner.post(f"{call}/edit", **{**CALL, "act": "save", "version": "0"}),
        owner.post(f"{DESK}/hubs", hub="@hub@hub.example"),
        owner.post(f"{DESK}/profile", **{**PROFILE, "seen": "1"}),
    )
    assert [answer.status_code for answer in answers[:2]] == [303, 303]
    # 303: it was quicker than the deletion.
    assert {answer.status_code for answer in answers[2:]} <= {303, 404, 409, 410, 422}
    rows = await node.rows()
    assert (rows["initiatives"], rows["call_drafts"], rows["hub_applications"]) == (0, 0, 0)

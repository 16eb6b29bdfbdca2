"""Writing a call at the desk: drafts, edits of published calls, the last look, and two editors at once."""

import asyncio

import pytest

from server.documents.rich_text import plain_text
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on
from tests.server.initiative.desk import CALL, DESK, a_garden, errors_on, fields_on, sendable

pytestmark = pytest.mark.anyio

NEW = f"{DESK}/calls/new"


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await a_garden(fediverse)


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


async def a_draft(editor: Person, **typed: str | list[str]) -> str:
    answer = await editor.post(NEW, **{**CALL, "act": "save", "version": "0", **typed})
    assert answer.status_code == 303, errors_on(answer)
    return str(answer.headers["location"].partition("?")[0])


async def publish(editor: Person, draft: str) -> str:
    """The page of the published call at the desk."""
    look = await editor.get(f"{draft}/preview")
    assert look.status_code == 200
    answer = await editor.post(f"{draft}/preview", **fields_on(look))
    assert answer.status_code == 303, text_on(answer)
    return str(answer.headers["location"].partition("?")[0])


async def test_looking_at_the_form_makes_no_draft(node: Node, editor: Person) -> None:
    page = await editor.get(NEW)
    assert fields_on(page)["version"] == ["0"]
    assert (await node.rows())["call_drafts"] == 0


async def test_a_draft_may_be_unfinished_and_comes_back_as_it_was(editor: Person) -> None:
    draft = await a_draft(editor, title="", text="", deadline_date="2026-12-05", place_choice="undisclosed")
    shown = fields_on(await editor.get(draft))
    assert (shown["title"], shown["deadline_date"]) == ([""], ["2026-12-05"])
    assert (shown["place_choice"], shown["kind"]) == (["undisclosed"], ["attend"])
    listed = text_on(await editor.get(f"{DESK}/calls"))
    assert "Without a title" in listed
    refused = await editor.get(f"{draft}/preview")
    assert refused.headers["location"] == f"{draft}?done=incomplete"


async def test_everything_typed_reaches_the_call(node: Node, editor: Person) -> None:
    draft = await a_draft(
        editor,
        themes=["education", "justice"],
        start_date="2026-12-01",
        deadline_date="2026-12-05",
        deadline_time="18:30",
        deadline_offset="+01:00",
        place_choice="named",
        place="leipzig",
        link="https://garden.example/how",
        text="Two **hours**.\r\n\r\n- one\r\n- two",
    )
    call = await publish(editor, draft)
    note = await node.document(call.removeprefix(DESK))
    assert note["name"] == "Help us plant"
    assert note["source"]["content"] == "Two **hours**.\n\n- one\n- two"
    assert (note["startDate"], note["deadline"]) == ("2026-12-01", "2026-12-05T18:30:00+01:00")
    assert note["location"]["name"] == "Leipzig, DE"
    assert note["attachment"][0]["href"] == "https://garden.example/how"
    assert note["theme"] == ["antipole:education", "antipole:justice"]
    # The draft is gone with its words.
    assert (await editor.get(draft)).status_code == 404
    assert (await node.rows())["call_drafts"] == 0


@pytest.mark.parametrize(
    ("wrong", "field", "hint"),
    [
        ({"title": "x" * 10_000}, "title", "200"),
        ({"text": "x" * 10_001}, "text", "10000"),
        ({"kind": "nonsense"}, "kind", "list"),
        ({"size": "nonsense"}, "size", "list"),
        ({"language": "ua"}, "language", "list"),
        ({"themes": ["war"]}, "themes", "list"),
        ({"deadline_date": "tomorrow"}, "deadline_date", "2026-12-05"),
        ({"deadline_date": "2026-02-30"}, "deadline_date", "2026-12-05"),
        ({"deadline_date": "0001-01-01"}, "deadline_date", "2026-12-05"),
        ({"deadline_date": "2026-12-05T10:00Z"}, "deadline_date", "2026-12-05"),
        ({"deadline_time": "10:00"}, "deadline_date", "needs its date"),
        ({"start_date": "2026-12-05", "start_time": "25:00"}, "start_time", "18:30"),
        ({"start_date": "2026-12-05", "start_time": "half past"}, "start_time", "18:30"),
        ({"start_date": "2026-12-05", "start_time": "10:00"}, "start_offset", "Choose"),
        ({"start_date": "2026-12-05", "start_time": "9:00", "start_offset": "x"}, "start_offset", "Choose"),
        (
            {"start_date": "2026-12-05", "start_time": "09:00", "start_offset": "+99:00"},
            "start_offset",
            "Choose",
        ),
        ({"place_choice": "named", "place": "Nowhere at all"}, "place", "no place"),
        ({"link": "javascript:alert(1)"}, "link", "https://"),
        ({"link": "https://a@evil.example/"}, "link", "https://"),
        ({"link": "//evil.example"}, "link", "https://"),
        ({"link": "https://x.example/" + "x" * 10_000}, "link", "2048"),
        ({"title": "", "act": "preview"}, "title", "needs a title"),
        ({"text": "\u202e", "act": "preview"}, "text", "needs a text"),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(
    node: Node, editor: Person, wrong: dict[str, str], field: str, hint: str
) -> None:
    typed = {**CALL, "act": "save", "version": "0", **wrong}
    answer = await editor.post(NEW, **typed)
    assert answer.status_code == 422
    assert hint in errors_on(answer)[field]
    shown = fields_on(answer)
    assert all(shown[name] == [typed[name]] for name in ("title", "text") if name in shown)
    if field.endswith(("date", "time")) or field in ("place", "link"):
        assert shown[field] == [typed.get(field, "")]
    assert (await node.rows())["call_drafts"] == 0


@pytest.mark.parametrize(
    "deadline",
    ["2026-12-05", "2026-12-05T18:30:00+01:00", "2026-12-05T18:30:15.250-03:30", "2026-12-05T18:30:00+01:07"],
)
async def test_an_edit_sent_back_as_it_came_changes_nothing(
    fediverse: Fediverse, node: Node, editor: Person, deadline: str
) -> None:
    mastodon = fediverse.neighbour("mastodon.test.example")
    await mastodon.follow(mastodon.account("vera"), await node.document("/actors/garden"))
    done = await node.command(
        "call.publish",
        handle="garden",
        title="Plant & “grow”",
        text="<b>\n\n    code",
        kind="skill",
        themes=["justice", "education"],
        start="2026-12-01",
        deadline=deadline,
        place="Kyiv",
        link="https://a.example/?x=1&y=2",
    )
    call = f"{DESK}/calls/{done['uri'].rpartition('/')[2]}"
    before = await node.document(done["uri"])
    answer = await editor.post(f"{call}/edit", **sendable(await editor.get(f"{call}/edit"), act="preview"))
    preview = answer.headers["location"]
    assert "nothing to send" in text_on(await editor.get(preview))
    await publish(editor, preview.removesuffix("/preview"))
    await fediverse.settle()
    assert sorted(mastodon.types()) == ["Accept", "Create"]
    assert await node.document(done["uri"]) == before


async def test_the_last_look_shows_the_very_note_and_hints(node: Node, editor: Person) -> None:
    draft = await a_draft(
        editor,
        title="{{ 7*7 }} <script>alert(1)</script>",
        text="# Loud\n\n{% raw %} <img src=x onerror=alert(1)> Call +49 341 1234567",
        deadline_date="2026-12-05",
        link="https://xn--e1awd7f.example/",
    )
    page = await editor.get(f"{draft}/preview")
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert page.text.count("{{ 7*7 }} &lt;script&gt;") >= 3
    assert "<strong>Loud</strong>" in page.text
    assert "until Saturday, 5 December" in text_on(page)
    assert "xn--e1awd7f.example" in text_on(page)
    assert "looks like a phone number" in text_on(page)
    assert "Nobody follows you yet" in text_on(page)
    call = await publish(editor, draft)
    note = await node.document(call.removeprefix(DESK))
    shown = page.text.partition('id="post"')[2]
    # The post is the Note's own content, so what is read here is what goes out.
    assert plain_text(note["content"]).splitlines()[0] == "{{ 7*7 }} <script>alert(1)</script>"
    assert "#x" not in shown


async def test_con_13_the_host_of_a_link_is_shown_whole(editor: Person) -> None:
    host = "good.example." + "x" * 60 + ".evil.example"
    draft = await a_draft(editor, link=f"https://{host}/path")
    assert f"<bdi>{host}</bdi>" in (await editor.get(f"{draft}/preview")).text


async def test_two_editors_see_each_others_words(node: Node, editor: Person) -> None:
    draft = await a_draft(editor)
    other = await person(node, Grant("@garden", "editor"), name="Kim")
    mine = sendable(await editor.get(draft), act="save", title="Mine")
    theirs = sendable(await other.get(draft), act="save", title="Theirs <1>", deadline_date="2026-12-06")
    assert (await other.post(draft, **theirs)).status_code == 303
    answer = await editor.post(draft, **mine)
    assert answer.status_code == 409
    assert "Theirs &lt;1&gt;" in answer.text
    assert "Sunday, 6 December 2026" in text_on(answer)
    assert fields_on(answer)["title"] == ["Mine"]
    assert (await editor.post(draft, **sendable(answer, act="save"))).status_code == 303
    assert fields_on(await editor.get(draft))["title"] == ["Mine"]


async def test_two_who_begin_to_edit_one_call_meet(node: Node, editor: Person) -> None:
    call = await publish(editor, await a_draft(editor))
    other = await person(node, Grant("@garden", "editor"), name="Kim")
    mine, theirs = await editor.get(f"{call}/edit"), await other.get(f"{call}/edit")
    assert (
        await other.post(f"{call}/edit", **sendable(theirs, act="save", title="Theirs"))
    ).status_code == 303
    answer = await editor.post(f"{call}/edit", **sendable(mine, act="save", title="Mine"))
    assert (answer.status_code, "Theirs" in text_on(answer)) == (409, True)
    assert (await editor.post(f"{call}/edit", **sendable(answer, act="save"))).status_code == 303
    # From now on the address of the edit leads to the one draft there is.
    assert (await other.get(f"{call}/edit")).headers["location"].startswith(f"{DESK}/drafts/")
    assert "was not published yet" in text_on(await editor.get(call))
    assert "Unsent change" in text_on(await editor.get(f"{DESK}/calls"))
    assert (await node.rows())["call_drafts"] == 1


async def test_only_what_was_looked_at_is_published(node: Node, editor: Person) -> None:
    draft = await a_draft(editor)
    seen = fields_on(await editor.get(f"{draft}/preview"))
    await editor.post(draft, **sendable(await editor.get(draft), act="save", title="Something else"))
    answer = await editor.post(f"{draft}/preview", **seen)
    assert answer.status_code == 409
    assert "Something else" in text_on(answer)
    assert "Somebody else changed this since you looked" in text_on(answer)
    assert (await node.stats())["calls"] == 0
    assert (await editor.post(f"{draft}/preview", **fields_on(answer))).status_code == 303


async def test_a_call_changed_since_the_look_is_looked_at_again(node: Node, editor: Person) -> None:
    call = await publish(editor, await a_draft(editor))
    uri = node.origin + call.removeprefix(DESK)
    answer = await editor.post(
        f"{call}/edit", **sendable(await editor.get(f"{call}/edit"), act="preview", title="Mine")
    )
    preview = answer.headers["location"]
    shown = await editor.get(preview)
    assert "This change is not published yet" in text_on(shown)
    seen = fields_on(shown)
    await node.command("call.edit", uri=uri, text="Changed elsewhere.")
    answer = await editor.post(preview, **seen)
    assert (answer.status_code, "Changed elsewhere." in text_on(answer)) == (409, True)
    assert (await node.document(uri))["name"] == "Help us plant"
    # A close in between is no reason not to mend a word; the call stays closed.
    await node.command("call.close", uri=uri)
    await editor.post(preview, **fields_on(await editor.get(preview)))
    note = await node.document(uri)
    assert (note["name"], note["callStatus"]) == ("Mine", "antipole:closed")


async def test_a_second_click_on_publish_leads_to_the_call(node: Node, editor: Person) -> None:
    draft = await a_draft(editor)
    seen = fields_on(await editor.get(f"{draft}/preview"))
    answers = await asyncio.gather(*(editor.post(f"{draft}/preview", **seen) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    again = await editor.post(f"{draft}/preview", **seen)
    assert again.headers["location"].endswith(f"/calls/{draft.rpartition('/')[2]}?done=published")
    assert (await node.stats())["calls"] == 1


async def test_words_for_a_draft_that_is_gone_can_be_kept(editor: Person) -> None:
    draft = await a_draft(editor)
    typed = sendable(await editor.get(draft), act="save", title="Dear words")
    assert (await editor.post(f"{draft}/delete")).headers["location"] == f"{DESK}/calls?done=thrown-away"
    answer = await editor.post(draft, **typed)
    assert answer.status_code == 404
    assert fields_on(answer)["title"] == ["Dear words"]
    assert f'action="{NEW}"' in answer.text
    assert (await editor.post(NEW, **sendable(answer, act="save"))).status_code == 303


async def test_of_a_withdrawn_call_no_edit_stays(node: Node, editor: Person) -> None:
    call = await publish(editor, await a_draft(editor))
    await editor.post(f"{call}/edit", **sendable(await editor.get(f"{call}/edit"), act="save", title="Later"))
    await node.command("call.withdraw", uri=node.origin + call.removeprefix(DESK))
    assert (await node.rows())["call_drafts"] == 0
    assert (await editor.get(call)).status_code == 410


async def test_there_is_an_end_to_drafts(node: Node, editor: Person) -> None:
    for _ in range(100):
        await a_draft(editor)
    answer = await editor.post(NEW, **{**CALL, "act": "save", "version": "0"})
    assert (answer.status_code, "100 drafts already" in text_on(answer)) == (422, True)
    assert fields_on(answer)["title"] == [CALL["title"]]


@pytest.mark.parametrize("version", ["9" * 19, "9" * 400, "-1", "1e3", "\u0663", "x"])
async def test_a_version_that_nobody_was_shown_is_one_that_others_have_overtaken(
    editor: Person, version: str
) -> None:
    """Numbers of 64 bits and more are none that the database could look for."""
    draft = await a_draft(editor)
    answer = await editor.post(draft, **{**CALL, "act": "save", "version": version, "title": "Other words"})
    assert answer.status_code == 409
    assert "Other words" in answer.text
    assert "Other words" not in (await editor.get(draft)).text

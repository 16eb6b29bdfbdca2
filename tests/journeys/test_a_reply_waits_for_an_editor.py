"""Vera answers a call from her Mastodon account. An editor reads it first, shows it, and much later hides another one.

Vera is told nothing at any time, changes her mind twice, and in the end nothing of her is left.
"""

from typing import Any

import pytest

from server.web.identity import Grant
from tests.browsing import Browser
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour
from tests.people import Person, person, text_on

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
Json = dict[str, Any]


def reply(author: Account, number: int, words: str, call: str, *, updated: str | None = None) -> Json:
    """As Mastodon writes it."""
    note: Json = {
        "id": f"{author.id}/statuses/{number}",
        "type": "Note",
        "inReplyTo": call,
        "published": "2026-11-23T08:00:00Z",
        "url": f"{author.id.replace('/users/', '/@')}/{number}",
        "attributedTo": author.id,
        "to": [PUBLIC],
        "cc": [f"{author.id}/followers"],
        "content": f"<p>{words}</p>",
        "contentMap": {"de": f"<p>{words}</p>"},
    }
    return {**note, "updated": updated} if updated else note


def activity(kind: str, author: Account, thing: Json | str, mark: str = "") -> Json:
    named = thing if isinstance(thing, str) else thing["id"]
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{named}/{kind.lower()}{mark}",
        "type": kind,
        "actor": author.id,
        "to": [PUBLIC],
        "object": thing,
    }


async def answer(neighbour: Neighbour, author: Account, garden: Node, act: Json) -> int:
    sent = await neighbour.send(author, f"{garden.origin}/inbox", act)
    return sent.status_code


async def waits(editor: Person) -> str:
    """The badge of the desk's menu."""
    page = (await editor.get("/desk/@garden/replies")).text
    return page.partition('class="badge">')[2].partition("<")[0]


async def test_a_reply_waits_for_an_editor(fediverse: Fediverse) -> None:
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command("initiative.add", handle="garden", name="Garten", languages=["de"])
    call: str = (
        await garden.command(
            "call.publish", handle="garden", title="Pflanzt mit", text="Am Samstag.", kind="attend"
        )
    )["uri"]
    editor = await person(garden, Grant("@garden", "editor"))
    mastodon = fediverse.neighbour("mastodon.example")
    vera = mastodon.account("vera")
    empty = await garden.rows()

    # Nobody has answered: the desk says what the page is for.
    assert "No reply waits." in text_on(await editor.get("/desk/@garden/replies"))

    # She answers in public. The desk has it, the public page has not.
    note = reply(vera, 1, "Ich bringe Spaten mit.", call)
    assert await answer(mastodon, vera, garden, activity("Create", vera, note)) == 202
    assert await waits(editor) == "1"
    assert "Spaten" not in (await garden.get(call)).text
    desk = await editor.get("/desk/@garden/replies")
    assert "Ich bringe Spaten mit." in text_on(desk)
    assert "@vera@mastodon.example" in desk.text

    # The editor shows it: it stands below the call, with her handle and a way to the original.
    browser = Browser(garden)
    browser.cookies = dict([editor.cookie.split("=", 1)])
    done = await browser.submit(await browser.get("/desk/@garden/replies"), action="/replies/show")
    assert "The reply stands on the call's page now." in text_on(done)
    page = await garden.get(call)
    assert "Ich bringe Spaten mit." in text_on(page)
    assert "@vera@mastodon.example" in page.text
    assert '<a href="https://mastodon.example/@vera/1" rel="nofollow noopener noreferrer ugc">' in page.text

    # She corrects herself. What nobody here has read is not shown; the editor reads it first.
    fediverse.clock.advance(minutes=5)
    edited = reply(vera, 1, "Ich bringe zwei Spaten mit.", call, updated="2026-11-23T08:04:00Z")
    assert await answer(mastodon, vera, garden, activity("Update", vera, edited, "-1")) == 202
    assert "Spaten" not in (await garden.get(call)).text
    assert await waits(editor) == "1"
    await browser.submit(await browser.get("/desk/@garden/replies"), action="/replies/show")
    assert "zwei Spaten" in (await garden.get(call)).text

    # A second one is not to everybody's liking: hidden for ever, said before it is done.
    rude = reply(vera, 2, "Unsinn.", call)
    await answer(mastodon, vera, garden, activity("Create", vera, rude))
    confirm = await editor.get(f"/desk/@garden/replies/hide?reply={rude['id']}")
    assert "They cannot be brought back, not even by you." in text_on(confirm)
    hidden = await browser.submit(confirm)
    assert "Hidden." in text_on(hidden)
    await answer(mastodon, vera, garden, activity("Update", vera, {**rude, "content": "Doch!"}, "-2"))
    assert await waits(editor) == ""
    assert "Doch!" not in (await editor.get("/desk/@garden/replies")).text

    # Too much of it: the call is closed for replies. What comes is forgotten, what is shown stays.
    call_id = call.rpartition("/")[2]
    closed = await browser.submit(await browser.get(f"/desk/@garden/replies/{call_id}"), action=call_id)
    assert "Closed for replies." in text_on(closed)
    await answer(mastodon, vera, garden, activity("Create", vera, reply(vera, 3, "Noch etwas.", call)))
    assert await waits(editor) == ""
    assert "zwei Spaten" in (await garden.get(call)).text

    # She deletes hers, and it is gone here as well. Nobody ever wrote to her.
    tombstone = {"id": note["id"], "type": "Tombstone"}
    assert await answer(mastodon, vera, garden, activity("Delete", vera, tombstone)) == 202
    assert "Spaten" not in (await garden.get(call)).text
    await fediverse.settle()
    assert mastodon.types() == []

    # What is left: digests of what was received and of what must not come back; nothing with a name in it.
    fediverse.clock.advance(days=1)
    await fediverse.forget()
    rows = await garden.rows()
    grown = {table for table in rows if rows[table] > empty[table]}
    assert grown == {"received_activities", "call_replies_hidden"}

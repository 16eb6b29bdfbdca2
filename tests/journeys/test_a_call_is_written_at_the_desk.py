"""Robin adds an initiative in the browser, writes a call, and a hub and a follower see it to its end."""

import re

import httpx2
import pytest

from server.documents.rich_text import plain_text
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]

DESK = "/desk/@letters"


async def followed(robin: Person, answer: httpx2.Response) -> httpx2.Response:
    """The page that a form leads to."""
    assert answer.status_code == 303, text_on(answer)
    return await robin.get(answer.headers["location"])


def hidden(page: httpx2.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, name
    return found[1]


async def published(robin: Person, path: str) -> httpx2.Response:
    """The page after the last look and the button on it."""
    look = await robin.get(path)
    assert look.status_code == 200, text_on(look)
    seen = {name: hidden(look, name) for name in ("version", "call_seen")}
    return await followed(robin, await robin.post(path, **seen))


async def the_item(hub: Node) -> dict[str, str]:
    (item,) = (await hub.get("/calls.json")).json()["items"]
    found: dict[str, str] = item
    return found


async def test_a_call_is_written_at_the_desk(fediverse: Fediverse) -> None:
    server = await fediverse.add("letters.example", roles=["initiative"], name="A friendly collective")
    hub = await fediverse.add("hub.example", roles=["hub"], name="Common Table")
    robin = await person(server, Grant("server", "owner"))

    # An initiative is added; what comes next is said on the page that follows.
    page = await followed(
        robin,
        await robin.post(
            "/desk/new-initiative",
            handle="letters",
            name="Листи крізь стіну",
            summary="Пишемо тим, хто сидить за слова.",
            language="uk",
            themes=["prisoners"],
            place_choice="undisclosed",
        ),
    )
    assert "@letters@letters.example" in text_on(page)
    assert "Write a call" in text_on(page)

    # The overview names what is missing, the hub among it.
    overview = text_on(await robin.get(DESK))
    assert "no picture" in overview
    assert "not applied to a hub" in overview
    await robin.post(f"{DESK}/hubs", hub="@hub@hub.example")
    await fediverse.settle()
    assert "received, waiting for the hub's people" in text_on(await robin.get(DESK))
    await hub.command("hub.admit", target="@letters@letters.example")
    vera = fediverse.neighbour("mastodon.test.example")
    await vera.follow(vera.account("vera"), await server.document("/actors/letters"))
    await fediverse.settle()
    assert "Listed by a hub: @hub@hub.example" in text_on(await robin.get(DESK))

    # A draft is saved half finished, and is nobody's business.
    words = {
        "language": "uk",
        "title": "Напишіть листа",
        "text": "Двадцять хвилин.\n\nІмені не треба.",
        "kind": "write",
        "size": "minutes",
        "themes": ["prisoners"],
        "deadline_date": "2026-12-11",
        "link": "https://letters.example/how",
    }
    page = await followed(
        robin, await robin.post(f"{DESK}/calls/new", act="save", version="0", language="uk", title="Лист")
    )
    assert "The draft is saved" in text_on(page)
    found = re.search(rf'"({DESK}/drafts/[0-9a-f]{{20}})/delete"', page.text)
    assert found is not None
    draft = found[1]
    assert vera.types() == ["Accept"]

    # The last look: what others see, who will hold a copy; then it goes out exactly so.
    answer = await robin.post(draft, act="preview", version=hidden(page, "version"), **words)
    look = await followed(robin, answer)
    assert "2 servers that follow you get a copy" in text_on(look)
    assert "Copies cannot be recalled" in text_on(look)
    assert "крайній термін: пʼятниця, 11 грудня 2026" in text_on(look)
    page = await published(robin, f"{draft}/preview")
    assert "Published. It goes to 2 servers." in text_on(page)
    await fediverse.settle()
    note = vera.last("Create")["object"]
    assert plain_text(note["content"]).startswith("Напишіть листа\n\nДвадцять хвилин.")
    assert (await the_item(hub))["title"] == "Напишіть листа"
    call = f"{DESK}/calls/{note['id'].rpartition('/')[2]}"
    assert "2 of 2 servers have it" in text_on(await robin.get(call))

    # A change is looked at as well before it is sent.
    page = await robin.get(f"{call}/edit")
    words["deadline_date"] = "2026-12-18"
    answer = await robin.post(f"{call}/edit", act="preview", version=hidden(page, "version"), **words)
    await published(robin, answer.headers["location"])
    await fediverse.settle()
    assert "18 грудня" in plain_text(vera.last("Update")["object"]["content"])
    assert (await the_item(hub))["deadline"] == "2026-12-18"

    # The deadline passes; the overview says so; it is closed with what came of it.
    fediverse.clock.advance(days=40)
    robin = await person(server, Grant("@letters", "editor"))
    assert "The deadline is over and the call is still open" in text_on(await robin.get(DESK))
    page = await followed(robin, await robin.post(f"{call}/close", outcome="Вийшло 212 листів."))
    await fediverse.settle()
    ended = plain_text(vera.last("Update")["object"]["content"])
    assert ended.startswith("Досить, дякуємо.\n\nНапишіть листа\n\nВийшло 212 листів.")
    assert (await the_item(hub))["state"] == "closed"

    # A similar one begins with its words; then the old one is withdrawn.
    page = await followed(robin, await robin.post(f"{call}/duplicate"))
    assert "without dates" in text_on(page)
    assert 'value="2026-12-18"' not in page.text
    refused = await robin.post(f"{call}/withdraw", typed="yes")
    assert refused.status_code == 422
    page = await followed(robin, await robin.post(f"{call}/withdraw", typed="withdraw"))
    assert "that is a request, not a recall" in text_on(page)
    await fediverse.settle()
    assert vera.last("Delete")["object"]["id"] == note["id"]
    assert (await hub.get("/calls.json")).json()["items"] == []
    assert (await robin.get(call)).status_code == 410

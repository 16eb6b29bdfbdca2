"""An initiative asks for letters; people on other software, behind a hub and with a feed reader see it to its end."""

from xml.etree import ElementTree

import pytest

from server.documents.rich_text import plain_text
from tests.fediverse import Fediverse, Node

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]

ATOM = "{http://www.w3.org/2005/Atom}"


async def lines_in_the_feed(node: Node) -> list[str]:
    """What somebody reads who must not be seen to follow."""
    feed = ElementTree.fromstring((await node.get("/@letters/feed.atom")).content)
    entries = feed.findall(f"{ATOM}entry")
    return [plain_text(entry.findtext(f"{ATOM}content") or "").split("\n\n")[0] for entry in entries]


async def test_a_call_is_written_edited_and_ends(fediverse: Fediverse) -> None:
    # A collective hosts an initiative, which applies to a hub and is admitted.
    letters = await fediverse.add("letters.example", roles=["initiative"], name="A friendly collective")
    hub = await fediverse.add("hub.example", roles=["hub"], name="Common Table")
    added = await letters.command(
        "initiative.add",
        handle="letters",
        name="Листи крізь стіну",
        summary="Пишемо тим, хто сидить за слова.",
        languages=["uk", "en"],
        themes=["prisoners"],
        place="undisclosed",
    )
    assert added["handle"] == "@letters@letters.example"
    await letters.command("hub.apply", handle="letters", hub="@hub@hub.example")
    await fediverse.settle()
    await hub.command("hub.admit", target=added["handle"])

    # Vera follows from a server of another make; the number of followers is nobody's business.
    mastodon = fediverse.neighbour("mastodon.test.example")
    vera = mastodon.account("vera")
    await mastodon.follow(vera, await letters.document(added["uri"]))
    await fediverse.settle()
    assert mastodon.last("Accept")["object"]["actor"] == vera.id
    assert "totalItems" not in await letters.document(f"{added['uri']}/followers")

    # The call is published and read by everyone in the same words.
    published = await letters.command(
        "call.publish",
        handle="letters",
        title="Напишіть листа",
        text="Двадцять хвилин і аркуш паперу.\n\nІмені не треба.",
        kind="write",
        size="minutes",
        themes=["prisoners"],
        deadline="2026-12-11",
        link="https://letters.example/how",
    )
    uri = published["uri"]
    await fediverse.settle()
    note = mastodon.last("Create")["object"]
    assert list(note["contentMap"]) == ["uk"]
    assert plain_text(note["content"]).split("\n\n") == [
        "Напишіть листа",
        "Двадцять хвилин і аркуш паперу.",
        "Імені не треба.",
        "Кілька хвилин · крайній термін: пʼятниця, 11 грудня 2026\u00a0р.",
        "https://letters.example/how",
        "#PoliticalPrisoners",
    ]
    (item,) = (await hub.get("/calls.json")).json()["items"]
    assert (item["uri"], item["title"], item["deadline"]) == (uri, "Напишіть листа", "2026-12-11")
    assert await lines_in_the_feed(letters) == ["Напишіть листа"]

    # The power fails while Vera's server is down as well; then the deadline moves.
    mastodon.status = None
    fediverse.clock.advance(days=1)
    await letters.command("call.edit", uri=uri, deadline="2026-12-18")
    await fediverse.settle()
    await letters.stop()
    await letters.start()
    mastodon.status = 202
    fediverse.clock.advance(hours=3)
    await fediverse.settle()
    moved = mastodon.last("Update")["object"]
    assert "18 грудня 2026" in plain_text(moved["content"])
    assert moved["updated"] > note["updated"]
    (item,) = (await hub.get("/calls.json")).json()["items"]
    assert item["deadline"] == "2026-12-18"

    # Enough letters: the post stays and says so first.
    fediverse.clock.advance(days=2)
    await letters.command("call.close", uri=uri)
    await fediverse.settle()
    ended = mastodon.last("Update")["object"]
    assert plain_text(ended["content"]).startswith("Досить, дякуємо.\n\nНапишіть листа")
    (item,) = (await hub.get("/calls.json")).json()["items"]
    assert item["state"] == "closed"
    assert await lines_in_the_feed(letters) == ["Досить, дякуємо."]
    page = await letters.get(f"{uri}?lang=uk")
    assert "Досить, дякуємо." in page.text

    # A year later it is taken down: an address that answers 410 is all that is left anywhere.
    fediverse.clock.advance(days=365)
    await letters.command("call.withdraw", uri=uri)
    await fediverse.settle()
    assert mastodon.last("Delete")["object"]["id"] == uri
    assert (await letters.get(uri)).status_code == 410
    assert (await hub.get("/calls.json")).json()["items"] == []
    assert await lines_in_the_feed(letters) == []

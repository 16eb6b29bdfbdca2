"""Searching a hub: through a form, without a trace, and only for what is public."""

from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from server.hub.search.model import PAGE
from tests.fediverse import Fediverse, Node

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]


async def hub_and_garden(fediverse: Fediverse, *, name: str = "Сад біля каналу") -> tuple[Node, Node]:
    hub = await fediverse.add("hub.example", roles=["hub"], name="The Noticeboard")
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command(
        "initiative.add", handle="garden", name=name, summary="Wir pflanzen **Bäume**.", place="Leipzig"
    )
    await garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await fediverse.settle()
    return hub, garden


async def listed(fediverse: Fediverse) -> tuple[Node, Node]:
    hub, garden = await hub_and_garden(fediverse)
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    return hub, garden


async def search(node: Node, words: str, *, query: str = "", **more: str) -> httpx2.Response:
    body = urlencode({"words": words, **more}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    return await node.request("POST", f"/search{query}", headers=headers, content=body)


async def found(node: Node, words: str) -> bool:
    answer = await search(node, words)
    assert answer.status_code == 200
    return "Nothing was found" not in answer.text


async def test_a_call_is_found_while_it_is_there(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse)
    assert not await found(hub, "посадити дерево")
    published = await garden.command(
        "call.publish", handle="garden", title="Посадити дерево", text="Bring *gloves*.", language="uk"
    )
    await fediverse.settle()
    for words in ("посадити дерево", "posadyty derevo", "GLOVES"):
        page = (await search(hub, words)).text
        assert "Посадити дерево" in page
        assert "1 found" in page

    await garden.command("call.edit", uri=published["uri"], title="Plant an oak", text="Bring spades.")
    await fediverse.settle()
    assert await found(hub, "spades")
    assert not await found(hub, "gloves")

    await garden.command("call.close", uri=published["uri"])
    await fediverse.settle()
    assert "Enough, thank you." in (await search(hub, "oak")).text

    await garden.command("call.withdraw", uri=published["uri"])
    await fediverse.settle()
    assert not await found(hub, "oak")


async def test_an_initiative_is_found_from_its_admission_to_its_end(fediverse: Fediverse) -> None:
    hub, garden = await hub_and_garden(fediverse)
    assert not await found(hub, "sad kanalu")
    await hub.command("hub.admit", target="@garden@garden.example")
    await fediverse.settle()
    assert "Сад біля каналу" in (await search(hub, "sad kanalu")).text
    assert await found(hub, "baeume")

    fediverse.clock.advance(minutes=1)
    await garden.command("initiative.edit", handle="garden", name="Der Garten")
    await fediverse.settle()
    assert await found(hub, "garten")
    assert not await found(hub, "kanalu")

    await garden.command("call.publish", handle="garden", title="One", text="Secateurs.")
    await fediverse.settle()
    assert await found(hub, "secateurs")
    await hub.command("hub.remove", target="@garden@garden.example", reason="Gone quiet.")
    await fediverse.settle()
    assert not await found(hub, "garten")
    assert not await found(hub, "secateurs")


async def test_what_was_withdrawn_leaves_no_byte(fediverse: Fediverse, tmp_path: Path) -> None:
    """Terms stay in older parts of a full-text index, and old pages in the write-ahead log (SAFETY 1.4)."""
    hub, garden = await listed(fediverse)
    for title in ("Vergissmeinnicht", "Another", "Third"):
        published = await garden.command(
            "call.publish", handle="garden", title=title, text="Забудькотравниця und Rittersporn."
        )
        await fediverse.settle()
    sentinels = ["Vergissmeinnicht", "vergissm", "Забудькотравниця", "забудькотр", "zabudkotra", "ittersporn"]
    assert {word for word in sentinels if word.encode() in bytes_of(hub)} >= {
        "Vergissmeinnicht",
        "Забудькотравниця",
        "zabudkotra",
    }
    for item in (await hub.get("/calls.json")).json()["items"]:
        await garden.command("call.withdraw", uri=item["uri"])
        await fediverse.settle()
    assert published

    fediverse.clock.advance(minutes=2)
    await fediverse.settle()
    await fediverse.forget()
    assert [word for word in sentinels if word.encode() in bytes_of(hub)] == []


def bytes_of(node: Node) -> bytes:
    """The database and its log, the server still running."""
    return node.stored()


async def test_a_search_leaves_no_trace(fediverse: Fediverse, caplog: pytest.LogCaptureFixture) -> None:
    hub, _garden = await listed(fediverse)
    before = await hub.rows()
    answer = await search(hub, "Sonnenfinsternis")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert "<title>Search · The Noticeboard</title>" in answer.text
    assert 'value="Sonnenfinsternis"' in answer.text
    assert await hub.rows() == before
    assert b"onnenfinsternis" not in bytes_of(hub)
    assert "onnenfinsternis" not in caplog.text
    # An address with words in it, which a log or a history might keep, is not understood.
    assert (
        "Sonnenfinsternis"
        not in (await hub.get("/search?words=Sonnenfinsternis")).text.partition("<footer")[0]
    )


async def test_another_page_cannot_search_for_its_reader(fediverse: Fediverse) -> None:
    hub, _garden = await listed(fediverse)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}):
        sent = {"content-type": "application/x-www-form-urlencoded", **headers}
        assert (await hub.request("POST", "/search", headers=sent, content=b"words=x")).status_code == 403


WHATEVER = ["", " ", '"', 'a"b', "NEAR(", "*", "^", "col:x", "{a b}:c", "' OR 1=1--", "\x00", "\u202eabc"]
WHATEVER += ["x" * 100_000, "<script>alert(1)</script>", "{{ 7*7 }}", "%00", "&page=2"]


async def test_whatever_is_typed_the_answer_is_a_page(fediverse: Fediverse) -> None:
    """WEB-07, WEB-08."""
    hub, _garden = await listed(fediverse)
    for words in WHATEVER:
        answer = await search(hub, words)
        assert answer.status_code == 200, words[:20]
        assert "<script>alert" not in answer.text
        assert "Nothing" in answer.text, words[:20]


async def test_an_empty_result_says_what_to_do_next(fediverse: Fediverse) -> None:
    hub, _garden = await listed(fediverse)
    page = (await search(hub, "nowhere")).text
    assert "Every word has to fit" in page
    assert 'href="/#calls"' in page
    assert 'href="/initiatives"' in page
    page = (await search(hub, "…", query="?lang=de")).text
    assert '<html lang="de">' in page
    assert 'action="/search?lang=de"' in page


async def test_the_name_of_a_place_leads_to_what_is_there(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse)
    assert "Calls from" not in (await search(hub, "Лейпциг")).text
    await garden.command("call.publish", handle="garden", title="One", text="Now.")
    await fediverse.settle()
    page = (await search(hub, "Лейпциг")).text
    assert 'href="/?place=Leipzig%2C+DE#calls"' in page
    assert "Calls from Leipzig" in page


async def test_pages_are_turned_by_forms(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse)
    for number in range(PAGE + 2):
        await garden.command("call.publish", handle="garden", title=f"Turnip {number}", text="Now.")
    await fediverse.settle()
    first = (await search(hub, "turnip")).text
    second = (await search(hub, "turnip", page="2")).text
    assert f"{PAGE + 2} found" in first
    assert first.count('<li class="call-card">') == PAGE
    assert second.count('<li class="call-card">') == 2
    assert 'name="page" value="2"' in first
    assert 'name="page" value="1"' in second
    for page in ("0", "-1", "99999", "x", "1e3", "٣", ""):
        assert (await search(hub, "turnip", page=page)).status_code == 200


async def test_a_form_with_more_than_it_offers_is_refused(fediverse: Fediverse) -> None:
    hub, _garden = await listed(fediverse)
    assert (await search(hub, "x", sort="name")).status_code == 400


async def test_what_was_kept_before_there_was_an_index_is_found_after_a_start(fediverse: Fediverse) -> None:
    hub, garden = await listed(fediverse)
    await garden.command("call.publish", handle="garden", title="Dandelion", text="Now.")
    await fediverse.settle()

    def lose(tx: object) -> None:
        from server.hub.search import store

        store.drop_all_of(tx, "https://garden.example/actors/garden")  # type: ignore[arg-type]  # it is one

    await hub.services.database.write(lose)
    assert not await found(hub, "dandelion")
    await hub.stop()
    await hub.start()
    assert await found(hub, "dandelion")
    assert await found(hub, "baeume")

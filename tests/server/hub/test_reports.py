"""Reports by other servers: what is kept of them, what is not, and what becomes of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.hub.listings.model import short_id
from server.hub.reports.model import MAX_OPEN_OF_HOST
from server.storage.queries import Query
from tests.fediverse import paths_in
from tests.people import text_on
from tests.server.hub.desk_world import GARDEN, Desk

pytestmark = pytest.mark.anyio

HUB = "https://hub.example/actors/hub"


def flag(number: int = 1, *objects: Any, host: str = "mastodon.example", **members: Any) -> dict[str, Any]:
    """As Mastodon sends it: by the actor of the server, the account and its posts by their ids."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"https://{host}/reports/{number}",
        "type": "Flag",
        "actor": f"https://{host}/users/instance.actor",
        "content": "Please take a look at this account and its posts",
        "object": list(objects) or [GARDEN],
        "to": GARDEN,
        **members,
    }


async def send(desk: Desk, document: dict[str, Any], host: str = "mastodon.example") -> int:
    neighbour = desk.fediverse.neighbour(host)
    account = neighbour.account("instance.actor", kind="Application")
    answer = await neighbour.send(account, "https://hub.example/inbox", {**document, "actor": account.id})
    return answer.status_code


async def open_reports(desk: Desk) -> int:
    return (await desk.hub.rows())["hub_reports"]


async def test_a_report_waits_with_its_words_and_what_it_is_about(desk: Desk) -> None:
    await desk.admit()
    (uri,) = await desk.publish("Plant a tree")
    assert (
        await send(
            desk, flag(1, GARDEN, uri, "https://elsewhere.example/1", content="Li\u202ees <b>here</b>")
        )
        == 202
    )
    menu = (await desk.editor.get("/desk/hub")).text
    assert "1 report" in menu
    page = await desk.editor.get(f"/desk/hub/reports/{short_id('https://mastodon.example/reports/1')}")
    words = text_on(page)
    for expected in ("mastodon.example", "Plant a tree", "Garden"):
        assert expected in words
    assert "Lies &lt;b&gt;here&lt;/b&gt;" in page.text
    assert "elsewhere.example" not in words


async def test_of_the_reporter_only_the_server_is_kept(desk: Desk) -> None:
    """Some servers sign with the account of the person who complained."""
    await desk.admit()
    neighbour = desk.fediverse.neighbour("pleroma.example")
    anna = neighbour.account("anna")
    document = {**flag(1, host="pleroma.example"), "actor": anna.id}
    assert (await neighbour.send(anna, "https://hub.example/inbox", document)).status_code == 202
    assert await open_reports(desk) == 1
    assert "anna" not in text_on(await desk.editor.get("/desk/hub/reports"))
    assert b"users/anna" not in desk.hub.stored()


@pytest.mark.parametrize(
    "objects",
    [
        ["https://elsewhere.example/users/1"],
        ["https://garden.example/calls/none"],
        [42, None, {"type": "Note"}, "javascript:alert(1)"],
        [{"id": "https://garden.example/"}],
    ],
)
async def test_what_is_about_nothing_of_ours_leaves_no_row(desk: Desk, objects: list[Any]) -> None:
    await desk.admit()
    assert await send(desk, flag(1, *objects)) == 202
    assert await open_reports(desk) == 0


@pytest.mark.parametrize(
    "members",
    [
        {"content": None},
        {"content": ["a", "b"]},
        {"content": {"text": "x"}},
        {"content": "x" * 100_000},
        {"object": GARDEN},
        {"object": {"id": GARDEN, "type": "Organization"}},
        {"object": [HUB]},
        {"object": [GARDEN] * 100},
    ],
)
async def test_other_shapes_are_read_within_bounds(desk: Desk, members: dict[str, Any]) -> None:
    await desk.admit()
    assert await send(desk, {**flag(1), **members}) == 202
    assert await open_reports(desk) == 1
    page = await desk.editor.get(f"/desk/hub/reports/{short_id('https://mastodon.example/reports/1')}")
    assert page.status_code == 200
    assert len(page.text) < 20_000


async def test_too_many_objects_are_malformed(desk: Desk) -> None:
    await desk.admit()
    assert await send(desk, flag(1, *[f"https://x.example/{n}" for n in range(5000)])) in (202, 400)
    assert await open_reports(desk) == 0


async def test_the_same_report_counts_once_and_no_server_fills_the_queue(desk: Desk) -> None:
    await desk.admit()
    assert await send(desk, flag(1)) == 202
    assert await send(desk, flag(1)) == 202
    assert await open_reports(desk) == 1
    for number in range(2, MAX_OPEN_OF_HOST + 5):
        assert await send(desk, flag(number)) == 202
    assert await open_reports(desk) == MAX_OPEN_OF_HOST
    assert await send(desk, flag(1, host="other.example"), "other.example") == 202
    assert await open_reports(desk) == MAX_OPEN_OF_HOST + 1


async def test_an_applicant_cannot_be_reported_to_find_out_that_it_applied(desk: Desk) -> None:
    await desk.apply()
    assert await send(desk, flag(1)) == 202
    assert await open_reports(desk) == 0


async def test_a_report_is_closed_with_a_note(desk: Desk) -> None:
    await desk.admit()
    await send(desk, flag(1))
    path = f"/desk/hub/reports/{short_id('https://mastodon.example/reports/1')}"
    assert (await desk.editor.post(path, outcome="", reason="")).status_code == 422
    assert (await desk.editor.post(path, outcome="dismissed", reason="Nothing in it")).status_code == 303
    assert (await desk.editor.post(path, outcome="settled", reason="twice")).status_code == 303
    log = [(d.act, d.reason, d.about, d.name) for d in await desk.log()]
    assert log[1:] == [("dismiss-report", "Nothing in it", "mastodon.example", "Garden")]
    desk.fediverse.clock.advance(days=91)
    await desk.fediverse.settle()
    assert await open_reports(desk) == 0


async def test_a_report_is_passed_on_and_names_nobody(desk: Desk) -> None:
    await desk.admit()
    (uri,) = await desk.publish("Plant a tree")
    await send(desk, flag(1, GARDEN, uri, content="Anna Schmidt says they lie"))
    path = f"/desk/hub/reports/{short_id('https://mastodon.example/reports/1')}"
    shown = await desk.editor.get(f"{path}/forward")
    assert "Anna Schmidt says they lie" in text_on(shown)
    assert (await desk.editor.post(f"{path}/forward", content="", reason="")).status_code == 422
    assert (await desk.editor.post(f"{path}/forward", content="They lie", reason="")).status_code == 303
    await desk.fediverse.settle()
    assert (await desk.editor.post(f"{path}/forward", content="They lie", reason="")).status_code == 404
    assert [d.act for d in await desk.log()][1:] == ["forward-report"]
    query = Query("", "SELECT document FROM activities", "", Path())
    sent = await desk.hub.services.database.read(lambda tx: tx.all(query))
    (document,) = [json.loads(row["document"]) for row in sent if '"Flag"' in (row["document"] or "")]
    assert document["actor"] == "https://hub.example/actor"
    assert document["object"] == [GARDEN, uri]
    assert document["content"] == "They lie"
    assert not [
        text for text in paths_in(document) if "Anna" in text or "Robin" in text or "mastodon.example" in text
    ]
    assert (await desk.hub.get(document["id"], accept="application/activity+json")).status_code == 404
    stats = await desk.hub.stats()
    assert stats["deliveries_failed"] == 0
    assert stats["deliveries_pending"] == 0


async def test_a_report_about_the_hub_itself_can_be_read_and_goes_nowhere(desk: Desk) -> None:
    await send(desk, flag(1, HUB))
    path = f"/desk/hub/reports/{short_id('https://mastodon.example/reports/1')}"
    assert "This hub itself" in text_on(await desk.editor.get(path))
    assert (await desk.editor.get(f"{path}/forward")).status_code == 404

"""Blocks where there is a directory: what they end, lists that are taken over at the desk, and the log."""

import base64
from collections.abc import Sequence

import httpx2
import pytest

from federation.errors import Forbidden
from server.fediverse import moderation
from server.hub.announcements import actions as announcements
from server.hub.announcements.store import WaitingCall
from tests.browsing import form_on
from tests.fediverse import Fediverse, _sql
from tests.people import person, text_on
from tests.server.hub.desk_world import AT, GARDEN, Desk

pytestmark = pytest.mark.anyio

IMPORT = "/desk/hub/blocks/import"
LIST = (
    b"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
    b"spam.example,suspend,false,false,Advertisements,false\n"
    b"garden.example,suspend,false,false,,false\n"
    b"known.example,suspend,false,false,,false\n"
    b"loud.example,silence,false,false,,false\n"
    b"hub.example,suspend,false,false,,false\n"
    b"not a host,suspend,false,false,,false\n"
)


async def targets(desk: Desk) -> list[str]:
    return list((await desk.hub.command("block.list"))["lines"])


async def total(desk: Desk, what: str) -> int:
    return int((await desk.hub.get(what)).json()["total"])


async def send_list(desk: Desk, page: httpx2.Response) -> httpx2.Response:
    """The second form as it stands on the page."""
    address, fields, _ = form_on(page, IMPORT)
    assert address == IMPORT
    sent: dict[str, Sequence[str]] = {}
    for name, value in fields:
        sent[name] = [*sent.get(name, ()), value]
    return await desk.editor.send(address, sent)


@pytest.mark.parametrize("target", ["garden.example", "example.org"])
async def test_everything_of_a_blocked_server_leaves_the_directory_at_once(
    fediverse: Fediverse, desk: Desk, target: str
) -> None:
    """CVE-2026-23961: nothing shown, nothing announced, the boosts taken back, and each end in the log."""
    reader = fediverse.neighbour("reader.example")
    await reader.follow(reader.account("ann"), await desk.hub.document("/actors/hub"))
    await desk.publish("Plant a tree")
    await desk.admit()
    assert "Announce" in reader.types()
    await desk.hub.command("block.add", target=target)
    hit = target == "garden.example"
    for what in ("/directory.json", "/calls.json"):
        assert await total(desk, what) == (0 if hit else 1)
    for path in ("/feed.atom", "/directory.json", "/calls.json"):
        assert ("garden.example" in (await desk.hub.get(path)).text) is not hit, path
    await fediverse.settle()
    assert ("Undo" in reader.types()) is hit
    assert await desk.acts() == ["admit", "block", *["remove"] * hit]


async def test_a_block_of_a_domain_ends_listings_of_its_subdomains(desk: Desk) -> None:
    below = await desk.fediverse.add("a.b.evil.example", roles=["initiative"])
    await below.command("initiative.add", handle="garden", name="Below")
    await below.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await desk.hub.command("hub.admit", target="@garden@a.b.evil.example")
    await desk.fediverse.settle()
    assert await total(desk, "/directory.json") == 1
    await desk.hub.command("block.add", target="evil.example")
    assert await total(desk, "/directory.json") == 0
    assert await desk.acts() == ["admit", "block", "remove"]


async def test_nothing_waits_for_a_blocked_server(desk: Desk) -> None:
    """The Undo that ends a listing is written, and not sent."""
    await desk.admit()
    await desk.hub.command("block.add", target="garden.example")
    rows = await desk.hub.services.database.read(
        lambda tx: tx.all(
            _sql("SELECT * FROM deliveries WHERE state = 'pending' AND origin = 'https://garden.example'")
        )
    )
    assert rows == []


async def test_an_account_blocked_alone_learns_that_its_listing_has_ended(desk: Desk) -> None:
    await desk.admit()
    await desk.hub.command("block.add", target=GARDEN)
    await desk.fediverse.settle()
    applications = await desk.garden.services.database.read(
        lambda tx: tx.all(_sql("SELECT state FROM hub_applications"))
    )
    assert [row["state"] for row in applications] == ["removed"]


async def test_a_call_is_not_announced_when_its_author_was_blocked_during_the_probe(desk: Desk) -> None:
    [uri] = await desk.publish("Plant a tree")
    await desk.admit()
    here, now = desk.hub.services.here, desk.fediverse.clock.now()
    body = (await here.client.fetch_document(uri)).body
    database = desk.hub.services.database
    await database.write(lambda tx: tx.run(_sql("DELETE FROM hub_announcements")))
    await database.write(lambda tx: moderation.block(tx, "https://garden.example", now))
    call = WaitingCall(uri, GARDEN)
    assert not await database.write(lambda tx: announcements.announce(tx, here, call, body, now))


async def test_a_blocked_server_is_not_probed_read_or_taken_in_again(desk: Desk) -> None:
    [uri] = await desk.publish("Plant a tree")
    await desk.admit()
    await desk.hub.command("block.add", target="garden.example")
    with pytest.raises(Forbidden, match="blocked"):
        await desk.hub.services.here.client.fetch_document(uri)
    await desk.garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await desk.fediverse.settle()
    await desk.hub.command("hub.admit", target=AT)
    await desk.fediverse.settle()
    assert await total(desk, "/directory.json") == 0


async def test_a_restored_directory_is_swept_at_the_start(desk: Desk) -> None:
    await desk.publish("Plant a tree")
    await desk.admit()
    await desk.hub.services.database.write(
        lambda tx: tx.run(
            _sql("INSERT INTO blocks (target, created_at) VALUES ('https://garden.example', 0)")
        )
    )
    await desk.hub.stop()
    await desk.hub.start()
    assert await total(desk, "/calls.json") == 0
    assert (await desk.acts())[-1] == "remove"


async def test_a_list_is_shown_before_anything_is_done_and_then_done_at_once(desk: Desk) -> None:
    await desk.publish("Plant a tree")
    await desk.admit()
    await desk.hub.command("block.add", target="known.example")
    before = await desk.hub.rows()
    page = await desk.editor.upload(IMPORT, "file", LIST, "text/csv")
    assert page.status_code == 200
    words = text_on(page)
    for expected in (
        "2 servers are new",
        "1 is blocked already",
        "1 is left out: only limited or noted there, not blocked",
        "1 is left out: this server itself",
        "line 7: this is no host",
        "This would be removed from the directory: Garden",
        "spam.example",
        "Block 2 servers",
    ):
        assert expected in words, words
    assert await desk.hub.rows() == before
    assert await targets(desk) == ["https://known.example"]
    answer = await send_list(desk, page)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/desk/hub/blocks")
    assert await targets(desk) == ["https://garden.example", "https://known.example", "https://spam.example"]
    assert await total(desk, "/calls.json") == 0
    assert desk.hub.services.here.blocklist.refuses("a.spam.example")
    log = await desk.log()
    assert [(d.act, d.by) for d in log[2:]] == [("import-blocks", "Robin"), ("remove", "Robin")]
    assert log[2].about.startswith("2, SHA-256 ")
    shown = text_on(await desk.editor.get("/desk/hub/blocks"))
    assert "Advertisements" in shown
    again = await send_list(desk, page)
    assert again.status_code == 303
    assert len(await desk.log()) == len(log)


async def test_a_list_of_thousands_travels_through_the_second_form(desk: Desk) -> None:
    text = "#domain\n" + "".join(f"spam{number}.with-a-long-name.example.org\n" for number in range(5000))
    page = await desk.editor.upload(IMPORT, "file", text.encode(), "text/csv")
    assert "and 4800 more" in text_on(page)
    address, fields, _ = form_on(page, IMPORT)
    pieces = [value for name, value in fields if name == "list"]
    assert len(pieces) > 1
    answer = await desk.editor.upload(address, "nothing", b"", "text/plain", list=pieces)
    assert answer.status_code == 303
    assert len(await targets(desk)) == 5000


async def test_who_signed_in_again_in_between_sees_the_list_again(desk: Desk) -> None:
    page = await desk.editor.upload(IMPORT, "file", b"spam.example\n", "text/csv")
    _, fields, _ = form_on(page, IMPORT)
    again = await desk.editor.send(IMPORT, {"_csrf": "of another session", "list": dict(fields)["list"]})
    assert again.status_code == 403
    assert "Block 1 server" in text_on(again)
    assert await targets(desk) == []
    assert (await send_list(desk, again)).status_code == 303
    assert await targets(desk) == ["https://spam.example"]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "Choose the file"),
        (b"PK\x03\x04 a spreadsheet", "This file is no text"),
    ],
)
async def test_what_is_no_list_is_said_beside_the_field(desk: Desk, file: bytes, sentence: str) -> None:
    page = await desk.editor.upload(IMPORT, "file", file, "text/csv")
    assert page.status_code == 422
    assert sentence in text_on(page)
    assert 'id="file-error"' in page.text


async def test_a_list_that_brings_nothing_new_has_no_button(desk: Desk) -> None:
    await desk.hub.command("block.add", target="spam.example")
    page = await desk.editor.upload(IMPORT, "file", b"spam.example\nhub.example\n", "text/csv")
    assert "There is nothing to do" in text_on(page)
    assert 'name="list"' not in page.text


async def test_only_editors_who_gave_their_passphrase_lately_import(desk: Desk) -> None:
    stale = await person(desk.hub, fresh=False)
    assert (await stale.get(IMPORT)).status_code != 200
    assert (await desk.editor.get(IMPORT)).status_code == 200


async def test_the_command_line_of_a_hub_imports_too(desk: Desk) -> None:
    await desk.admit()
    said = await desk.hub.command("block.import", list=base64.b64encode(LIST).decode())
    assert (said["added"], said["known"]) == (3, 0)
    assert await desk.acts() == ["admit", "import-blocks", "remove"]
    assert desk.hub.services.here.blocklist.refuses("spam.example")

"""SAFETY 1.4, R17: whoever asks, errs, sends forged letters or uploads a picture leaves nothing behind unknowingly.

One passer-by opens every door of two real processes, and then the bytes of their files and of what they printed are
searched. tests/conftest.py does the same for everything else the suite makes, at its end.
"""

import asyncio
import base64
import io
import json
import sqlite3
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyotp
import pytest
from PIL import Image
from starlette.routing import BaseRoute

from server.app import close_services, create_app, open_services
from server.control.client import ask
from server.roles import features_of
from tests import traces
from tests.doors.conftest import Served
from tests.doors.passer_by import MARK, WORDS, PasserBy, Sent, forms_on, pictures
from tests.doors.stranger import Account, Stranger
from tests.peers.instance import wait_until

SECOND_STEP = "/desk/account/second-step"
PASSPHRASE = f"{traces.MARK} winter boat lantern"

TO_BE_KEPT = "zqxkept"
"""Stands in a call that is published: what is meant to be kept is found, so that the search is known to see."""

BARE_PNG = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


@dataclass
class World:
    """A hub that also has initiatives, and an initiative's own server that it lists; `routes` are the hub's."""

    hub: Served
    garden: Served
    routes: list[BaseRoute]
    names: dict[str, str]
    uploads: Mapping[str, bytes]
    folder: Path
    passer_by: PasserBy
    owner: PasserBy
    pages_of_owner: list[str] = field(default_factory=list)
    forms: list[Sent] = field(default_factory=list)
    found_while_running: list[str] = field(default_factory=list)
    seen_while_running: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """All of it happens here; the tests look at what is left. Both servers have ended by then."""
    folder = tmp_path_factory.mktemp("traces")
    hub = Served(folder / "hub", 24, "initiative,hub", "Hub")
    garden = Served(folder / "garden", 25, "initiative", "Garden")
    world = World(
        hub,
        garden,
        asyncio.run(routes_of(hub.directory)),
        names={},
        uploads=pictures(),
        folder=folder,
        passer_by=PasserBy(hub.authority),
        owner=PasserBy(hub.authority),
    )
    temporary = folder / "temporary"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as environment, Stranger(26) as stranger:
        # What a server writes beside its own directory is looked at as well.
        environment.setenv("TMPDIR", str(temporary))
        with hub, garden:
            live_through(world, stranger)
    return world


def live_through(world: World, stranger: Stranger) -> None:
    settle_in(world, stranger)
    send_letters(world, stranger)
    sign_up(world.hub, world.owner)
    sign_in_badly(world.passer_by)
    ask_the_way(world, stranger)
    upload_in_the_browser(world)
    pages = world.passer_by.try_every_door(world.routes, world.names, world.uploads["jpg"])
    world.pages_of_owner = world.owner.try_every_door(world.routes, world.names, world.uploads["jpg"])
    world.forms = world.passer_by.fill_in_every_form(pages)
    break_down(world.garden)
    world.found_while_running = traces.scan(world.folder)
    world.seen_while_running = traces.scan(world.folder, traces.forms_of(TO_BE_KEPT))


async def routes_of(directory: Path) -> list[BaseRoute]:
    """All there are, of the application as it is served: what is added later is tried by itself."""
    services = await open_services(directory)
    try:
        app = create_app(services, features_of(services.here.settings), with_workers=False)
        while not hasattr(app, "routes"):
            app = app.app  # type: ignore[attr-defined] # each wrapper keeps what it wraps under this name
        return list(app.routes)
    finally:
        await close_services(services)


def settle_in(world: World, stranger: Stranger) -> None:
    """Initiatives with pictures that tell where and by whom they were taken: uploaded, and fetched by the hub."""
    hub, garden = world.hub, world.garden
    planted = world.folder / traces.PLANTED
    planted.mkdir()
    camera = stranger.account("camera", "Organization")
    stranger.files["/camera.jpg"] = ("image/jpeg", world.uploads["jpg"])
    camera.say(
        icon={
            "type": "Image",
            "mediaType": "image/jpeg",
            "url": f"{stranger.origin}/camera.jpg",
            "name": "us",
        }
    )
    for server, handle, ending in ((hub, "own", "png"), (hub, "second", "webp"), (garden, "garden", "jpg")):
        icon = planted / f"{handle}.{ending}"
        icon.write_bytes(world.uploads[ending])
        tell(server, "initiative.add", handle=handle, name=handle.title())
        server.command("initiative", "edit", handle, icon=str(icon), icon_alt="A drawing")
        tell(server, "hub.apply", handle=handle, hub=f"@hub@{hub.authority}")
        tell(hub, "hub.admit", target=f"@{handle}@{server.authority}")
    tell(hub, "hub.admit", target=camera.id)
    assert camera.post(hub.inbox, camera.activity("Follow", hub.hub)).status == 202
    wait_until(lambda: len(pictures_of(hub)) == 6, "the hub has not fetched all icons", 30, hub.log)
    call = garden.command(
        "call", "publish", "garden", title="Water", text=f"On Sunday. {TO_BE_KEPT}"
    ).split()[-1]
    wait_until(lambda: call in str(hub.get("/calls.json")), "the call is not listed", 30, hub.log)
    own = tell(hub, "call.publish", handle="own", title="Dig", text="On Monday.")["uri"]
    [listed] = [item for item in hub.get("/directory.json")[1]["items"] if "@garden@" in item["handle"]]
    world.names |= {
        "handle": "own",
        "call_id": urlsplit(own).path.rpartition("/")[2],
        "listing_id": urlsplit(listed["page"]).path.rpartition("/")[2],
        "name": pictures_of(hub)[0].name,
    }


def tell(server: Served, command: str, **arguments: Any) -> Any:
    """A command, without the second that starting the program takes."""
    return ask(server.directory / "control.sock", command, arguments)


def pictures_of(server: Served) -> list[Path]:
    return sorted((server.directory / "media").glob("*.*"))


def send_letters(world: World, stranger: Stranger) -> None:
    """What inboxes refuse is kept as little as who liked something, or has stopped following."""
    hub = world.hub
    passer_by = stranger.account(f"{traces.MARK}-passer-by")
    like = passer_by.activity("Like", hub.hub, content=f"<p>{traces.MARK}</p>")
    assert passer_by.post(hub.inbox, like).status == 202
    for inbox in (hub.inbox, f"{hub.hub}/inbox", f"{hub.origin}/actors/own/inbox"):
        world.passer_by.statuses[send(world, passer_by, inbox)] += 1
    for status, body, how in (
        (401, json.dumps(like).encode(), {"digest_of": b"other"}),
        (400, b'{"type": "' + MARK, {}),
        (415, MARK, {"content_type": "text/plain"}),
        (413, MARK * 40_000, {}),
        (403, json.dumps(like | {"id": f"http://{traces.MARK}.example/1"}).encode(), {}),
    ):
        assert passer_by.post(hub.inbox, body, **how).status == status


def send(world: World, passer_by: Account, inbox: str) -> int:
    """A letter that is well signed but for one byte of it, with all the marks of the passer-by."""
    body = json.dumps(passer_by.activity("Create", {"type": "Note", "content": traces.MARK})).encode()
    headers = passer_by.signed(inbox, body)
    return world.passer_by.ask("POST", urlsplit(inbox).path, headers, body + b" ").status


def sign_up(hub: Served, owner: PasserBy) -> None:
    """The first account, with a second step; signed out, and in again."""
    link = urlsplit(hub.command("setup-link").split()[-1]).path
    made = owner.fill_in(link, name="Olena", secret_new=PASSPHRASE, secret_again=PASSPHRASE)
    assert made.status in (200, 303)
    [form] = [
        form for form in forms_on(owner.ask("GET", SECOND_STEP), SECOND_STEP) if "secret_totp" in form.names
    ]
    secret = dict(form.untouched())["secret_totp"]
    code = pyotp.TOTP(secret)
    added = owner.fill_in(SECOND_STEP, secret_totp=secret, secret_code=code.now())
    assert added.status in (200, 303)
    assert owner.fill_in("/desk").status == 303
    assert owner.ask("GET", "/desk/account").status == 303
    assert owner.fill_in("/sign-in", name="Olena", secret_passphrase=PASSPHRASE).status == 200
    assert owner.fill_in("/sign-in/second-step", secret_code=traces.MARK).status == 401
    # The code of this half minute is used up; clocks may differ by one.
    assert (
        owner.fill_in("/sign-in/second-step", secret_code=code.at(int(time.time()) + code.interval)).status
        == 303
    )
    assert owner.ask("GET", "/desk/account").status == 200


def sign_in_badly(somebody: PasserBy) -> None:
    """By a name that there is and one that there is not, with words that may be somebody's passphrase elsewhere."""
    for name in ("Olena", traces.MARK):
        assert somebody.fill_in("/sign-in", name=name, secret_passphrase=WORDS).status == 401


def upload_in_the_browser(world: World) -> None:
    """The picture of an initiative that had another one before, which is on its way out."""
    before = pictures_of(world.hub)
    page = "/desk/@second/profile"
    chosen = {"place_choice": "undisclosed", "act": "save"}
    sent = world.owner.upload(page, "icon", world.uploads["jpg"], **chosen)
    assert sent.status == 303
    assert set(pictures_of(world.hub)) - set(before)


def ask_the_way(world: World, stranger: Stranger) -> None:
    """Whoever wants to follow from a server of their own says who they are there; that server is asked."""
    page = f"/open?{urlencode({'what': f'@own@{world.hub.authority}'})}"
    assert world.passer_by.fill_in(page, server=f"@{traces.MARK}@{stranger.authority}").status == 422
    assert any(traces.MARK in asked for asked in stranger.asked)


def break_down(garden: Served) -> None:
    """A 500 with a traceback: a table is not there any more, as after a mistake of ours."""
    with closing(sqlite3.connect(garden.directory / "antipole.sqlite3")) as database:
        database.execute("ALTER TABLE initiatives RENAME TO lost")
    witness = PasserBy(garden.authority)
    answer = witness.ask("GET", f"/@garden?lang={traces.MARK}&q={traces.MARK}", {"accept": "text/html"})
    assert answer.status == 500


def test_nothing_of_it_is_in_any_file(world: World) -> None:
    """Databases, write-ahead logs, pictures, and what both servers printed."""
    assert world.found_while_running == []
    assert traces.scan(world.folder) == []


def test_the_search_sees_what_is_kept(world: World) -> None:
    """Or the test above would pass for a search in the wrong places."""
    parts = {Path(line.partition(": ")[0]).relative_to(world.folder) for line in world.seen_while_running}
    assert {part.parts[0] for part in parts} == {"hub", "garden"}
    assert any(part.name.startswith("antipole.sqlite3") for part in parts)
    looked_at = {str(file.relative_to(world.folder)) for file in traces.files_in(world.folder)}
    assert {"hub/antipole.sqlite3", "garden/antipole.sqlite3", "hub.log", "garden.log"} <= looked_at
    assert "Traceback" in world.garden.log.read_text()
    assert "Traceback" not in world.hub.log.read_text()


def test_the_passer_by_was_everywhere(world: World) -> None:
    """Every kind of answer was had, so every kind of mistake was possible."""
    statuses = world.passer_by.statuses
    assert {200, 400, 401, 404, 405, 415} <= set(statuses)
    assert 500 not in statuses
    assert sum(statuses.values()) > 5 * len(world.routes)
    assert {200, 403, 404} <= set(world.owner.statuses)
    assert 500 not in world.owner.statuses
    assert {"/desk", "/desk/account"} <= set(world.pages_of_owner)
    filled = {urlsplit(form.action).path for form in world.forms}
    assert {"/sign-in", "/search", "/initiatives"} <= filled


def test_pictures_are_kept_without_what_their_files_said(world: World) -> None:
    """Uploaded with EXIF, XMP, a profile, a comment and bytes behind the picture; every copy holds pixels alone."""
    assert all(traces.found_in(upload) for upload in world.uploads.values())
    copies = [*pictures_of(world.hub), *pictures_of(world.garden)]
    # Three initiatives' own and the hub's of all four; replaced ones are taken away in time.
    assert len(copies) >= 7
    for copy in copies:
        body = copy.read_bytes()
        assert {kind for kind, _ in chunks_of(body)} <= BARE_PNG
        with Image.open(io.BytesIO(body)) as picture:
            assert len(picture.getcolors(100_000) or ()) > 10
            assert not picture.getexif()


def chunks_of(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of every chunk; nothing may follow the last."""
    position = 8
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        yield kind, png[position + 8 : position + 8 + length]
        position += 12 + length
    assert position == len(png)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A place that the search at the end of the suite passes over."""
    place = tmp_path / traces.PLANTED
    place.mkdir()
    return place


@pytest.mark.parametrize("text", [traces.USER_AGENT, traces.REFERRER, traces.CLIENT, traces.LANGUAGE])
@pytest.mark.parametrize(
    "kept",
    [
        str.encode,
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode().hex().encode(),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.b64encode(b"x" + text.encode()),
        lambda text: base64.urlsafe_b64encode(b"xy" + text.encode() + b"zz"),
    ],
)
def test_the_search_finds_what_was_planted_however_it_is_kept(planted: Path, text: str, kept: object) -> None:
    assert callable(kept)
    (planted / "log").write_bytes(b"\x00\xff" * 50 + kept(text) + b"\n")
    assert len(traces.scan(planted)) >= 1
    (planted / "log").write_bytes(kept("nobody was here"))
    assert traces.scan(planted) == []


def test_the_search_finds_it_in_a_database_its_log_a_name_and_across_parts(planted: Path) -> None:
    with closing(sqlite3.connect(planted / "d.sqlite3")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE visits (agent TEXT)")
        database.execute("INSERT INTO visits VALUES (?)", (traces.USER_AGENT,))
        database.commit()
        assert [line.partition(": ")[0] for line in traces.scan(planted)] == [f"{planted}/d.sqlite3-wal"]
    assert [line.partition(": ")[0] for line in traces.scan(planted)] == [f"{planted}/d.sqlite3"]
    (planted / "d.sqlite3").unlink()
    for before in range(traces.CHUNK - len(MARK) - 1, traces.CHUNK + 2):
        (planted / "log").write_bytes(bytes(before) + MARK)
        assert traces.scan(planted)
    (planted / "log").unlink()
    (planted / f"visit-of-{traces.MARK}").touch()
    assert traces.scan(planted)

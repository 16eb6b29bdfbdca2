"""Pictures through the desk's form (CON-05, CON-06, CON-07): made anew in a child process, or refused with a reason."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person, text_on
from tests.server.initiative.desk import DESK, a_garden, errors_on, fields_on, sendable

pytestmark = pytest.mark.anyio

PAGE = f"{DESK}/profile"
MARK = b"secret-camera"


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    return await a_garden(fediverse)


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


def media(node: Node) -> list[Path]:
    folder = node.services.paths.media
    return sorted(folder.iterdir()) if folder.exists() else []


def picture(kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, kind, **options)
    return out.getvalue()


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    out = BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few KB that claims to be 65535 pixels square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 65535, 65535, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="https://evil.example/"/></svg>'
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
)


async def upload(editor: Person, body: bytes, **typed: str) -> "tuple[int, str]":
    words = sendable(await editor.get(PAGE), **{"act": "save", "icon_alt": "An apple tree", **typed})
    answer = await editor.upload(PAGE, "icon", body, **words)
    return answer.status_code, errors_on(answer).get("icon", "")


async def test_a_picture_is_made_anew_and_nothing_of_the_file_stays(node: Node, editor: Person) -> None:
    exif = Image.Exif()
    exif[0x010F] = MARK.decode()
    exif[0x8825] = {1: "N", 2: (51.0, 20.0, 23.0)}
    assert await upload(editor, picture(exif=exif, comment=MARK)) == (303, "")
    (kept,) = media(node)
    assert MARK not in kept.read_bytes()
    with Image.open(kept) as again:
        assert (again.format, len(again.getexif())) == ("PNG", 0)
    icon = (await node.document("/actors/garden"))["icon"]
    assert (icon["name"], icon["mediaType"]) == ("An apple tree", "image/png")
    assert icon["url"] in (await editor.get(PAGE)).text


@pytest.mark.parametrize(
    "body", [SVG, LAUGHS, b"GIF89a\x01\x00\x01\x00alert(1)", b"<html>", b"\x89PNG\r\n\x1a\n"]
)
async def test_con_05_what_is_no_picture_is_refused_with_a_reason(
    node: Node, editor: Person, body: bytes
) -> None:
    status, sentence = await upload(editor, body)
    assert status == 422
    assert "PNG" in sentence
    assert media(node) == []


@pytest.mark.parametrize("tail", [b"<?php system($_GET[0]);", b"PK\x03\x04zip", b"<script>alert(1)</script>"])
async def test_con_06_of_a_polyglot_only_the_picture_is_left(node: Node, editor: Person, tail: bytes) -> None:
    assert (await upload(editor, picture("PNG") + tail))[0] == 303
    (kept,) = media(node)
    assert tail not in kept.read_bytes()
    served = await node.get(f"/media/{kept.name}")
    assert served.headers["x-content-type-options"] == "nosniff"


async def test_con_07_a_bomb_is_refused_before_it_is_unpacked(node: Node, editor: Person) -> None:
    status, sentence = await upload(editor, bomb())
    assert (status, "4096" in sentence) == (422, True)
    assert media(node) == []


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_con_07_what_moves_is_refused(node: Node, editor: Person, kind: str) -> None:
    status, sentence = await upload(editor, animated(kind))
    assert (status, "animated" in sentence) == (422, True)
    assert media(node) == []


async def test_a_file_too_large_is_refused(node: Node, editor: Person) -> None:
    assert (await upload(editor, bytes(8 * 1024 * 1024 + 1)))[0] == 413
    assert media(node) == []


async def test_a_picture_needs_a_description(node: Node, editor: Person) -> None:
    words = sendable(await editor.get(PAGE), act="save", icon_alt="  ")
    answer = await editor.upload(PAGE, "icon", picture(), **words)
    assert "Describe the picture" in errors_on(answer)["icon_alt"]
    # The browser forgets the file, so the page says that it has to be chosen again.
    assert "Choose the picture again" in errors_on(answer)["icon"]
    assert media(node) == []


async def test_another_fields_mistake_does_not_lose_the_picture_silently(node: Node, editor: Person) -> None:
    status, sentence = await upload(editor, picture(), name="")
    assert (status, "Choose the picture again" in sentence) == (422, True)
    assert media(node) == []


async def test_a_preview_keeps_no_picture_and_says_so(node: Node, editor: Person) -> None:
    words = sendable(await editor.get(PAGE), act="preview", icon_alt="Tree")
    answer = await editor.upload(PAGE, "icon", picture(), **words)
    assert answer.status_code == 200
    assert "choose it again before you save" in text_on(answer)
    assert media(node) == []


async def test_a_new_picture_replaces_the_old_file_and_removing_leaves_none(
    node: Node, editor: Person
) -> None:
    await upload(editor, picture())
    (first,) = media(node)
    await upload(editor, picture("PNG"))
    (second,) = media(node)
    assert first != second
    page = await editor.get(PAGE)
    assert fields_on(page)["icon_alt"] == ["An apple tree"]
    # Its description may change by itself, but not go while the picture stays.
    assert (await editor.post(PAGE, **sendable(page, act="save", icon_alt="A pear tree"))).status_code == 303
    assert (await node.document("/actors/garden"))["icon"]["name"] == "A pear tree"
    refused = await editor.post(PAGE, **sendable(await editor.get(PAGE), act="save", icon_alt=""))
    assert "icon_alt" in errors_on(refused)
    removed = sendable(await editor.get(PAGE), act="save", icon_remove="yes", icon_alt="")
    assert (await editor.post(PAGE, **removed)).status_code == 303
    assert "icon" not in await node.document("/actors/garden")
    assert media(node) == []


async def test_of_a_picture_that_came_too_late_no_file_stays(node: Node, editor: Person) -> None:
    """Somebody else saved meanwhile: nothing of the transaction, and no picture, is left behind."""
    status, sentence = await upload(editor, picture(), seen="1")
    assert (status, "Choose the picture again" in sentence) == (409, True)
    assert media(node) == []

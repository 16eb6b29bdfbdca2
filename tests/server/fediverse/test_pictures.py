"""Pictures: what is taken, what is refused, and what stays behind (SAFETY CON-05..07)."""

import asyncio
import io
import struct
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from server.fediverse.pictures import (
    Picture,
    PictureRefused,
    actions,
    reencode,
    reencode_in_turn,
    remove,
    save,
)

SECRET = b"sentinel-of-the-camera"


def encoded(form: str, size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **options)
    return out.getvalue()


def with_metadata(form: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()  # the maker of the camera
    exif[0x8825] = {1: "N", 2: (50.0, 27.0, 0.0)}  # where it was taken
    options: dict[str, Any] = {"exif": exif.tobytes()}
    if form == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", SECRET.decode())
        info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        options["pnginfo"] = info
    if form == "JPEG":
        options["comment"] = SECRET
    if form == "WEBP":
        options["xmp"] = SECRET
    return encoded(form, **options)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_nothing_but_what_it_shows_is_kept(form: str) -> None:
    given = with_metadata(form)
    assert SECRET in given
    picture = reencode(given)
    assert SECRET not in picture.body
    assert (picture.media_type, picture.width, picture.height) == ("image/png", 40, 20)
    with Image.open(io.BytesIO(picture.body)) as again:
        assert again.format == "PNG"
        assert dict(again.getexif()) == {}
        assert again.info == {}
        red, green, _ = again.convert("RGB").getpixel((5, 5))  # type: ignore[misc]  # RGB pixels are tuples
        assert red > 180
        assert green < 60


def test_what_was_glued_behind_the_picture_is_gone() -> None:
    polyglot = encoded("PNG") + b"PK\x03\x04<?php echo 1; ?><script>alert(1)</script>"
    body = reencode(polyglot).body
    assert b"php" not in body
    assert b"script" not in body
    assert body.endswith(b"IEND\xaeB`\x82")


def test_it_is_turned_upright_before_the_note_about_it_is_thrown_away() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held sideways
    picture = reencode(encoded("JPEG", exif=exif.tobytes()))
    assert (picture.width, picture.height) == (20, 40)


def test_a_large_one_is_made_smaller() -> None:
    picture = reencode(encoded("PNG", (3000, 1500)))
    assert (picture.width, picture.height) == (512, 256)


def test_transparency_stays() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(reencode(out.getvalue()).body)) as again:
        assert again.mode == "RGBA"


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that promises `width` by `height` pixels."""
    body = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + body
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    parts = [struct.pack(">I", len(body)) + chunk + struct.pack(">I", zlib.crc32(chunk))]
    parts.append(struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def animated() -> bytes:
    frames = [Image.new("RGB", (8, 8), (n, n, n)) for n in (10, 200)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SVG, "PNG, JPEG or WebP"),
        (b"", "PNG, JPEG or WebP"),
        (b"GIF89a" + b"\0" * 100, "PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + SVG, "PNG, JPEG or WebP"),
        (b"RIFF\x10\0\0\0WAVEfmt " + b"\0" * 100, "PNG, JPEG or WebP"),
        (encoded("PNG")[:60], "PNG, JPEG or WebP"),
        (png_header(65_535, 65_535), "4096"),
        (png_header(4_097, 1), "4096"),
        (encoded("PNG", (4_097, 4)), "4096"),
        (animated(), "animated"),
        (b"\xff\xd8\xff" + b"\0" * (8 * 1024 * 1024), "8 MB"),
    ],
)
def test_what_is_refused_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(PictureRefused) as refusal:
        reencode(data)
    sentence = str(refusal.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert sentence.count(".") == 1


def test_a_picture_of_the_largest_size_is_still_taken() -> None:
    picture = reencode(encoded("JPEG", (4096, 4096)))
    assert (picture.width, picture.height) == (512, 512)


def test_names_are_random_and_files_are_whole(tmp_path: Path) -> None:
    media = tmp_path / "media"
    picture = reencode(encoded("PNG"))
    names = {save(media, picture) for _ in range(3)}
    assert len(names) == 3
    assert {file.name for file in media.iterdir()} == names
    assert all((media / name).read_bytes() == picture.body for name in names)
    gone = names.pop()
    remove(media, gone)
    remove(media, gone)
    remove(media, "../" + tmp_path.name)
    assert {file.name for file in media.iterdir()} == names


@pytest.mark.anyio
async def test_however_many_come_two_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each child may need hundreds of megabytes."""
    running: list[int] = []
    most = 0
    lock = threading.Lock()

    def slow(data: bytes, *, side: int) -> Picture:
        nonlocal most
        with lock:
            running.append(side)
            most = max(most, len(running))
        time.sleep(0.02)
        with lock:
            running.pop()
        return Picture(data, "image/png", side, side)

    monkeypatch.setattr(actions, "reencode", slow)
    made = await asyncio.gather(*(reencode_in_turn(b"%d" % number) for number in range(12)))
    assert [picture.body for picture in made] == [b"%d" % number for number in range(12)]
    assert most == 2

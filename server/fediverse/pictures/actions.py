"""Re-encoding a picture and keeping it under a random name."""

import asyncio
import os
import secrets
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from server.fediverse.pictures import child
from server.taxonomy.words import N_

MAX_BYTES = 8 * 1024 * 1024
SECONDS = 15.0
ICON_SIDE = 512

MEDIA_TYPES = {"png": "image/png", "webp": "image/webp"}


_IN_TURN = ThreadPoolExecutor(2, thread_name_prefix="pictures")
"""A child may need some 200 MB: forty at once, which is what the usual threads would start, end a small server."""


class PictureRefused(Exception):
    """One sentence that says what is wrong with the picture and how to mend it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """New bytes made from pixels alone: nothing of the file that came in but what it shows."""

    body: bytes
    media_type: str
    width: int
    height: int


_SENTENCES = {
    child.EXIT_NOT_A_PICTURE: N_("This is not a picture we can read: use PNG, JPEG or WebP."),
    child.EXIT_TOO_LARGE: N_("The picture is too large: use one of at most 4096 by 4096 pixels."),
    child.EXIT_ANIMATED: N_("The picture is animated: use one that stands still."),
}
_BROKEN = N_("The picture could not be read: save it again as PNG and try once more.")


def reencode(data: bytes, *, side: int = ICON_SIDE) -> Picture:
    """A PNG of at most `side` pixels either way, made by a child process with bounded memory and time.

    Waits for the child: `reencode_in_turn` is what servers call, and never in a transaction. Raises `PictureRefused`.
    """
    if len(data) > MAX_BYTES:
        raise PictureRefused(N_("The picture is too large: use a file of at most 8 MB."))
    # -I: neither the environment nor the current directory has a say in what the child imports.
    command = [sys.executable, "-I", str(Path(child.__file__)), str(side)]
    try:
        done = subprocess.run(  # noqa: S603 - our own file, by a path of ours; the picture goes in on stdin
            command, input=data, capture_output=True, timeout=SECONDS, env={}, check=False, cwd="/"
        )
    except subprocess.TimeoutExpired:
        raise PictureRefused(_BROKEN) from None
    if done.returncode != 0 or len(done.stdout) < 8:
        raise PictureRefused(_SENTENCES.get(done.returncode, _BROKEN))
    width, height = struct.unpack(">II", done.stdout[:8])
    return Picture(done.stdout[8:], "image/png", width, height)


async def reencode_in_turn(data: bytes, *, side: int = ICON_SIDE) -> Picture:
    """`reencode`, two at a time and no more. Raises `PictureRefused`."""
    work = partial(reencode, data, side=side)
    return await asyncio.get_running_loop().run_in_executor(_IN_TURN, work)


def save(media_dir: Path, picture: Picture) -> str:
    """Keeps the picture under a random name and answers that name; no half-written file is ever visible
    (INT-07).
    """
    media_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ending = next(ending for ending, media_type in MEDIA_TYPES.items() if media_type == picture.media_type)
    name = f"{secrets.token_hex(16)}.{ending}"
    unfinished = media_dir / f".{name}"
    with open(unfinished, "xb") as file:
        file.write(picture.body)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(media_dir / name)
    return name


def remove(media_dir: Path, name: str) -> None:
    """Removes a picture nobody refers to any more."""
    (media_dir / Path(name).name).unlink(missing_ok=True)

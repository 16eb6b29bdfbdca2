"""`backup`: one file that holds all of an instance, made while the server runs.

The database is copied by SQLite itself, inside the one process that writes; unpacking the file into an empty
directory and running `antipole serve` on it is the whole restore.
"""

import asyncio
import contextlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.feature import Refusal
from server.paths import InstancePaths
from server.services import Services

WARNING = (
    "This file holds the private keys: whoever reads it can speak in the name of this instance. "
    "Keep it encrypted and away from this machine."
)


async def backup(services: Services, arguments: Mapping[str, Any]) -> Any:
    """{"file": absolute path} -> {"file": path, "notes": [the warning]}. Never overwrites."""
    target = Path(str(arguments.get("file", "")))
    if not target.is_absolute():
        raise Refusal("The backup's file must be an absolute path.")
    try:
        room = await asyncio.to_thread(_room_beside, target)
        try:
            copy = room / services.paths.database.name
            await services.database.copy_to(copy)
            await asyncio.to_thread(_pack, services.paths, copy, room / "packed", target)
        finally:
            await asyncio.to_thread(shutil.rmtree, room, ignore_errors=True)
    except FileExistsError:
        raise Refusal(f"{target} exists already: choose another name.") from None
    except OSError as error:
        raise Refusal(
            f"{target} cannot be written by the server ({error.strerror}): choose a file in a directory "
            f"it may write to, like {services.paths.directory / 'backup.tar'}."
        ) from error
    return {"file": str(target), "notes": [WARNING]}


def _room_beside(target: Path) -> Path:
    """A private directory on the target's own disk, so that the finished file appears there in one step."""
    if os.path.lexists(target):
        raise FileExistsError(target)
    return Path(tempfile.mkdtemp(prefix=".antipole-backup-", dir=target.parent))


def _pack(paths: InstancePaths, database: Path, packed: Path, target: Path) -> None:
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, database, paths.database.name)
            _add(tar, paths.settings, paths.settings.name)
            # Pictures come after the database: all that the copy names were there when it was made.
            # Those whose names begin with a dot are still being written.
            for picture in sorted(paths.media.glob("[!.]*")):
                # One that was deleted meanwhile is not missed.
                with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                    _add(tar, picture, f"{paths.media.name}/{picture.name}")
        file.flush()
        os.fsync(file.fileno())
    # Unlike a rename, a link never replaces a file that appeared meanwhile.
    os.link(packed, target)


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    with path.open("rb") as file:
        member = tar.gettarinfo(arcname=name, fileobj=file)
        member.mode = 0o600
        # Who owns the files here says nothing about where they are unpacked, and names a person.
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        tar.addfile(member, file)

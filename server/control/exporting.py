"""`export`: all of an instance in one file that either engine can take in, made while the server runs."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from server import settings
from server.control.moved_file import (
    FORMAT,
    MANIFEST,
    SETTINGS,
    Manifest,
    MovedTable,
    add_bytes,
    add_file,
    line_of,
)
from server.control.progress import Progress
from server.feature import Refusal
from server.services import Services
from server.storage.database import Row, Transaction
from server.storage.migrate import read_migrations
from server.storage.tables import Table, all_tables

PAGE = 500
WARNING = (
    "This file holds the private keys: whoever reads it can speak in the name of this instance. Keep it encrypted. "
    "What a running server takes in from now on is not in it: to move, end the server first."
)


def room_of(target: Path) -> Path:
    """Where an export into `target` is made; what an interrupted one left there is thrown away by the next."""
    return target.with_name(f".{target.name}.exporting")


async def export(services: Services, arguments: Mapping[str, Any]) -> Any:
    """{"file": absolute path} -> {"file": path, "rows": how many, "notes": [the warning]}. Never overwrites."""
    target = Path(str(arguments.get("file", "")))
    if not target.is_absolute():
        raise Refusal("The export's file must be an absolute path.")
    try:
        with _room(target) as room:
            tables = await asyncio.to_thread(all_tables)
            progress = Progress(room)
            moved = await services.database.read(lambda tx: _write_rows(tx, tables, room, progress))
            await asyncio.to_thread(_pack, services, moved, room, target)
    except FileExistsError:
        raise Refusal(f"{target} exists already: choose another name.") from None
    except OSError as error:
        raise Refusal(
            f"{target} cannot be written ({error.strerror}): choose a file in a directory that the server may write "
            "to and that has room for all of the instance."
        ) from error
    return {"file": str(target), "rows": sum(table.rows for table in moved), "notes": [WARNING]}


@contextlib.contextmanager
def _room(target: Path) -> Iterator[Path]:
    """A private directory on the target's own disk, so that the finished file appears there in one step."""
    if os.path.lexists(target):
        raise FileExistsError(target)
    room = room_of(target)
    room.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(room, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"{target} is being written by another export: wait for it.") from None
        for left in room.iterdir():
            left.unlink()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)
    finally:
        os.close(descriptor)


def _write_rows(tx: Transaction, tables: list[Table], room: Path, progress: Progress) -> list[MovedTable]:
    """One snapshot for all tables."""
    progress.begin(sum(table.count(tx) for table in tables))
    return [_write_table(tx, table, room, progress) for table in tables]


def _write_table(tx: Transaction, table: Table, room: Path, progress: Progress) -> MovedTable:
    written, rows = hashlib.sha256(), 0
    last: Row | None = None
    with open(room / f"{table.name}.jsonl", "wb", opener=_private) as file:
        while page := table.page(tx, last, PAGE):
            for row in page:
                line = line_of(table, row)
                file.write(line)
                written.update(line)
            last = page[-1]
            rows += len(page)
            progress.add(len(page))
    return MovedTable(table.name, table.columns, rows, written.hexdigest())


def _pack(services: Services, moved: list[MovedTable], room: Path, target: Path) -> None:
    pictures = sorted(path for path in services.paths.media.glob("[!.]*") if path.is_file())
    manifest = Manifest(FORMAT, read_migrations()[-1].number, tuple(moved), len(pictures))
    packed = room / "packed"
    with open(packed, "wb", opener=_private) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            add_bytes(tar, MANIFEST, manifest.written())
            add_bytes(tar, SETTINGS, settings.text_of(services.here.settings, with_database=False).encode())
            for table in moved:
                add_file(tar, f"rows/{table.name}.jsonl", room / f"{table.name}.jsonl")
            for picture in pictures:
                try:
                    add_file(tar, f"media/{picture.name}", picture)
                except FileNotFoundError:
                    raise Refusal("A picture was deleted while the file was made: export again.") from None
        file.flush()
        os.fsync(file.fileno())
    # Unlike a rename, a link never replaces a file that appeared meanwhile.
    os.link(packed, target)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

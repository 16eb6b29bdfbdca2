"""`import`: a new instance from the file that `export` wrote, on either engine.

An import that was interrupted goes on where it stopped when the same command is given again. Until it has ended the
directory has no settings, so it is no instance, and the database says that it is not whole, so none opens it.
"""

import contextlib
import itertools
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from federation.documents import JsonObject
from server import settings
from server.control.lock import InstanceLock
from server.control.moved_file import MovedFile, MovedTable, copy, open_moved
from server.feature import Refusal
from server.paths import InstancePaths
from server.settings import Settings
from server.storage import unfinished
from server.storage.database import Damaged, Database, Transaction
from server.storage.migrate import read_migrations
from server.storage.opening import open_database
from server.storage.tables import Table, all_tables

BATCH = 500


class Told(Protocol):
    """Who is told how far it has come."""

    def begin(self, total: int) -> None: ...

    def add(self, number: int) -> None: ...


@dataclass(frozen=True, slots=True)
class _Began:
    """What an unfinished import left beside the database: which file goes where, a line for each."""

    digest: str
    database: str

    def written(self) -> str:
        return f"{self.digest}\n{self.database}\n"


async def import_instance(file: Path, directory: Path, database: str, told: Told) -> Settings:
    """Makes the instance, or goes on making it. `database` is "" for SQLite in the directory.

    Raises `Refusal`, `SettingsError`, `StorageUnavailable` and OSError; what was done so far stays for the next time.
    """
    paths = InstancePaths(directory)
    with contextlib.ExitStack() as stack:
        moved = stack.enter_context(_opened(file))
        tables = _tables_of(moved)
        made = settings.moved(directory, moved.settings, database=database)
        began = _Began(moved.digest, made.database)
        _begin(paths, began)
        stack.enter_context(_held(paths))
        told.begin(moved.size())
        opened = await _open(made, paths, tables)
        try:
            for table, source in zip(tables, moved.manifest.tables, strict=True):
                await _fill(opened, table, source, moved, told)
            _copy_pictures(moved, paths.media, told)
            await opened.write(unfinished.end)
        finally:
            await opened.close()
        with contextlib.suppress(FileExistsError):
            # Last: a directory without settings is no instance, whatever happened before.
            settings.write(directory, made)
        paths.importing.unlink()
    return made


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[MovedFile]:
    try:
        with tarfile.open(file, "r:") as tar:
            yield open_moved(tar, read_migrations()[-1].number)
    except tarfile.TarError:
        raise Refusal(f"{file} is no export of Antipole, or it is damaged: export again.") from None


@contextlib.contextmanager
def _held(paths: InstancePaths) -> Iterator[None]:
    lock = InstanceLock(paths.lock, "command")
    if not lock.acquire():
        raise Refusal(f"Another program is at work on {paths.directory}: wait for it, or end it.")
    with lock:
        yield


def _tables_of(moved: MovedFile) -> list[Table]:
    tables = all_tables()
    if [(table.name, table.columns) for table in tables] != [
        (table.name, table.columns) for table in moved.manifest.tables
    ]:
        raise Refusal(
            "This file has other tables than this Antipole: export and import with the same version."
        )
    return tables


def _begin(paths: InstancePaths, began: _Began) -> None:
    """Raises `Refusal` when the directory holds something else than an import of the same file."""
    directory = paths.directory
    if directory.exists() and not directory.is_dir():
        raise Refusal(f"{directory} is a file: choose a directory that is absent or empty.")
    if paths.importing.exists():
        if paths.importing.read_text(encoding="utf-8", errors="replace") != began.written():
            raise Refusal(
                f"{directory} holds an unfinished import of another file or into another database: "
                "finish that one, or remove the directory and choose an empty database."
            )
        return
    if directory.is_dir() and any(directory.iterdir()):
        raise Refusal(f"{directory} is not empty: choose a directory that is absent or empty.")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    unsure = paths.importing.with_suffix(".new")
    with open(unsure, "w", encoding="utf-8", opener=_private) as file:
        file.write(began.written())
        file.flush()
        os.fsync(file.fileno())
    unsure.rename(paths.importing)


async def _open(made: Settings, paths: InstancePaths, tables: Sequence[Table]) -> Database:
    """Opens what an earlier try has made, or makes it. Raises `Refusal` when the database is somebody else's."""
    try:
        opened = await open_database(made.database, paths.database)
    except Damaged:
        # Nothing was committed yet: of a file only its first pages may be there.
        if not made.database:
            for left in paths.directory.glob(f"{paths.database.name}*"):
                left.unlink()
        try:
            opened = await open_database(made.database, paths.database, create=True)
        except FileExistsError as error:
            raise Refusal("The database is not empty: make a new one for this instance.") from error
        await opened.write(unfinished.begin)
        return opened
    if await opened.read(unfinished.is_unfinished) or not await opened.read(partial(_has_rows, tables)):
        await opened.write(unfinished.begin)
        return opened
    await opened.close()
    if paths.settings.exists():
        # All rows are there; only the last step is missing.
        return await open_database(made.database, paths.database)
    raise Refusal("The database holds an instance already: make a new one for this import.")


def _has_rows(tables: Sequence[Table], tx: Transaction) -> bool:
    return any(table.count(tx) for table in tables)


async def _fill(database: Database, table: Table, source: MovedTable, moved: MovedFile, told: Told) -> None:
    done = await database.read(partial(unfinished.done, table.name))
    rows = moved.rows(source)
    # Those that an earlier try has committed are read again all the same: their hash must be right.
    for skipped in _batches(itertools.islice(rows, done)):
        told.add(len(skipped))
    for batch in _batches(rows):
        await database.write(_inserting(table, batch))
        told.add(len(batch))


def _inserting(table: Table, batch: Sequence[JsonObject]) -> Callable[[Transaction], None]:
    def insert(tx: Transaction) -> None:
        table.insert(tx, batch)
        unfinished.add(tx, table.name, len(batch))

    return insert


def _batches(rows: Iterator[JsonObject]) -> Iterator[list[JsonObject]]:
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch


def _copy_pictures(moved: MovedFile, folder: Path, told: Told) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, source in moved.pictures():
        unsure = folder / f".{name}"
        with open(unsure, "wb", opener=_private) as target:
            copy(source, target)
            target.flush()
            os.fsync(target.fileno())
        unsure.rename(folder / name)
        told.add(1)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_TRUNC, 0o600)

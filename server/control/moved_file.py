"""The file in which an instance moves from one engine or machine to another: a tar that anybody can read.

    manifest.json         what follows: {"format", "migration", "media": how many pictures,
                          "tables": [{"name", "columns", "rows", "sha256"}]}
    antipole.toml         the settings, without the address of the database
    rows/<table>.jsonl    a JSON object for each row, in the order of the table's key
    media/<name>          the pictures

The same rows make the same bytes, whichever engine kept them: nothing in it says when or where it was made.
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from federation.documents import JsonObject, loads
from federation.errors import FederationError
from server.feature import Refusal
from server.storage.tables import Table

FORMAT = 1
MANIFEST = "manifest.json"
SETTINGS = "antipole.toml"
LARGEST_HEAD = 16 * 1024 * 1024
"""Bytes of the manifest or the settings."""

LARGEST_ROW = 16 * 1024 * 1024
"""Bytes; the largest documents that are kept have one."""

_PICTURE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class MovedTable:
    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`migration` is the newest that the rows have seen, `media` the number of pictures."""

    format: int
    migration: int
    tables: tuple[MovedTable, ...]
    media: int

    def written(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()


def _read_manifest(head: bytes) -> Manifest:
    """Raises `Refusal`."""
    try:
        found = loads(head, max_bytes=LARGEST_HEAD)
        tables = tuple(
            MovedTable(**(table | {"columns": tuple(table["columns"])})) for table in found.pop("tables")
        )
        manifest = Manifest(**found, tables=tables)
    except (FederationError, KeyError, TypeError):
        raise _damaged() from None
    numbers = (manifest.format, manifest.migration, manifest.media, *(table.rows for table in tables))
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise _damaged()
    return manifest


def line_of(table: Table, row: Mapping[str, Any]) -> bytes:
    values = {column: row[column] for column in table.columns}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = _member(name, len(content))
    tar.addfile(member, io.BytesIO(content))


def add_file(tar: tarfile.TarFile, name: str, path: Path) -> None:
    """Raises FileNotFoundError before anything is written."""
    with path.open("rb") as file:
        tar.addfile(_member(name, os.fstat(file.fileno()).st_size), file)


def _member(name: str, size: int) -> tarfile.TarInfo:
    # Neither an owner nor a time: they name a person, and would make two files of the same rows differ.
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


@dataclass(frozen=True, slots=True)
class MovedFile:
    """An opened file whose list of contents was read and fits. Made by `open_moved`."""

    manifest: Manifest
    digest: str
    """Of the manifest, which has the hashes of all rows: two files with the same one hold the same rows."""
    settings: bytes
    _tar: tarfile.TarFile

    def rows(self, table: MovedTable) -> Iterator[JsonObject]:
        """Raises `Refusal` at the first line that is no row, and at the end when they are not what was written."""
        seen, number = hashlib.sha256(), 0
        with self._open(f"rows/{table.name}.jsonl") as file:
            for line in file:
                seen.update(line)
                number += 1
                try:
                    row = loads(line, max_bytes=LARGEST_ROW)
                except FederationError:
                    raise _damaged() from None
                if tuple(row) != table.columns:
                    raise _damaged()
                yield row
        if number != table.rows or seen.hexdigest() != table.sha256:
            raise _damaged()

    def pictures(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Their names, which are plain ones, and their bytes."""
        for member in self._tar:
            folder, _, name = member.name.partition("/")
            if folder == "media" and member.isreg():
                if not _PICTURE.fullmatch(name):
                    raise _damaged()
                file = self._tar.extractfile(member)
                assert file is not None  # a regular member has bytes
                yield name, file

    def size(self) -> int:
        """Rows and pictures."""
        return sum(table.rows for table in self.manifest.tables) + self.manifest.media

    def _open(self, name: str) -> IO[bytes]:
        return _extract(self._tar, name)


def open_moved(tar: tarfile.TarFile, migration: int) -> MovedFile:
    """Raises `Refusal` when this program cannot read it; `migration` is the program's own newest."""
    head = _head(tar, MANIFEST)
    manifest = _read_manifest(head)
    if manifest.format != FORMAT or manifest.migration > migration:
        raise Refusal(
            "This file was written by a newer Antipole: install that version here, then import again."
        )
    if manifest.migration < migration:
        raise Refusal(
            "This file was written by an older Antipole: update the old instance, start it once, then export again."
        )
    return MovedFile(manifest, hashlib.sha256(head).hexdigest(), _head(tar, SETTINGS), tar)


def _head(tar: tarfile.TarFile, name: str) -> bytes:
    with _extract(tar, name) as file:
        content = file.read(LARGEST_HEAD + 1)
    if len(content) > LARGEST_HEAD:
        raise _damaged()
    return content


def _extract(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise _damaged()
    return file


def copy(source: IO[bytes], target: IO[bytes]) -> None:
    while part := source.read(_CHUNK):
        target.write(part)


def _damaged() -> Refusal:
    return Refusal("This is no export of Antipole, or it is damaged: export again, or copy the file again.")

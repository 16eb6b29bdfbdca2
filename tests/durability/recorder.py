"""What SQLite asks of the disk, in order: every write, truncation, deletion and sync, with its bytes and its moment.
And a disk that refuses.

SQLite's own door to the disk (its default VFS) is opened inside the serving process, so no tool is needed: a sync that
is in the record is an fdatasync or fsync that has returned. `tests/durability/test_power_loss.py` holds it against
strace where that is there.
"""

import ctypes
import os
import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HEAD = struct.Struct("=cdHqI")
"""Kind, moment by the monotonic clock, length of the name, offset or size, length of the bytes."""

Kind = Literal["open", "write", "truncate", "sync", "delete"]
KINDS: dict[bytes, Kind] = {b"o": "open", b"w": "write", b"t": "truncate", b"s": "sync", b"d": "delete"}

ERRORS = {
    ("full", b"w"): sqlite3.SQLITE_FULL,
    ("write", b"w"): sqlite3.SQLITE_IOERR_WRITE,
    ("sync", b"s"): sqlite3.SQLITE_IOERR_FSYNC,
}

_POINTER = ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, _POINTER, _POINTER, _POINTER, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", _POINTER),
        ("zName", ctypes.c_char_p),
        ("pAppData", _POINTER),
        ("xOpen", _OPEN),
        ("xDelete", _DELETE),
    ]


class _Methods(ctypes.Structure):
    _fields_ = [
        ("iVersion", ctypes.c_int),
        ("xClose", _POINTER),
        ("xRead", _POINTER),
        ("xWrite", _WRITE),
        ("xTruncate", _TRUNCATE),
        ("xSync", _SYNC),
        # What follows is passed through: sizes, locks, the shared index, mapped pages.
        ("rest", _POINTER * 12),
    ]


class _File(ctypes.Structure):
    _fields_ = [("pMethods", ctypes.POINTER(_Methods))]


@dataclass(frozen=True, slots=True)
class Asked:
    """`at`: an offset (write) or a size (truncate)."""

    kind: Kind
    moment: float
    name: str
    at: int
    content: bytes


def sqlite_library() -> ctypes.CDLL | None:
    """The SQLite of this interpreter, None where it shows its functions to nobody."""
    import _sqlite3

    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    return library if hasattr(library, "sqlite3_vfs_find") else None


def record(log: str) -> None:
    """From now on, in this process, into the file `log`. A patch for `cradle.py`."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hear(kind: bytes, name: bytes, at: int, content: bytes) -> None:
        head = HEAD.pack(kind, time.monotonic(), len(name), at, len(content))
        os.write(out, head + name + content)

    _Door(hear=hear)


def fail(flag: str) -> None:
    """While the file `flag` exists the disk does what its words say: `full`, or an error at each `write` or `sync`.

    A patch for `cradle.py`.
    """

    def refuse(kind: bytes) -> int:
        try:
            return ERRORS.get((Path(flag).read_text(), kind), 0)
        except FileNotFoundError:
            return 0

    _Door(refuse=refuse)


class _Door:
    """Between SQLite and the disk. Never collected: SQLite calls it until the process ends.

    `hear` is told of what was done, `refuse` answers SQLite's number of an error for what is not to be done, else 0.
    """

    alive: list[Any] = []  # noqa: RUF012 # on purpose one for all

    def __init__(
        self,
        *,
        hear: Callable[[bytes, bytes, int, bytes], None] = lambda *_: None,
        refuse: Callable[[bytes], int] = lambda _: 0,
    ) -> None:
        library = sqlite_library()
        assert library is not None
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
        vfs: _Vfs = library.sqlite3_vfs_find(None).contents
        self._hear = hear
        self._refuse = refuse
        self._names: dict[int, bytes] = {}
        self._tables: dict[int, _Methods] = {}
        self._open = _OPEN(ctypes.cast(vfs.xOpen, _POINTER).value or 0)
        self._delete = _DELETE(ctypes.cast(vfs.xDelete, _POINTER).value or 0)
        self.alive.append((self, vfs))
        vfs.xOpen = self._keep(_OPEN(self._opened))
        vfs.xDelete = self._keep(_DELETE(self._deleted))

    def _keep(self, function: Any) -> Any:
        self.alive.append(function)
        return function

    def _opened(self, vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        # By its address: SQLite goes on reading it there as long as the file is open, and a copy would be gone by then.
        status: int = self._open(vfs, name, file, flags, out)
        if status == 0 and name is not None:
            opened = _File.from_address(file)
            self._names[file] = os.path.basename(ctypes.string_at(name))
            opened.pMethods = ctypes.pointer(self._table(opened.pMethods.contents))
            self._hear(b"o", self._names[file], 0, b"")
        return status

    def _deleted(self, vfs: int, name: bytes, sync: int) -> int:
        status: int = self._delete(vfs, name, sync)
        if status == 0:
            self._hear(b"d", os.path.basename(name), 0, b"")
        return status

    def _table(self, original: _Methods) -> _Methods:
        """As the original one, with an ear at three of its functions."""
        address = ctypes.addressof(original)
        if address not in self._tables:
            table = _Methods.from_buffer_copy(original)
            table.xWrite = self._keep(_WRITE(self._heard(b"w", original.xWrite)))
            table.xTruncate = self._keep(_TRUNCATE(self._heard(b"t", original.xTruncate)))
            table.xSync = self._keep(_SYNC(self._heard(b"s", original.xSync)))
            self._tables[address] = table
        return self._tables[address]

    def _heard(self, kind: bytes, act: Any) -> Callable[..., int]:
        def call(file: int, *arguments: int) -> int:
            status: int = self._refuse(kind) or act(file, *arguments)
            if status == 0:
                content = ctypes.string_at(arguments[0], arguments[1]) if kind == b"w" else b""
                at = arguments[2] if kind == b"w" else arguments[0]
                self._hear(kind, self._names[file], at, content)
            return status

        return call


def read_record(log: Path) -> Iterator[Asked]:
    """In the order in which SQLite asked; what a kill cut short at the end is left out."""
    record = log.read_bytes()
    place = 0
    while place + HEAD.size <= len(record):
        kind, moment, named, at, length = HEAD.unpack_from(record, place)
        end = place + HEAD.size + named + length
        if end > len(record):
            return
        name = record[place + HEAD.size :][:named]
        yield Asked(KINDS[kind], moment, name.decode(), at, record[end - length : end])
        place = end

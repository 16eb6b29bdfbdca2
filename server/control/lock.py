"""One process at a time has an instance's SQLite open: flock on `DIR/lock`. With PostgreSQL several may be at work, and
whoever holds the lock answers at `DIR/control.sock`.
"""

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class InstanceLock:
    """Held from `acquire` until `release` or the end of the process, however it ends.

    The file names the holder's role ("serve" or "command") for whoever waits; it means nothing when unlocked.
    """

    def __init__(self, path: Path, role: str) -> None:
        self._path = path
        self._role = role
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Takes the lock if it is free. Raises OSError when the file cannot be made or opened."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            # On a full disk the lock still holds; only its holder stays unnamed.
            with contextlib.suppress(OSError):
                os.pwrite(descriptor, f"{self._role} {os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def leave_to_parent(self) -> None:
        """In a forked child: the lock ends with the process that took it, however long this one goes on."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def holder(path: Path) -> str:
    """The role of whoever holds the lock; "" when nobody says so."""
    try:
        words = path.read_text(encoding="utf-8", errors="replace").split()
    except FileNotFoundError:
        return ""
    return words[0] if words else ""

"""Unix sockets by any path: the kernel takes at most 107 bytes, directories of real instances are longer."""

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

LONGEST = 107

Door = socket.socket
"""A bound socket that a server is to answer at."""


@contextlib.contextmanager
def address_of(path: Path) -> Iterator[str]:
    """What to bind or connect to while the context lasts. Raises OSError when the directory cannot be opened."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def bind_private(path: Path) -> Door:
    """The control socket, for its owner only; what an ended server left behind is removed.

    The caller holds the instance's lock, so whatever lies there is stale. Raises OSError.
    """
    # The umask, not a later chmod: between bind and chmod anyone could connect.
    return _bind(path, umask=0o177)


def bind_for_proxy(path: Path) -> Door:
    """The public door of `serve --uds`: like a port on loopback, open to every local user. Raises OSError.

    A stale socket is removed; one that answers raises `OSError` (EADDRINUSE).
    """
    with socket.socket(socket.AF_UNIX) as probe, address_of(path) as address:
        if probe.connect_ex(address) == 0:
            raise OSError(98, "Address already in use")
    return _bind(path, umask=0o111)


def _bind(path: Path, umask: int) -> Door:
    with contextlib.suppress(FileNotFoundError):
        # Only a socket is ever removed: a mistyped --uds must not cost a file.
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    bound = socket.socket(socket.AF_UNIX)
    before = os.umask(umask)
    try:
        with address_of(path) as address:
            bound.bind(address)
    except BaseException:
        bound.close()
        raise
    finally:
        os.umask(before)
    return bound

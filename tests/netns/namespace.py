"""Addresses and mounts of a network namespace, by system calls alone: no `ip`, no `busybox`.

`unshare -rnm` gives a process a network with nothing in it and the right to fill it; nothing of it is seen outside.
"""

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from ipaddress import IPv6Address, ip_address
from pathlib import Path

UNSHARE = ("unshare", "--map-root-user", "--net", "--mount")

_SIOCSIFADDR = 0x8916
_SIOCSIFFLAGS = 0x8914
_SIOCSIFNETMASK = 0x891C
_IFF_UP_RUNNING = 0x1 | 0x40
_MS_BIND = 0x1000


def why_not() -> str:
    """Why there can be no such namespace here, or ""."""
    if shutil.which(UNSHARE[0]) is None:
        return "there is no `unshare` on this machine (Debian: util-linux)"
    run = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, check=False, timeout=10)
    return "" if run.returncode == 0 else f"`{' '.join(UNSHARE)}` is not permitted: {run.stderr.strip()}"


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def add_address(number: int, text: str) -> bool:
    """Gives loopback one more address; `number` tells those of IPv4 apart. False where the kernel has no such."""
    address = ip_address(text)
    try:
        if isinstance(address, IPv6Address):
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
                index = socket.if_nametoindex("lo")
                fcntl.ioctl(control, _SIOCSIFADDR, struct.pack("16sIi", address.packed, 128, index))
        else:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
                name = f"lo:{number}".encode()
                fcntl.ioctl(control, _SIOCSIFADDR, _named(name, address.packed))
                fcntl.ioctl(control, _SIOCSIFNETMASK, _named(name, b"\xff" * 4))
    except OSError:
        return False
    return True


def _named(name: bytes, packed: bytes) -> bytes:
    return struct.pack("16sHH4s8x", name, socket.AF_INET, 0, packed)


def put_over(path: str, text: str, room: Path) -> None:
    """Lets this namespace see another file at `path`."""
    file = room / Path(path).name
    file.write_text(text)
    libc = ctypes.CDLL(None, use_errno=True)
    target = os.path.realpath(path)
    if libc.mount(str(file).encode(), target.encode(), None, _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"{target} cannot be mounted over")

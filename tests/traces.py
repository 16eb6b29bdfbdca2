"""What people leave behind unknowingly, as marks that no honest text contains, and the search for them in bytes.

Every request of the tests bears these marks; `scan` looks for them in whatever was written, as they came and in the
forms in which programs keep text: UTF-16, hexadecimal, base64. At the end of the whole suite tests/conftest.py looks
through everything that was made under pytest's directory.
"""

import base64
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from pathlib import Path

MARK = "zqxtrace"
"""In every text below; eight letters, so that it may also stand for a language."""

NETWORK = "127.66.77."
CLIENT = NETWORK + "88"
"""The address of those who ask."""

USER_AGENT = f"Mozilla/5.0 (X11; Linux x86_64) {MARK}-browser/1.0"
REFERRER = f"https://{MARK}-before.example/page?{MARK}=1"
LANGUAGE = f"uk;q=0.9, {MARK};q=0.5"
HEADERS = {"user-agent": USER_AGENT, "referer": REFERRER}

PLANTED = "planted"
"""Folders of this name hold what tests plant; they are not looked into."""

CHUNK = 1024 * 1024


def source_address() -> tuple[str, int] | None:
    """What to bind an asking socket to, where the system lets us be at that address."""
    with socket.socket() as probe:
        try:
            probe.bind((CLIENT, 0))
        except OSError:
            return None
    return CLIENT, 0


def forms_of(text: str) -> dict[bytes, str]:
    """The ASCII `text` as it may stand in a file, each with a word for how it stands there."""
    raw = text.encode("ascii")
    forms = {
        raw: "as it is",
        text.upper().encode(): "in capitals",
        text.encode("utf-16-le"): "UTF-16",
        text.encode("utf-16-be"): "UTF-16, big end first",
        raw.hex().encode(): "hexadecimal",
        raw.hex().upper().encode(): "hexadecimal in capitals",
    }
    for offset in range(3):
        # Base64 mixes neighbours within groups of three bytes: only the letters that are all ours count.
        encoded = base64.b64encode(bytes(offset) + raw + bytes(2 - (offset + len(raw) - 1) % 3))
        ours = encoded[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
        forms[ours] = "base64"
        forms[ours.replace(b"+", b"-").replace(b"/", b"_")] = "base64 for addresses"
    return forms


NEEDLES: Mapping[bytes, str] = {
    form: f"{text!r} {how}" for text in (MARK, NETWORK) for form, how in forms_of(text).items()
} | {str(int(IPv4Address(CLIENT))).encode(): "the address as a number"}


def found_in(data: bytes, needles: Mapping[bytes, str] = NEEDLES) -> list[str]:
    return [what for needle, what in needles.items() if needle in data]


def scan(place: Path, needles: Mapping[bytes, str] = NEEDLES) -> list[str]:
    """What is found in the names and contents of all files in `place`, a line each; sockets are passed over."""
    return [f"{file}: {what}" for file in files_in(place) for what in _found_in_file(file, needles)]


def files_in(place: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if name != PLANTED)
        for name in sorted(files):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _found_in_file(file: Path, needles: Mapping[bytes, str]) -> list[str]:
    found = dict.fromkeys(found_in(file.name.encode("utf-8", "surrogateescape"), needles))
    overlap = max(map(len, needles)) - 1
    try:
        with file.open("rb") as opened:
            tail = b""
            while part := opened.read(CHUNK):
                data = tail + part
                found |= dict.fromkeys(found_in(data, needles))
                tail = data[-overlap:]
    except FileNotFoundError:
        # A running server takes its write-ahead log away when it ends.
        pass
    return list(found)


class TraceListener(logging.Handler):
    """Hears every line that is logged in this process; keeps those that bear a mark."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = logging.Formatter("%(name)s %(message)s")
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self._whole.format(record)
        if found_in(line.encode("utf-8", "backslashreplace")):
            self.heard.append(line)

"""Lists of blocks as files: the table that Mastodon exports and imports, or one host in each line.

Every row is read for itself: a bad one is named by its line, and loses nobody else.
"""

import base64
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from federation.documents import text_of
from federation.errors import Malformed
from server.fediverse.moderation.store import Block
from server.fediverse.moderation.targets import is_server, target_of
from server.taxonomy.words import N_

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_ROWS: Final = 50_000
MAX_REASON: Final = 500
MAX_PROBLEMS: Final = 100

HEADER: Final = (
    "#domain",
    "#severity",
    "#reject_media",
    "#reject_reports",
    "#public_comment",
    "#obfuscate",
)

SKIPPED: Final[Mapping[str, str]] = {
    "milder": N_("only limited or noted there, not blocked"),
    "hidden": N_("written with asterisks, so nobody knows who is meant"),
    "own": N_("this server itself"),
    "twice": N_("named more than once"),
}
"""Why a row that is well written is no block here."""

WRONG: Final[Mapping[str, str]] = {
    "no-host": N_("this is no host"),
    "too-wide": N_("this is a whole top-level domain"),
    "severity": N_("what should happen is not known here"),
    "quotes": N_("a quotation mark is not closed"),
}
"""What is wrong with a row."""

_MILDER = frozenset({"silence", "noop", "limit"})


class NoList(Exception):
    """The file as a whole cannot be used; a msgid."""


@dataclass(slots=True)
class BlockList:
    """`reasons`: why, by target, in the order of the file. `skipped` counts by the names of `SKIPPED`; `wrong` holds
    (line, name in `WRONG`) of the first hundred of `wrong_rows`.
    """

    reasons: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    wrong_rows: int = 0

    def note_wrong(self, line: int, why: str) -> None:
        self.wrong_rows += 1
        if len(self.wrong) < MAX_PROBLEMS:
            self.wrong.append((line, why))


def read_list(data: bytes, own_origin: str) -> BlockList:
    """Mastodon's columns in any order under their names, or in its order without; or hosts alone.

    A severity of "suspend", or none, is a block. Raises `NoList`.
    """
    if len(data) > MAX_BYTES:
        raise NoList(N_("This file is larger than 8 MB; no list of blocks is."))
    if data[:4] in (b"PK\x03\x04", b"\x89PNG", b"%PDF") or b"\0" in data:
        raise NoList(N_("This file is no text; export the list as CSV."))
    found = BlockList()
    columns: Mapping[str, int] = {"domain": 0, "severity": 1, "public_comment": 4}
    first = True
    for number, (line, row) in enumerate(_rows(data.decode("utf-8-sig", errors="replace"), found)):
        if number >= MAX_ROWS:
            raise NoList(N_("This list has more than 50 000 rows; split it."))
        if first and (named := _header(row)) is not None:
            columns, first = named, False
            continue
        first = False
        _take(found, columns, line, row, own_origin)
    return found


def list_in(arguments: Mapping[str, Any], own_origin: str) -> BlockList:
    """The list in a command's arguments: {"list": its bytes in base64}. Raises `NoList`."""
    try:
        data = base64.b64decode(str(arguments.get("list", "")), validate=True)
    except ValueError:
        raise NoList("The list must come as base64.") from None
    return read_list(data, own_origin)


def outcome(found: BlockList, added: int) -> dict[str, Any]:
    """What the command line says when it is done: the numbers to scripts, the rest to people."""
    known = len(found.reasons) - added
    notes = [f"{count} skipped: {SKIPPED[why]}." for why, count in sorted(found.skipped.items())]
    notes += [f"line {line}: {WRONG[why]}; this row was left out." for line, why in found.wrong]
    if found.wrong_rows > len(found.wrong):
        notes.append(f"{found.wrong_rows - len(found.wrong)} more rows like these were left out.")
    return {"added": added, "known": known, "notes": notes}


def _rows(text: str, found: BlockList) -> Iterator[tuple[int, Sequence[str]]]:
    """(line, fields), without empty rows and comments. A comment may hold line breaks within its quotes; after one
    that is never closed, each line stands for itself, or it would swallow the rest of the list.
    """
    lines = list(io.StringIO(text, newline=""))
    start = 0
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            if _says_something(row):
                yield start + 1, row
            start = reader.line_num
        return
    except csv.Error:
        found.note_wrong(start + 1, "quotes")
    for number, line in enumerate(lines[start + 1 :], start + 2):
        try:
            row = next(csv.reader([line], strict=True), [])
        except csv.Error:
            found.note_wrong(number, "quotes")
            continue
        if _says_something(row):
            yield number, row


def _says_something(row: Sequence[str]) -> bool:
    return any(field.strip() for field in row)


def _header(row: Sequence[str]) -> Mapping[str, int] | None:
    names = [field.strip().lower().removeprefix("#").strip() for field in row]
    return {name: index for index, name in enumerate(names)} if "domain" in names else None


def _take(
    found: BlockList, columns: Mapping[str, int], line: int, row: Sequence[str], own_origin: str
) -> None:
    def column(name: str) -> str:
        index = columns.get(name)
        return row[index].strip() if index is not None and index < len(row) else ""

    given, severity = column("domain"), column("severity").lower()
    if given.startswith("#"):
        return
    if severity in _MILDER:
        found.skipped["milder"] += 1
    elif severity not in ("", "suspend"):
        found.note_wrong(line, "severity")
    elif "*" in given:
        found.skipped["hidden"] += 1
    else:
        _take_target(found, line, given, column("public_comment"), own_origin)


def _take_target(found: BlockList, line: int, given: str, reason: str, own_origin: str) -> None:
    try:
        target = target_of(given, own_origin)
    except Malformed as error:
        if error.reason == "own-server":
            found.skipped["own"] += 1
        else:
            found.note_wrong(line, "too-wide" if error.reason == "too-wide" else "no-host")
        return
    if target in found.reasons:
        found.skipped["twice"] += 1
    else:
        tidy = text_of({"reason": reason}, "reason", 10 * MAX_REASON) or ""
        found.reasons[target] = " ".join(tidy.split())[:MAX_REASON]


def pieces_of(reasons: Mapping[str, str], most_bytes: int) -> list[str]:
    """The same list as `read_list` takes it, in pieces of whole lines, each of at most `most_bytes`."""
    pieces, size = [io.StringIO()], 0
    for target, reason in reasons.items():
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow((target, "suspend", "", "", reason))
        length = len(line.getvalue().encode())
        if size + length > most_bytes:
            pieces.append(io.StringIO())
            size = 0
        pieces[-1].write(line.getvalue())
        size += length
    return [piece.getvalue() for piece in pieces if piece.getvalue()]


def write_list(blocks: Iterable[Block], *, everything: bool = False) -> str:
    """As Mastodon exports and imports it: servers alone, and no reason that was for us. With `everything` also single
    accounts and all reasons: for whoever restores a backup that is older than the blocks.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for block in blocks:
        server = is_server(block.target)
        if server or everything:
            name = block.target.partition("://")[2] if server else block.target
            reason = block.reason if everything else ""
            writer.writerow((name, "suspend", "false", "false", reason, "false"))
    return out.getvalue()

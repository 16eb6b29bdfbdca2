"""From the language that both engines share to PostgreSQL's, and from Python's values to its types and back."""

import re
from functools import cache
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

_PIECE = re.compile(
    r"""--[^\n]*
    | /\*postgres:(?P<only_here>.*?)\*/
    | /\*.*?\*/
    | '(?:[^']|'')*'
    | "[^"]*"
    | (?<![:\w]):(?P<name>[a-z_][a-z0-9_]*)
    | \bTEXT\b
    | %""",
    re.DOTALL | re.VERBOSE,
)


@cache
def translated(sql: str) -> str:
    """A named query as psycopg takes it: `:name` is bound, `%` stands for itself, comments are gone."""
    return _PIECE.sub(_for_psycopg, sql)


def _for_psycopg(piece: re.Match[str]) -> str:
    if piece["name"]:
        return f"%({piece['name']})s"
    if piece["only_here"]:
        return f" {piece['only_here'].strip()} "
    found = piece[0]
    return " " if found.startswith(("--", "/*")) else found.replace("%", "%%")


def translated_migration(sql: str) -> str:
    """Texts sort byte by byte as in SQLite, whatever the database's own order is: pages are cut by it."""
    return _PIECE.sub(lambda piece: 'TEXT COLLATE "C"' if piece[0] == "TEXT" else piece[0], sql)


class _Text(StrDumper):
    """U+0000 cannot be kept here. No document has it as such: JSON writes it as six letters."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\ufffd"))


class _Truth(Int8Dumper):
    """0 or 1, as SQLite keeps it."""

    def dump(self, obj: Any) -> Buffer | None:
        return b"1" if obj else b"0"


class _Sum(Loader):
    """SUM over BIGINT is NUMERIC."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text else int(text)


def teach(connection: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> None:
    """Each Python type is always the same type over there, so that a statement is prepared once."""
    connection.adapters.register_dumper(str, _Text)
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(bool, _Truth)
    connection.adapters.register_loader("numeric", _Sum)

"""What the engine changes by itself when rows of a table are deleted: the rows that refer to them."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_TABLE = re.compile(r'TABLE "?([a-z_]+)"? \(')
_FOLLOWS = re.compile(r"REFERENCES ([a-z_]+) \([^)]*\) ON DELETE (?:CASCADE|SET NULL)")


def with_children(tables: Iterable[str]) -> frozenset[str]:
    """These tables, and all that lose rows or references where one of these does."""
    children = _children()
    found: set[str] = set()
    waiting = list(tables)
    while waiting:
        table = waiting.pop()
        if table not in found:
            found.add(table)
            waiting += children.get(table, ())
    return frozenset(found)


@cache
def _children() -> Mapping[str, frozenset[str]]:
    schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for statement in schema.split("\nCREATE "):
        if (table := _TABLE.match(statement)) is not None:
            for parent in _FOLLOWS.findall(statement):
                found.setdefault(parent, set()).add(table[1])
    return {parent: frozenset(those) for parent, those in found.items()}

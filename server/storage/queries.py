"""Named SQL: each `store.py` loads the `queries.sql` beside it.

-- name: followers_of
-- Every inbox a post of this actor goes to.
SELECT inbox FROM followers WHERE actor = :actor
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from server.storage.cascades import with_children

_NAME = re.compile(r"--\s*name:\s*([a-z][a-z0-9_]*)\s*")
_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_WRITTEN = re.compile(r"(?:\bINSERT\s+INTO|(?:^|\))\s*UPDATE)\s+([a-z_]+)", re.IGNORECASE)
_DELETED = re.compile(r"\bDELETE\s+FROM\s+([a-z_]+)", re.IGNORECASE)
_READ = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """One statement; `sentence` says what it is for. `reads` and `writes` are its tables.

    `postgres` is the statement for PostgreSQL where it needs one of its own, else empty.
    """

    name: str
    sql: str
    sentence: str
    path: Path
    postgres: str = ""
    reads: frozenset[str] = field(init=False)
    writes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        words = _NOISE.sub(" ", self.sql)
        written = {*_WRITTEN.findall(words), *with_children(_DELETED.findall(words))}
        object.__setattr__(self, "writes", frozenset(written))
        object.__setattr__(self, "reads", frozenset(_READ.findall(words)))


class Queries:
    """The statements of one file, as attributes."""

    def __init__(self, queries: dict[str, Query]) -> None:
        self._queries = queries

    def __getattr__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(f"no query is named {name}") from None

    def each(self) -> list[Query]:
        return list(self._queries.values())


def load_queries(store: str) -> Queries:
    """`load_queries(__file__)` in a `store.py`. Raises ValueError when a file breaks the format.

    Where PostgreSQL goes another way, `queries.postgres.sql` has every query of `queries.sql` anew.
    """
    path = Path(store).with_name("queries.sql")
    found = parse_queries(path.read_text(encoding="utf-8"), path)
    other = path.with_name("queries.postgres.sql")
    if other.exists():
        others = parse_queries(other.read_text(encoding="utf-8"), other)
        if others.keys() != found.keys():
            raise ValueError(f"{other}: must have the same queries as {path.name}")
        found = {name: replace(query, postgres=others[name].sql) for name, query in found.items()}
    return Queries(found)


def parse_queries(text: str, path: Path) -> dict[str, Query]:
    found: dict[str, Query] = {}
    name = ""
    sentence: list[str] = []
    sql: list[str] = []

    def finish() -> None:
        if not name:
            if "".join(sql).strip():
                raise ValueError(f"{path}: SQL before the first `-- name:` line")
            return
        statement = "\n".join(sql).strip().removesuffix(";").rstrip()
        if name in found:
            raise ValueError(f"{path}: two queries are named {name}")
        if not statement or not sentence:
            raise ValueError(f"{path}: {name} needs a sentence and a statement")
        found[name] = Query(name, statement, " ".join(sentence), path)

    for line in text.splitlines():
        heading = _NAME.fullmatch(line.strip())
        if heading:
            finish()
            name, sentence, sql = heading[1], [], []
        elif name and not sql and line.startswith("--"):
            sentence.append(line.removeprefix("--").strip())
        elif name and not sql and not line.strip():
            continue
        elif name or not line.startswith("--"):
            sql.append(line)
    finish()
    return found

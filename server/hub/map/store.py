"""How much lies where: counted by place in the database, so that the first page costs the same with thousands."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from server.hub.calls.model import CallFilter
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries
from server.storage.remembered import Remembered, Remembering

QUERIES = load_queries(__file__)

_COUNTED = QUERIES.calls_by_place.reads | QUERIES.initiatives_by_place.reads

NOWHERE = "undisclosed"
"""A call may say so itself; an initiative that says nothing has no place at all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """By the label of the place. What is nowhere on the map is counted beside."""

    initiatives: Mapping[str, int]
    calls: Mapping[str, int]
    calls_nowhere: int

    def all_calls(self) -> int:
        return sum(self.calls.values()) + self.calls_nowhere


@dataclass(frozen=True, slots=True)
class InitiativeHere:
    listing_id: str
    name: str
    language: str


def counts(tx: Transaction, wanted: CallFilter) -> Counts:
    """Listed initiatives and open calls that fit the filter's words; its place does not matter here."""
    calls = _by_place(tx.all(QUERIES.calls_by_place, **_words(wanted)))
    nowhere = calls.pop(None, 0) + calls.pop(NOWHERE, 0)
    initiatives = _by_place(tx.all(QUERIES.initiatives_by_place, **_words(wanted)))
    initiatives.pop(None, None)
    return Counts(
        initiatives={place: found for place, found in initiatives.items() if place},
        calls={place: found for place, found in calls.items() if place},
        calls_nowhere=nowhere,
    )


def remembered_counts(remembered: Remembered, wanted: CallFilter) -> Remembering[Counts]:
    """The same without counting again while nothing has changed."""
    key = ("by place", *_words(wanted).values())
    return remembered.ask(key, _COUNTED, partial(counts, wanted=wanted))


def initiatives_at(tx: Transaction, wanted: CallFilter, place: str, limit: int) -> list[InitiativeHere]:
    rows = tx.all(QUERIES.initiatives_at, **_words(wanted), place=place, limit=limit)
    return [InitiativeHere(row["listing_id"], row["name"], _first(row["languages"])) for row in rows]


def _by_place(rows: list[Row]) -> dict[str | None, int]:
    return {row["place"]: row["found"] for row in rows}


def _first(languages: str) -> str:
    return languages.split()[0] if languages else "und"


def _words(wanted: CallFilter) -> dict[str, str | None]:
    return {
        "theme": wanted.theme,
        "kind": wanted.kind,
        "size": wanted.size,
        "language": wanted.language,
    }

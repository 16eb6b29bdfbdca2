"""A hub and an initiative that have grown: rows copied from those that are there, into the stopped database."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.paths import InstancePaths

CALLS_OF_ONE = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True)
class Size:
    followers: int
    calls: int
    listings: int


@dataclass(frozen=True, slots=True)
class Grown:
    """Paths of pages nobody has asked for yet."""

    own_calls: Sequence[str]
    listed_calls: Sequence[str]
    initiatives: Sequence[str]
    """Those that ask for something."""


def grow(directory: Path, origin: str, size: Size, follower_origins: Sequence[str]) -> Grown:
    """The instance has both roles, one initiative "garden" with one call, and is stopped. "garden" gets the followers,
    an inbox for each.
    """
    with closing(sqlite3.connect(InstancePaths(directory).database)) as database:
        database.row_factory = sqlite3.Row
        # Whatever is lost is a benchmark's.
        database.execute("PRAGMA synchronous = OFF")
        garden = f"{origin}/actors/garden"
        _followers(database, garden, size.followers, follower_origins)
        own = _own_calls(database, origin, size.calls)
        initiatives = _listings(database, garden, size.listings)[: _asking(size)]
        listed = _listed_calls(database, garden, size)
        database.commit()
    return Grown(own, listed, initiatives)


def token(number: int, length: int = 16) -> str:
    """A listing's or a call's id: letters as the hub makes them, different for each number and spread as theirs."""
    number = (number * 2_654_435_761 + 97) % (1 << 60)
    return "".join(_LETTERS[number >> 5 * place & 31] for place in range(length))


def _followers(database: sqlite3.Connection, local: str, count: int, origins: Sequence[str]) -> None:
    ids = [
        (f"{origins[number % len(origins)]}/users/crowd-{number}", origins[number % len(origins)])
        for number in range(count)
    ]
    database.executemany(
        "INSERT INTO remote_actors (id, type, inbox, shared_inbox, origin, handle, fetched_at) "
        "VALUES (?, 'Person', ?, NULL, ?, '', 0)",
        ((actor, f"{actor}/inbox", origin) for actor, origin in ids),
    )
    database.executemany(
        "INSERT INTO followers (local_actor, actor_id, follow_id) VALUES (?, ?, ?)",
        ((local, actor, f"{actor}/follow") for actor, _ in ids),
    )


def _own_calls(database: sqlite3.Connection, origin: str, count: int) -> list[str]:
    call = _row(database, "SELECT * FROM calls")
    said = _row(database, "SELECT * FROM activities WHERE object_id = ? AND listed = 1", call["uri"])
    ids = [f"{number:020x}" for number in range(count)]

    def calls() -> Iterable[Mapping[str, Any]]:
        for number, one in enumerate(ids):
            row = _renamed(call, {call["uri"]: f"{origin}/calls/{one}"})
            moment = call["published_at"] - 60_000 * (number + 1)
            yield row | {"published_at": moment, "updated_at": moment}

    def activities() -> Iterable[Mapping[str, Any]]:
        for one in ids:
            # Before all others: an outbox is sorted by it.
            yield _renamed(
                said, {said["id"]: f"{origin}/activities/00{one}", call["uri"]: f"{origin}/calls/{one}"}
            )

    _insert(database, "calls", calls())
    _insert(database, "activities", activities())
    return [f"/calls/{one}" for one in ids]


def _listings(database: sqlite3.Connection, garden: str, count: int) -> list[str]:
    listing = _row(database, "SELECT * FROM hub_listings WHERE state = 'listed'")

    def rows() -> Iterable[Mapping[str, Any]]:
        for number in range(count):
            row = _renamed(listing, {garden: _initiative(number)})
            yield row | {
                "listing_id": token(number),
                "handle": f"@garden@g{number}.example",
                "name": f"Garden {number}",
                "updated_at": listing["updated_at"] - 60_000 * (number + 1),
            }

    _insert(database, "hub_listings", rows())
    _searchable(database, ((_initiative(number), None, f"garden {number}") for number in range(count)))
    return [f"/initiatives/{token(number)}" for number in range(count)]


def _listed_calls(database: sqlite3.Connection, garden: str, size: Size) -> list[str]:
    call = _row(database, "SELECT * FROM hub_calls")
    asking = _asking(size)

    def uri(number: int) -> str:
        return f"https://g{number % asking}.example/calls/{number:020x}"

    def rows() -> Iterable[Mapping[str, Any]]:
        for number in range(size.calls):
            renamed = {call["uri"]: uri(number), garden: _initiative(number % asking)}
            yield _renamed(call, renamed) | {
                "call_id": token(number),
                "updated_at": call["updated_at"] - 60_000 * (number + 1),
                "announced": 1,
            }

    _insert(database, "hub_calls", rows())
    # They have been announced long ago.
    database.executemany(
        "INSERT INTO hub_announcements (call_uri, actor_id, activity_id, announced_at, try_at) VALUES (?, ?, ?, 0, 0)",
        ((uri(one), _initiative(one % asking), f"{uri(one)}/announce") for one in range(size.calls)),
    )
    numbers = range(size.calls)
    _searchable(database, ((_initiative(one % asking), uri(one), f"letter {one}") for one in numbers))
    return [f"/directory/calls/{token(number)}" for number in range(size.calls)]


def _asking(size: Size) -> int:
    """So many of the listed ask for something, each the same number of times in an instance of whatever size: what is
    compared has to be the same page."""
    return min(size.listings, max(1, size.calls // CALLS_OF_ONE))


def _initiative(number: int) -> str:
    return f"https://g{number}.example/actors/garden"


def _searchable(database: sqlite3.Connection, rows: Iterable[tuple[str, str | None, str]]) -> None:
    (last,) = database.execute("SELECT COALESCE(MAX(number), 0) FROM hub_searchable").fetchone()
    for number, (actor, call, words) in enumerate(rows, last + 1):
        database.execute(
            "INSERT INTO hub_searchable (number, actor_id, call_uri) VALUES (?, ?, ?)", (number, actor, call)
        )
        database.execute(
            "INSERT INTO hub_terms (rowid, title, words) VALUES (?, ?, 'ten lines are enough')",
            (number, words),
        )


def _row(database: sqlite3.Connection, query: str, *values: str) -> dict[str, Any]:
    found = database.execute(f"{query} LIMIT 1", values).fetchone()
    assert found is not None, query
    return dict(found)


def _renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Every mention of these names, also inside documents."""
    renamed = dict(row)
    for column, value in row.items():
        if isinstance(value, str):
            for old, new in names.items():
                value = value.replace(old, new)
            renamed[column] = value
    return renamed


def _insert(database: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        columns = ", ".join(row)
        database.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
        )

"""What a stopped server has kept, read from its database: on either engine, by plain questions."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from server import settings
from server.fediverse.received.store import _digest
from server.paths import InstancePaths
from server.storage.database import Transaction
from server.storage.opening import open_database
from server.storage.queries import Query
from tests.durability.siege import Besieged
from tests.durability.strangers import Journal


def _query(sql: str) -> Query:
    return Query("ledger", sql, "Only for these tests.", Path("ledger"))


RECEIVED = _query("SELECT digest, processed_at FROM received_activities WHERE body_hash <> ''")
REACTIONS = _query("SELECT kind, n FROM call_reactions WHERE call_uri = :call")
LISTED = _query("SELECT uri FROM hub_calls")
DELIVERIES = _query("SELECT activity_id, inbox, state FROM deliveries")
PUBLISHED = _query("SELECT uri FROM calls")
ACTIVITIES = _query("SELECT id, object_id FROM activities")

REACTION_KINDS = {"like": "Like", "boost": "Announce"}


@dataclass(frozen=True, slots=True)
class Ledger:
    """`processed` are digests; `deliveries` maps (activity, inbox) to its state, `activities` an id to its object."""

    processed: frozenset[str]
    unprocessed: frozenset[str]
    reactions: dict[str, int]
    listed: frozenset[str]
    published: frozenset[str]
    activities: dict[str, str]
    deliveries: dict[tuple[str, str], str]
    problems: list[str]


def read_ledger(directory: Path, call: str) -> Ledger:
    """Opens the database as a server would, recovery included; `problems` is what the engine's own check says."""
    return asyncio.run(_read(directory, call))


async def _read(directory: Path, call: str) -> Ledger:
    database = await open_database(settings.load(directory).database, InstancePaths(directory).database)

    def look(tx: Transaction) -> Ledger:
        received = tx.all(RECEIVED)
        return Ledger(
            processed=frozenset(row["digest"] for row in received if row["processed_at"] is not None),
            unprocessed=frozenset(row["digest"] for row in received if row["processed_at"] is None),
            reactions={str(row["kind"]): int(row["n"]) for row in tx.all(REACTIONS, call=call)},
            listed=frozenset(row["uri"] for row in tx.all(LISTED)),
            published=frozenset(row["uri"] for row in tx.all(PUBLISHED)),
            activities={row["id"]: row["object_id"] for row in tx.all(ACTIVITIES)},
            deliveries={(row["activity_id"], row["inbox"]): row["state"] for row in tx.all(DELIVERIES)},
            problems=[],
        )

    try:
        ledger = await database.read(look)
        ledger.problems.extend(await database.problems())
        return ledger
    finally:
        await database.close()


def lost(journal: Journal, ledger: Ledger) -> list[str]:
    """Ids that were accepted and are not there, or not done with."""
    return sorted(
        posted.id
        for posted in journal.accepted.values()
        if _digest(posted.actor, posted.id) not in ledger.processed
    )


def wrong_effects(besieged: Besieged, ledger: Ledger) -> list[str]:
    """One line for each kind whose effects are not exactly what was accepted: too few are lost, too many came twice."""
    wrong = []
    accepted = besieged.journal.accepted.values()
    for kind, activity in REACTION_KINDS.items():
        expected = sum(posted.kind == activity and posted.object == besieged.call for posted in accepted)
        if ledger.reactions.get(kind, 0) != expected:
            wrong.append(f"{ledger.reactions.get(kind, 0)} of {expected} {activity}s counted")
    calls = {posted.object for posted in accepted if posted.kind == "Create"}
    if ledger.listed != calls:
        wrong.append(f"{len(calls - ledger.listed)} calls lost, {len(ledger.listed - calls)} out of nowhere")
    return wrong


def unpublished(besieged: Besieged, ledger: Ledger) -> list[str]:
    """Calls whose command was answered and which are not there."""
    return [uri for uri in (besieged.call, *besieged.published) if uri not in ledger.published]


def missing(besieged: Besieged, ledger: Ledger) -> list[tuple[str, str]]:
    """(activity, inbox) that are owed and never came, or came and are not known to have been owed."""
    came = besieged.receiver.came.keys()
    ended = {pair for pair, state in ledger.deliveries.items() if state == "done"}
    return sorted((ledger.deliveries.keys() - came) | (came - ended))


def duplicates(besieged: Besieged) -> int:
    """Requests more than needed."""
    return sum(besieged.receiver.came.values()) - len(besieged.receiver.came)


def double_effects(besieged: Besieged, ledger: Ledger) -> list[str]:
    """Calls that reached an inbox under two ids, or an id whose bytes changed on the way: a receiver that knows what
    it has by its id would take these in twice.
    """
    receiver = besieged.receiver
    creates: dict[str, set[str]] = {}
    for activity, kind in receiver.kinds.items():
        if kind == "Create":
            creates.setdefault(receiver.objects[activity], set()).add(activity)
    twice = [uri for uri, ids in creates.items() if len(ids) > 1]
    changed = [
        activity
        for activity, digests in receiver.bodies.items()
        # An Announce is dated anew at each attempt, on purpose.
        if len(digests) > 1 and receiver.kinds[activity] == "Create"
    ]
    return sorted(twice + changed + _unknown(besieged, ledger.activities))


def _unknown(besieged: Besieged, activities: Iterable[str]) -> list[str]:
    """Sent before it was kept: its transaction was rolled back, and the next one says something else."""
    return sorted({activity for activity, _ in besieged.receiver.came} - set(activities))

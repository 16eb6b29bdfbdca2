"""An instance that has been at work for years: a million rows, a hundred thousand deliveries that wait."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measured import Measured
from server.app import close_services, open_services
from server.clock import SystemClock, millis
from server.fediverse import outbox
from server.services import Services
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.durability.siege import settle_on
from tests.durability.strangers import Strangers

AT_ONCE = 5_000
READERS_OF_EACH = 500
KIB = "Ten lines are enough, and the address is on the list. " * 19


def _query(sql: str) -> Query:
    return Query("grown", sql, "Only for these tests.", Path("grown"))


RECEIVED = _query(
    "INSERT INTO received_activities (digest, body_hash, received_at, processed_at) VALUES (:key, :key, :now, :now)"
)
STRANGER = _query(
    "INSERT INTO remote_actors (id, type, inbox, shared_inbox, origin, handle, fetched_at) "
    "VALUES (:id, 'Person', :inbox, NULL, :origin, '', :now)"
)
FOLLOWER = _query(
    "INSERT INTO followers (local_actor, actor_id, follow_id) VALUES (:garden, :id, :id || '/follow')"
)


@dataclass(frozen=True, slots=True)
class Age:
    rows: int
    jobs: int


def grow(folder: Path, strangers: Strangers, age: Age, engine: str, number: int) -> Measured:
    """Four rows of ten are activities that came in, six are followers on as many as a twentieth of servers."""
    instance = Measured(folder / "grown", number, "initiative,hub", "Grown")
    settle_on(instance, engine)
    instance.command("initiative", "add", "garden", name="Garden")
    asyncio.run(_fill(instance, strangers, age))
    return instance


async def _fill(instance: Measured, strangers: Strangers, age: Age) -> None:
    services = await open_services(instance.directory)
    now = millis(SystemClock().now())
    garden = services.here.uris.actor("garden")
    try:
        received = ({"key": f"{number:064x}", "now": now} for number in range(age.rows * 4 // 10))
        await _insert(services, (RECEIVED,), received)
        followers = (_follower(number, garden, now) for number in range(age.rows * 3 // 10))
        await _insert(services, (STRANGER, FOLLOWER), followers)
        for start in range(0, age.jobs, AT_ONCE):
            count = min(AT_ONCE, age.jobs - start)
            await services.database.write(
                lambda tx, start=start, count=count: _owe(tx, services, strangers, garden, start, count)  # type: ignore[misc] # mypy reads no defaults
            )
    finally:
        await close_services(services)


def _follower(number: int, garden: str, now: int) -> Mapping[str, Any]:
    origin = f"https://h{number % 10_000}.example"
    account = f"{origin}/users/{number}"
    return {"id": account, "inbox": f"{account}/inbox", "origin": origin, "garden": garden, "now": now}


async def _insert(services: Services, queries: tuple[Query, ...], rows: Iterator[Mapping[str, Any]]) -> None:
    while batch := [row for row, _ in zip(rows, range(AT_ONCE), strict=False)]:

        def insert(tx: Transaction, batch: list[Mapping[str, Any]] = batch) -> None:
            for query in queries:
                named = [{key: row[key] for key in row if f":{key}" in query.sql} for row in batch]
                tx.run_many(query, named)

        await services.database.write(insert)


def _owe(
    tx: Transaction, services: Services, strangers: Strangers, garden: str, start: int, count: int
) -> None:
    """Deliveries to inboxes that exist: each activity of a kibibyte to five hundred of them."""
    origins = strangers.receiver.origins
    for first in range(start, start + count, READERS_OF_EACH):
        note = f"{garden}/notes/{first}"
        outbox.publish(
            tx,
            services.here,
            garden,
            {
                "type": "Create",
                "object": {"id": note, "type": "Note", "attributedTo": garden, "content": KIB},
            },
            object_id=note,
            to_followers=False,
            inboxes=[
                (f"{origins[number % len(origins)]}/users/{number}/inbox", origins[number % len(origins)])
                for number in range(first, min(first + READERS_OF_EACH, start + count))
            ],
        )

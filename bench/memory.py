"""What an initiative's instance holds after ten thousand activities: follows, likes, boosts and replies."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.load import connected
from bench.measured import LOAD, Measured, on_core
from bench.mix import SEED
from bench.peers import Account
from bench.sink import Sink
from bench.verdicts import Verdict
from federation.vocabulary import PUBLIC

PARTS = ("Like",) * 4 + ("Announce",) * 2 + ("Create",) * 2 + ("Follow",) * 2
SERVERS = 120
"""A server that is known to us may send a hundred a second; these are never held back."""


def measure(items: int = 10_000) -> list[Verdict]:
    return [Verdict(f"memory after {items} activities, PSS", held_after(items) / 1e6, 90, "MB")]


def held_after(items: int, batch: int = 1_000) -> int:
    """PSS in bytes once all of it is processed and answered."""
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        Sink(SERVERS) as sink,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        garden = Measured(Path(folder) / "garden", 96, "initiative", "Garden")
        garden.command("initiative", "add", "garden", name="Garden")
        with garden:
            runner.run(_load(garden, sink, items, min(batch, items)))
            return garden.memory()


async def _load(garden: Measured, sink: Sink, items: int, batch: int) -> None:
    published = await asyncio.to_thread(
        garden.ask, "call.publish", handle="garden", title="Write letters", text="Ten lines."
    )
    people = [Account(origin, f"person-{number}") for number, origin in enumerate(sink.origins)]
    sink.accounts |= {account.path: account.document() for account in people}
    async with sink.serving(), connected(garden.address, 16) as load:
        met = [one.request(garden.authority, one.activity("Like", published["uri"])) for one in people]
        for request in met:
            assert (await load.drive([request])).statuses == {202: 1}
        dice = random.Random(SEED)
        for _ in range(items // batch):
            requests = await asyncio.to_thread(_requests, garden, published["uri"], people, batch, dice)
            driven = await load.drive(requests)
            assert set(driven.statuses) == {202}, driven.statuses
        await asyncio.to_thread(
            garden.wait_for, lambda stats: stats["deliveries_pending"] == 0, "deliveries do not end"
        )


def _requests(
    garden: Measured, call: str, people: Sequence[Account], count: int, dice: random.Random
) -> list[bytes]:
    requests = []
    for _ in range(count):
        person, kind = dice.choice(people), dice.choice(PARTS)
        things = {"Follow": f"{garden.origin}/actors/garden", "Create": _reply(person, call)}
        requests.append(person.request(garden.authority, person.activity(kind, things.get(kind, call))))
    return requests


def _reply(person: Account, call: str) -> dict[str, object]:
    return {
        "id": f"{person.id}/replies/{next(person.numbers)}",
        "type": "Note",
        "attributedTo": person.id,
        "inReplyTo": call,
        "content": "<p>I will write tonight, and bring two friends.</p>",
        "to": [PUBLIC],
    }

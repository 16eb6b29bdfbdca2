"""A call goes out to its followers: deliveries a second, from the command to the last inbox.

500 followers on 50 hosts, an inbox for each: nothing can be saved by shared inboxes. The baseline is the same client
that signs and posts the same bytes with the same limits, without a database: what is missing to 1 is the price of
never losing a delivery.
"""

import asyncio
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.bare_client import BareClient
from bench.line import Line, percentile
from bench.measured import LOAD, PATIENCE, Measured, on_core
from bench.peers import Account
from bench.sink import Sink
from federation.actors import read_actor
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.keys import generate_rsa, load_public_pem, private_pem
from server.app import close_services, open_services
from server.fediverse import actors
from server.fediverse.followers import store
from server.storage.database import Transaction

TEXT = "Ten lines are enough, and the address is on the list. " * 8


@dataclass(frozen=True, slots=True)
class _Round:
    seconds: float
    waits: list[float]
    cpu: float
    bare_seconds: float


def measure(followers: int = 500, hosts: int = 50, rounds: int = 8) -> Line:
    """`rounds` calls by one initiative, each beside the baseline; one more of each warms up."""
    with (
        on_core(LOAD),
        TemporaryDirectory(prefix="antipole-bench-") as folder,
        Sink(hosts) as sink,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        garden = Measured(Path(folder) / "garden", 91, "initiative", "Garden")
        garden.command("initiative", "add", "garden", name="Garden")
        inboxes = runner.run(add_followers(garden, "garden", sink.origins, followers))
        key_file = Path(folder) / "key.pem"
        key_file.write_text(private_pem(generate_rsa()))
        with garden, BareClient(key_file, f"{garden.origin}/actors/garden#main-key") as bare:
            measured = runner.run(_rounds(garden, sink, bare, inboxes, rounds))
            memory = garden.memory()
    waits = [wait for one in measured for wait in one.waits]
    bare_rates = [followers / one.bare_seconds for one in measured]
    return Line(
        name="fanout",
        rate=statistics.median(followers / one.seconds for one in measured),
        cpu=sum(one.cpu for one in measured) / len(waits),
        p50=percentile(waits, 0.5),
        p99=percentile(waits, 0.99),
        ratio=statistics.median(one.bare_seconds / one.seconds for one in measured),
        baseline="the bare client",
        baseline_rate=statistics.median(bare_rates),
        memory=memory,
    )


async def add_followers(garden: Measured, handle: str, origins: Sequence[str], followers: int) -> list[str]:
    """Straight into storage while no server runs: by Follow, each would be owed an Accept first. Answers inboxes."""
    account = Account(origins[0], "reader")
    document = account.document()
    services = await open_services(garden.directory)
    local = services.here.uris.actor(handle)
    inboxes = []

    def add(tx: Transaction) -> None:
        for number in range(followers):
            actor_id = f"{origins[number % len(origins)]}/users/reader-{number}"
            inboxes.append(f"{actor_id}/inbox")
            shown = {"id": actor_id, "type": "Person", "preferredUsername": f"reader-{number}"}
            theirs = {**document, **shown, "inbox": inboxes[-1], "publicKey": [], "assertionMethod": []}
            actors.remember(tx, read_actor(theirs, b"", datetime.now(UTC)))
            store.insert_follower(tx, local, actor_id, f"{actor_id}/follow")

    try:
        await services.database.write(add)
    finally:
        await close_services(services)
    return inboxes


async def _rounds(
    garden: Measured, sink: Sink, bare: BareClient, inboxes: Sequence[str], rounds: int
) -> list[_Round]:
    measured = []
    async with sink.serving():
        for number in range(rounds + 1):
            sink.expect(len(inboxes))
            before = garden.cpu_seconds()
            started = asyncio.get_running_loop().time()
            await asyncio.to_thread(
                garden.ask, "call.publish", handle="garden", title=f"Letter {number}", text=TEXT
            )
            await sink.complete(PATIENCE)
            waits = [moment - started for moment in sink.arrived]
            # A delivery is finished when its outcome is in the database.
            written = partial(_all_written, (number + 1) * len(inboxes))
            await asyncio.to_thread(garden.wait_for, written, "outcomes are not written")
            cpu = garden.cpu_seconds() - before
            assert sink.last is not None
            _require_signed(garden, sink.last)
            sink.expect(len(inboxes))
            bare_seconds = await asyncio.to_thread(bare.seconds, inboxes, sink.last.body)
            assert len(sink.arrived) == len(inboxes)
            measured.append(_Round(max(waits), waits, cpu, bare_seconds))
    return measured[1:]


def _all_written(deliveries: int, stats: Mapping[str, int]) -> bool:
    return stats["deliveries_done"] >= deliveries


def _require_signed(garden: Measured, request: RawRequest) -> None:
    """One of each round is looked at as its receiver would: an unsigned delivery is cheap and worth nothing."""
    document = garden.document(f"{garden.origin}/actors/garden")
    host = dict(request.headers)["host"]
    claim = inspect(request, origin=f"http://{host}", now=datetime.now(UTC))
    prove(claim, request, load_public_pem(document["publicKey"]["publicKeyPem"]))
    assert json.loads(request.body)["type"] == "Create"

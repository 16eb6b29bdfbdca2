"""One initiative and many silent inboxes on virtual time: when its real worker knocks, and how often (SAFETY R9).

Only the network is missing: what the client would send is counted, signed nowhere and answered at once.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from federation.client import PostAnswer
from federation.errors import Unreachable
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.simulation.chance import rsa_in_turn, seeded
from tests.simulation.machine import Machine, owned_task, without_threads
from tests.simulation.people import actor_of
from tests.simulation.story import empty_database

_REMOTE = Query(
    "remote",
    "INSERT INTO remote_actors (id, type, inbox, shared_inbox, origin, handle, fetched_at)"
    " VALUES (:id, 'Person', :inbox, NULL, :origin, '', 0)",
    "Somebody elsewhere.",
    Path("tests"),
)
_FOLLOWER = Query(
    "follower",
    "INSERT INTO followers (local_actor, actor_id, follow_id) VALUES (:local, :id, :id)",
    "Who follows.",
    Path("tests"),
)


HOUR = 3600.0
DAY = 24 * HOUR


class _Still:
    """Weather without any."""

    async def step(self, machine: Machine, where: str) -> None:
        await asyncio.sleep(0)

    def disk(self, machine: Machine, sql: str) -> None:
        pass


@dataclass(slots=True)
class Outside:
    """Everybody else. `silent` answers nothing."""

    silent: bool = False
    status: int = 202
    knocks: list[float] = field(default_factory=list)
    """When something was sent, in seconds."""

    async def post(self, inbox: str, body: bytes, key: Any, *, more_headers: Any = ()) -> PostAnswer:
        self.knocks.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.2)
        if self.silent:
            raise Unreachable("no-answer")
        return PostAnswer(self.status, None)

    def most_in_a_minute(self, since: float, until: float) -> int:
        return max(Counter(int(at // 60) for at in self.knocks if since <= at < until).values(), default=0)


@contextmanager
def room() -> Iterator[Path]:
    """Where a machine can be put; while open nothing runs in threads and chance is always the same."""
    empty = empty_database()
    with tempfile.TemporaryDirectory() as directory, without_threads(), seeded(0):
        Path(directory, "empty").write_bytes(empty)
        yield Path(directory)


async def followed_by(place: Path, peers: int) -> tuple[Machine, Outside]:
    """An initiative with one follower on each of `peers` servers."""
    asyncio.get_running_loop().set_task_factory(owned_task)
    machine = Machine(
        "garden.example",
        ["initiative"],
        place / "garden",
        weather=_Still(),
        network=httpx2.MockTransport(lambda _: httpx2.Response(404)),
        make_rsa=rsa_in_turn(),
        empty=place / "empty",
    )
    await machine.start()
    await machine.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    outside = Outside()
    machine.services.here.client.post = outside.post  # type: ignore[method-assign, assignment] # no network

    def follow(tx: Transaction) -> None:
        for n in range(peers):
            origin = f"https://peer{n}.example"
            tx.run(_REMOTE, id=f"{origin}/a", inbox=f"{origin}/a/inbox", origin=origin)
            tx.run(_FOLLOWER, local=actor_of(machine), id=f"{origin}/a")

    await machine.within(machine.services.database.write(follow))
    return machine, outside


async def publish(machine: Machine, number: int) -> None:
    await machine.command("call.publish", handle="garden", title=f"Call {number}", text="Dig with us.")


async def after_an_outage(place: Path, peers: int, every: float) -> tuple[int, int, int]:
    """(most in a minute before, most in a minute afterwards, what is not delivered a day later)."""
    machine, outside = await followed_by(place, peers)
    number = 0

    async def days(length: float) -> None:
        nonlocal number
        ends = asyncio.get_running_loop().time() + length
        while asyncio.get_running_loop().time() < ends:
            number += 1
            await publish(machine, number)
            await asyncio.sleep(every)

    loop = asyncio.get_running_loop()
    await days(6 * HOUR)
    steady = outside.most_in_a_minute(0, loop.time())
    outside.silent = True
    await days(DAY)
    outside.silent = False
    back = loop.time()
    await days(6 * HOUR)
    afterwards = outside.most_in_a_minute(back, loop.time())
    await asyncio.sleep(DAY)
    ((undone,),) = machine.rows("SELECT COUNT(*) FROM deliveries WHERE state <> 'done'")
    await machine.stop()
    return steady, afterwards, undone

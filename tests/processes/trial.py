"""Two machines on one PostgreSQL under load, and a hand that kills.

What was acknowledged is in the database and had its effect once; what is owed arrives; nothing stays leased; and what
one machine refuses the other refuses within a second.
"""

import asyncio
import contextlib
import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.peers import Account
from server import settings
from tests.postgres_server import PostgresServer
from tests.processes.machines import Running, two_machines
from tests.processes.wire import ask, exchange
from tests.server.cli.serving import free_port

AUTHORITY = "127.0.0.1:8190"
ORIGIN = f"http://{AUTHORITY}"
ACTOR = f"{ORIGIN}/actors/letters"
HOSTS = 8
PER_HOST = 2
BLOCKED = 9
TWICE = 0.3
KINDS_OF_VICTIM = ("web", "answerer", "work")


@dataclass
class Plan:
    seed: int
    seconds: float
    senders: int = 3
    pause: tuple[float, float] = (0.5, 2.5)
    """Seconds between two kills."""


@dataclass
class Trial:
    """What happened, as the world outside knows it."""

    plan: Plan
    port: int
    machines: list[Running] = field(default_factory=list)
    liked: Counter[str] = field(default_factory=Counter)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    """(actor, activity id) of everything that was answered 202."""

    calls: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    sent_again: Counter[str] = field(default_factory=Counter)
    """By why: the status, or that nobody answered to the end."""

    took: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rsa = Account("http://127.0.0.1", "key").rsa  # one for all: making keys would take most of the time
        self.accounts = [
            Account(f"http://127.0.0.{2 + host}:{self.port}", f"a{number}", rsa=rsa)
            for host in range(HOSTS)
            for number in range(PER_HOST)
        ]
        self.strangers = [
            Account(f"http://127.0.0.{2 + BLOCKED}:{self.port}", f"s{n}", rsa=rsa) for n in range(2)
        ]
        self.rng = random.Random(f"{self.plan.seed} kills")

    async def send(self, account: Account, activity: dict[str, Any], rng: random.Random) -> None:
        """To either machine, until it is acknowledged, as every server does."""
        while True:
            answer = await exchange(rng.choice(self.machines).door, account.request(AUTHORITY, activity))
            if answer is not None and answer[0] == 202:
                self.acknowledged.append((account.id, activity["id"]))
                return
            # Nobody there, or busy. What is wrong with it would be wrong for ever.
            assert answer is None or answer[0] in (429, 503), answer
            self.sent_again[str(answer[0]) if answer else "no answer"] += 1
            await asyncio.sleep(0.1)

    async def like_for(self, seconds: float, number: int) -> None:
        rng = random.Random(f"{self.plan.seed} sender {number}")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            call, account = rng.choice(self.calls), rng.choice(self.accounts)
            like = account.activity("Like", call)
            # Servers say it twice at once, to a shared inbox and to an actor's own; or again, having heard no answer.
            times = 2 if rng.random() < TWICE else 1
            await asyncio.gather(*(self.send(account, like, rng) for _ in range(times)))
            self.liked[call] += 1

    async def publish(self, machine: Running, number: int) -> None:
        text = f"A letter of ten lines is enough, number {number}."
        said = await ask(machine.control, "/calls", handle="letters", title=f"Write {number}", text=text)
        if said is not None:
            self.calls.append(said["uri"])

    async def publish_for(self, seconds: float) -> None:
        rng = random.Random(f"{self.plan.seed} publisher")
        end = time.monotonic() + seconds
        number = 1
        while time.monotonic() < end:
            number += 1
            await self.publish(rng.choice(self.machines), number)
            await asyncio.sleep(rng.uniform(0.2, 0.8))

    async def kill_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (pause := self.rng.uniform(*self.plan.pause)) + time.monotonic() < end:
            await asyncio.sleep(pause)
            await self.somebody_answers()
            which, name = self.rng.randrange(2), self.rng.choice(KINDS_OF_VICTIM)
            if self.machines[which].kill(name):
                self.kills[f"{name} {which}"] += 1

    async def somebody_answers(self) -> None:
        """A hand that is faster than all starts would prove nothing: nothing would ever be taken in."""
        while not any([await _is_well(machine) for machine in self.machines]):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)

    @contextlib.contextmanager
    def timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.took[what] = time.monotonic() - begun

    def journal(self) -> list[dict[str, Any]]:
        return [line for machine in self.machines for line in machine.journal()]


async def run(plan: Plan, postgres: PostgresServer) -> Trial:
    """Raises AssertionError with what was broken; the seed is on stdout."""
    sys.stdout.write(f"two by two processes, seed {plan.seed}\n")
    # Root of a namespace is nobody's root outside of it, and PostgreSQL's directory may be another user's.
    postgres.place.chmod(0o711)
    address = postgres.new_migrated()
    with _directories(address) as directories:
        trial = Trial(plan, free_port())
        documents = {one.id: one.document() for one in (*trial.accounts, *trial.strangers)}
        async with two_machines(directories, documents, trial.port) as trial.machines:
            with trial.timed("start"):
                await _ready(trial.machines)
            with trial.timed("load"):
                await _load(trial)
            with trial.timed("settling"):
                await _ready(trial.machines)
                await _settled(postgres, address)
            _compare(trial, postgres, address)
            with trial.timed("blocks"):
                await _refuse(trial)
            with trial.timed("end"):
                assert [await machine.end() for machine in trial.machines] == [0, 0]
        _nothing_is_leased(postgres, address)
    postgres.drop(address)
    return trial


@contextlib.contextmanager
def _directories(address: str) -> Iterator[tuple[Path, Path]]:
    # Short: a socket's path has at most 107 bytes.
    place = Path(tempfile.mkdtemp(prefix="antipole-2x2-"))
    try:
        made = []
        for name in ("one", "two"):
            directory = place / name
            directory.mkdir(mode=0o700)
            networks = ["127.0.0.0/8"]
            chosen = settings.make(
                directory, origin=ORIGIN, roles=["initiative"], allowed_networks=networks, database=address
            )
            settings.write(directory, chosen)
            made.append(directory)
        yield made[0], made[1]
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def _ready(machines: Sequence[Running]) -> None:
    async with asyncio.timeout(60):
        for machine in machines:
            while not await _is_well(machine):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.1)


async def _is_well(machine: Running) -> bool:
    answer = await exchange(machine.door, f"GET /health HTTP/1.1\r\nhost: {AUTHORITY}\r\n\r\n".encode())
    return answer is not None and answer[0] == 200


async def _load(trial: Trial) -> None:
    added = await ask(
        trial.machines[0].control,
        "/commands/initiative.add",
        handle="letters",
        name="Letters",
        languages="en",
    )
    assert added is not None
    await trial.publish(trial.machines[1], 1)
    assert trial.calls, "nothing could be published"
    async with asyncio.timeout(trial.plan.seconds + 120), asyncio.TaskGroup() as tasks:
        tasks.create_task(trial.kill_for(trial.plan.seconds))
        rng = random.Random(f"{trial.plan.seed} followers")
        following = [
            tasks.create_task(trial.send(account, account.activity("Follow", ACTOR), rng))
            for account in trial.accounts
        ]
        for number in range(trial.plan.senders):
            tasks.create_task(trial.like_for(trial.plan.seconds, number))
        await asyncio.gather(*following)
        # Everybody follows: from now on each call is owed to all of them.
        trial.calls[1:] = []
        tasks.create_task(trial.publish_for(trial.plan.seconds / 2))


async def _settled(postgres: PostgresServer, address: str) -> None:
    database = _name(address)
    waiting = (
        "SELECT (SELECT count(*) FROM deliveries WHERE state = 'pending')"
        " + (SELECT count(*) FROM errands WHERE state = 'pending')"
    )
    async with asyncio.timeout(60):
        while (await asyncio.to_thread(postgres.run, waiting, database))[0][0]:  # noqa: ASYNC110 - in other processes
            await asyncio.sleep(0.3)


def _compare(trial: Trial, postgres: PostgresServer, address: str) -> None:
    """What the database says with what the world outside knows."""

    def rows(statement: str) -> list[Any]:
        return postgres.run(statement, _name(address))

    kept = {row[0] for row in rows("SELECT digest FROM received_activities")}
    lost = [one for one in trial.acknowledged if _digest(*one) not in kept]
    assert lost == [], f"acknowledged and lost: {lost}"
    assert len(set(trial.acknowledged)) == len(kept), "more was taken in than was ever sent"
    counted = {row[0]: row[1] for row in rows("SELECT call_uri, n FROM call_reactions WHERE kind = 'like'")}
    assert counted == dict(trial.liked), "likes that were counted twice, or not at all"
    followers = {row[0] for row in rows("SELECT actor_id FROM followers")}
    assert followers == {account.id for account in trial.accounts}

    states = dict(rows("SELECT state, count(*) FROM deliveries GROUP BY state"))
    assert set(states) == {"done"}, states
    arrived: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for line in trial.journal():
        if "id" in line:
            arrived[line["id"], line["url"]].add((line["type"], line["object"]))
    owed = {(row[0], row[1]) for row in rows("SELECT activity_id, inbox FROM deliveries")}
    assert owed == set(arrived), "what arrived is not what is said to have arrived"
    assert all(len(said) == 1 for said in arrived.values()), "one id with two meanings"
    # A receiver takes each id once: of each call each follower has one Create, and no more.
    creates = Counter(
        (about, url) for (_, url), said in arrived.items() for kind, about in said if kind == "Create"
    )
    for call in trial.calls[1:]:
        for account in trial.accounts:
            assert creates[call, f"{account.id}/inbox"] == 1, (call, account.id)
    answered = {url for (_, url), said in arrived.items() if any(kind == "Accept" for kind, _ in said)}
    assert answered == {f"{account.id}/inbox" for account in trial.accounts}


async def _refuse(trial: Trial) -> None:
    """Before anything is fetched: that is the list in memory, which hears of it from the other machine."""
    here, there = trial.machines
    known, unknown = trial.strangers
    call = trial.calls[0]
    answer = await exchange(there.door, known.request(AUTHORITY, known.activity("Like", call)))
    assert answer == (202, b"")
    assert any(line["url"] == known.id for line in trial.journal())
    assert await ask(here.control, "/commands/block.add", target=known.origin.removeprefix("http://"))
    await asyncio.sleep(1)
    answer = await exchange(there.door, unknown.request(AUTHORITY, unknown.activity("Like", call)))
    assert answer is not None
    assert answer[0] == 403, answer
    assert not any(line["url"] == unknown.id for line in trial.journal()), (
        "a blocked server was asked for a key"
    )


def _nothing_is_leased(postgres: PostgresServer, address: str) -> None:
    database = _name(address)
    for table in ("deliveries", "errands"):
        stuck = f"SELECT count(*) FROM {table} WHERE state = 'pending' AND lease_until IS NOT NULL"
        assert postgres.run(stuck, database) == [(0,)], table


def _name(address: str) -> str:
    return urlsplit(address).path.removeprefix("/")


def _digest(actor: str, activity: str) -> str:
    return hashlib.sha256(f"{actor}\n{activity}".encode()).hexdigest()

"""Errands that fail, chores that stumble, and files left half-written."""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from federation.errors import Forbidden, TooBusy, Unreachable
from server.feature import Chore, Feature
from server.fediverse import actors, errands
from server.services import Services
from server.workers import refresh, retention
from tests.fediverse import Fediverse, Node
from tests.server.speaking import speaker, until

pytestmark = pytest.mark.anyio


class Trouble:
    """An errand that does what the test wants next."""

    def __init__(self) -> None:
        self.next: list[Exception | None] = []
        self.runs: list[tuple[str, Mapping[str, Any]]] = []

    async def __call__(self, services: Services, subject: str, detail: Mapping[str, Any]) -> None:
        self.runs.append((subject, detail))
        error = self.next.pop(0) if self.next else None
        if error is not None:
            raise error

    @property
    def features(self) -> list[Feature]:
        return [Feature("trouble", errands={"trouble": self})]


async def leave(node: Node, kind: str = "trouble", subject: str = "a", **detail: Any) -> None:
    await node.services.database.write(lambda tx: errands.add(tx, kind, subject, detail))


async def reason(node: Node, kind: str = "trouble") -> str | None:
    return await node.services.database.read(lambda tx: errands.waiting(tx, kind, "a"))


async def test_an_errand_is_done_once(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    trouble = Trouble()
    await leave(node, n=1)
    assert await refresh.run_due(node.services, trouble.features) == 1
    assert await refresh.run_due(node.services, trouble.features) == 0
    assert trouble.runs == [("a", {"n": 1})]
    assert await reason(node) is None


@pytest.mark.parametrize("error", [Unreachable("no-answer"), TooBusy("budget-spent", 30)])
async def test_silence_postpones_it_and_a_week_of_silence_ends_it(
    fediverse: Fediverse, error: Exception
) -> None:
    node, _ = await speaker(fediverse)
    trouble = Trouble()
    await leave(node)
    trouble.next = [error] * 100
    await refresh.run_due(node.services, trouble.features)
    assert await refresh.run_due(node.services, trouble.features) == 0
    fediverse.clock.advance(minutes=1)
    assert await refresh.run_due(node.services, trouble.features) == 1
    for _ in range(10):
        fediverse.clock.advance(days=1)
        await refresh.run_due(node.services, trouble.features)
    tried = len(trouble.runs)
    fediverse.clock.advance(days=2)
    await refresh.run_due(node.services, trouble.features)
    assert len(trouble.runs) == tried
    assert await reason(node) == error.args[0]


@pytest.mark.parametrize(
    ("error", "word"),
    [(Forbidden("not-theirs"), "not-theirs"), (Unreachable("forbidden-url", retry=False), "forbidden-url")],
)
async def test_what_asking_again_cannot_mend_is_a_dead_letter(
    fediverse: Fediverse, error: Exception, word: str
) -> None:
    node, _ = await speaker(fediverse)
    trouble = Trouble()
    trouble.next = [error]
    await leave(node)
    await refresh.run_due(node.services, trouble.features)
    fediverse.clock.advance(days=1)
    await refresh.run_due(node.services, trouble.features)
    assert len(trouble.runs) == 1
    assert await reason(node) == word
    fediverse.clock.advance(days=31)
    await retention.run_due(node.services)
    assert await reason(node) is None


async def test_a_poisoned_errand_does_not_stop_the_others(fediverse: Fediverse) -> None:
    """INT-18. The log says where, and nothing of what was being worked on."""
    node, _ = await speaker(fediverse)
    trouble = Trouble()
    trouble.next = [KeyError("sentinel"), None]
    await leave(node, subject="a")
    await leave(node, subject="b")
    await leave(node, kind="of a role taken away", subject="a")
    assert await refresh.run_due(node.services, trouble.features) == 3
    assert {subject for subject, _ in trouble.runs} == {"a", "b"}
    assert await reason(node, "of a role taken away") == "unknown-kind"
    (bug,) = fediverse.bugs
    assert "KeyError" in bug
    assert "sentinel" not in bug
    fediverse.bugs.clear()


async def test_a_chore_that_stumbles_is_done_the_next_time(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    errors: list[Exception] = [ValueError("x"), Unreachable("no-answer")]
    ran: list[str] = []

    async def stumbling(services: Services) -> int:
        if errors:
            raise errors.pop(0)
        ran.append("stumbling")
        return 1

    async def steady(services: Services) -> int:
        ran.append("steady")
        return 1

    every = timedelta(seconds=0.01)
    features = [Feature("f", chores=[Chore("stumbling", stumbling, every), Chore("steady", steady, every)])]
    assert [await refresh.run_due(node.services, features) for _ in range(3)] == [1, 1, 2]
    assert ran == ["steady", "steady", "stumbling", "steady"]
    assert len(fediverse.bugs) == 1
    fediverse.bugs.clear()


async def test_a_chore_comes_round_and_an_errand_wakes_the_worker(fediverse: Fediverse) -> None:
    import asyncio

    node, _ = await speaker(fediverse)
    trouble = Trouble()
    rounds: list[int] = []

    async def chore(services: Services) -> int:
        rounds.append(1)
        return 0

    features = [*trouble.features, Feature("f", chores=[Chore("c", chore, timedelta(milliseconds=1))])]
    tasks = [
        asyncio.create_task(refresh.run_errands_for_ever(node.services, features)),
        asyncio.create_task(refresh.run_chores_for_ever(node.services, features)),
    ]
    await until(lambda: len(rounds) == 1)
    fediverse.clock.advance(seconds=1)
    await until(lambda: len(rounds) == 2)
    await leave(node)
    await until(lambda: len(trouble.runs) == 1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_actor_that_changed_is_fetched_and_not_believed(fediverse: Fediverse) -> None:
    """IDC-06: the key and the inbox in an Update are what the sender says; what its server says counts."""
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")
    await peer.follow(eve, await node.document(actor))
    await fediverse.settle()
    sent = {**eve.document, "inbox": f"{eve.id}/sent-inbox"}
    peer.documents["/users/eve"] = {**eve.document, "inbox": f"{eve.id}/new-inbox"}
    update = {"id": f"{eve.id}#u1", "type": "Update", "actor": eve.id, "object": sent}
    assert (await peer.send(eve, f"{node.origin}/inbox", update)).status_code == 202
    await fediverse.settle()
    found = await node.services.database.read(lambda tx: actors.whereabouts(tx, eve.id))
    assert found is not None
    assert found.inbox == f"{eve.id}/new-inbox"


async def test_half_written_pictures_are_collected_within_the_hour(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    media = node.services.paths.media
    media.mkdir()
    now = fediverse.clock.now().timestamp()
    for name, age in ((".old.png", 7200), (".fresh.png", 60), ("whole.png", 7200)):
        (media / name).write_bytes(b"x")
        os.utime(media / name, (now - age, now - age))
    await retention.run_due(node.services)
    assert {file.name for file in media.iterdir()} == {".fresh.png", "whole.png"}


async def test_what_was_withdrawn_leaves_every_file_within_minutes(fediverse: Fediverse) -> None:
    """Also when there is nothing to prune: the log of the database still has the words that a Delete erased."""
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    published = await node.command("call.publish", handle="garden", title="Come", text="SENTINEL-of-words")
    await node.command("call.withdraw", uri=published["uri"])
    assert await retention.run_due(node.services) == 0
    assert retention.EVERY <= timedelta(minutes=5)
    files = [file for file in node.directory.rglob("*") if file.is_file()]
    assert [file.name for file in files if b"SENTINEL-of-words" in file.read_bytes()] == []

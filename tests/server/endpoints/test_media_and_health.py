"""Pictures under random names, and whether all is well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Message

from server.app import create_app
from server.fediverse.pictures import Picture, save
from server.services import Services
from server.storage.database import StorageUnavailable
from server.workers import retention, runner
from tests.fediverse import ACTIVITY_JSON, Fediverse
from tests.server.speaking import speaker, until

pytestmark = pytest.mark.anyio


async def test_a_picture_is_served_as_nothing_but_a_picture(fediverse: Fediverse) -> None:
    """IDC-11: whatever is asked for, an upload is never an ActivityPub document."""
    node, _ = await speaker(fediverse)
    name = save(node.services.paths.media, Picture(b"\x89PNG...", "image/png", 1, 1))
    answer = await node.get(f"/media/{name}", accept=ACTIVITY_JSON)
    assert (answer.status_code, answer.content) == (200, b"\x89PNG...")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "name",
    [
        "..%2fantipole.sqlite3",
        "../antipole.sqlite3",
        "%2e%2e%2fantipole.toml",
        "..%5cantipole.toml",
        "x" * 32 + ".png",
        "0" * 32 + ".svg",
        "0" * 32 + ".png%00.svg",
        "0" * 32 + ".png",
    ],
)
async def test_no_other_file_has_an_address(fediverse: Fediverse, name: str) -> None:
    node, _ = await speaker(fediverse)
    assert (await node.get(f"/media/{name}")).status_code == 404


async def test_health_says_when_the_database_does_not_answer(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, _ = await speaker(fediverse)
    well = await node.get("/health")
    assert (well.status_code, well.json()) == (200, {"database": True, "workers": None})

    async def broken(work: Any) -> None:
        raise StorageUnavailable("gone")

    monkeypatch.setattr(node.services.database, "read", broken)
    ill = await node.get("/health")
    assert (ill.status_code, ill.json()["database"]) == (503, False)


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """As uvicorn starts and ends an application."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    running = asyncio.ensure_future(app({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    assert (await from_app.get())["type"] == "lifespan.startup.complete"
    yield
    await to_app.put({"type": "lifespan.shutdown"})
    assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
    await running


async def test_the_applications_lifespan_starts_and_stops_the_workers(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    app = create_app(node.services, node.features)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=node.origin)
    assert (await client.get("/health")).json()["workers"] is False
    tasks = len(asyncio.all_tasks())
    async with lifespan(app):
        assert (await client.get("/health")).json()["workers"] is True
        await peer.follow(peer.account("eve"), await node.document(actor))
        await until(lambda: peer.types() == ["Accept"])
    assert (await client.get("/health")).json()["workers"] is False
    assert len(asyncio.all_tasks()) == tasks
    await client.aclose()


async def test_a_worker_that_crashes_is_said_to_rest_and_comes_back(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, _ = await speaker(fediverse)
    monkeypatch.setattr(runner, "PAUSE_AFTER_CRASH", 0.01)
    runs, words = 0, "a " + "secret"

    async def crash(services: Services) -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise ValueError(words)
        await asyncio.Event().wait()

    monkeypatch.setattr(retention, "run", crash)
    workers = runner.Workers(node.services, node.features)
    workers.start()
    await until(lambda: runs == 3 and workers.alive())
    await workers.stop()
    assert len(fediverse.bugs) == 2
    assert "ValueError" in fediverse.bugs[0]
    assert "secret" not in fediverse.bugs[0]
    fediverse.bugs.clear()

"""A small fediverse in one process: real instances, neighbours on other software, one clock turned by hand.

    async with Fediverse(tmp_path) as fediverse:
        hub = await fediverse.add("hub.example", roles=["hub"])
        garden = await fediverse.add("garden.example", roles=["initiative"])
        await garden.command("initiative.add", handle="garden", name="Garden")
        await fediverse.settle()

Every instance is the application as it is shipped, with a SQLite file of its own, or with a PostgreSQL database where
the test or `ANTIPOLE_TEST_ENGINE` says so. Its client finds the other instances and neighbours by host; a host nobody
is, is looked for in `tests/world/<host>/<path>.json`; the rest answers 404.
"""

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import httpx2
from starlette.types import ASGIApp

from federation.keys import RsaPrivateKey, generate_rsa
from server import settings as settings_file
from server.app import close_services, create_app, open_services
from server.control.commands import commands_of, find_command
from server.feature import Feature
from server.roles import features_of
from server.services import Services
from server.storage.sqlite import open_sqlite
from server.workers import deliveries, refresh, retention
from tests import postgres_server, traces
from tests.neighbours import Neighbour

WORLD = Path(__file__).parent / "world"
ACTIVITY_JSON = "application/activity+json"
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MOST_ROUNDS = 100
KEYS_IN_THE_POOL = 16


class HandTurnedClock:
    """Stands still until it is told otherwise."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


class Host(Protocol):
    """Whoever answers for a host name."""

    async def answer(self, request: httpx2.Request) -> httpx2.Response: ...


class Node:
    """One instance of ours. `services` are there while it is up."""

    services: Services
    features: Sequence[Feature]
    door: ASGIApp

    def __init__(self, fediverse: "Fediverse", host: str, directory: Path, database: str) -> None:
        self.fediverse = fediverse
        self.database = database
        self.host = host
        self.origin = f"https://{host}"
        self.directory = directory
        self.up = False
        self._app: httpx2.ASGITransport | None = None

    async def start(self) -> None:
        """Also after `stop`: what was committed is still there."""
        self.services = await open_services(
            self.directory,
            clock=self.fediverse.clock,
            fallback=self.fediverse.network,
            make_rsa=self.fediverse.make_rsa,
        )
        self.features = features_of(self.services.here.settings)
        self.open_doors()
        self.up = True

    def open_doors(self) -> None:
        """Anew when a test has added to `features`."""
        self.door = create_app(self.services, self.features, with_workers=False)
        self._app = httpx2.ASGITransport(app=self.door)

    async def stop(self) -> None:
        """From now on nobody reaches it."""
        if self.up:
            self.up = False
            await close_services(self.services)

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        if not self.up or self._app is None:
            raise httpx2.ConnectError("connection refused", request=request)
        return await self._app.handle_async_request(request)

    async def command(self, name: str, /, **arguments: Any) -> Any:
        """What the command line would do; raises `Refusal` as it would be told."""
        return await find_command(commands_of(self.features), name)(self.services, arguments)

    async def stats(self) -> dict[str, int]:
        counts: dict[str, int] = await self.command("stats")
        return counts

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx2.Response:
        """As from the outside; `path` may be a whole URL of this instance. Redirects are not followed.

        Every request bears marks that must be found nowhere afterwards; see `tests/traces.py`.
        """
        assert self._app is not None
        url = path if path.startswith("https://") else self.origin + path
        sent = traces.HEADERS | dict(headers or {})
        async with httpx2.AsyncClient(transport=self._app) as client:
            return await client.request(method, url, headers=sent, content=content)

    async def get(self, path: str, *, accept: str = "text/html", **headers: str) -> httpx2.Response:
        return await self.request("GET", path, headers={"accept": accept, **headers})

    async def document(self, path: str) -> dict[str, Any]:
        """What a server gets: the ActivityPub document at `path`."""
        response = await self.get(path, accept=ACTIVITY_JSON)
        assert response.status_code == 200, (path, response.status_code)
        assert response.headers["content-type"].startswith(ACTIVITY_JSON)
        document: dict[str, Any] = response.json()
        return document

    async def rows(self) -> dict[str, int]:
        """How many rows each table has: for "nothing was written"."""

        def count(tx: Any) -> dict[str, int]:
            names = table_names(tx, self.database)
            return {name: tx.one(_sql(f"SELECT COUNT(*) AS n FROM {name}"))["n"] for name in names}

        return await self.services.database.read(count)

    def stored(self) -> bytes:
        """All that the engine keeps, its log included: for "nothing of it is kept"."""
        if self.database:
            return postgres_server.contents(self.database)
        return b"".join(file.read_bytes() for file in sorted(self.directory.glob("antipole.sqlite3*")))


class Fediverse:
    """Instances, neighbours, files of the world, and a clock."""

    def __init__(self, directory: Path, *, engine: str | None = None) -> None:
        """`engine` is "sqlite" or "postgres"."""
        self.clock = HandTurnedClock()
        self.engine = engine or postgres_server.default_engine()
        self.network = _Network(self)
        self.nodes: dict[str, Node] = {}
        self.neighbours: dict[str, Neighbour] = {}
        self.doubles: dict[str, Host] = {}
        """Servers with the habits of one make, see `tests/doubles`."""
        self.bugs: list[str] = []
        self._directory = directory
        self._keys = itertools.cycle(range(KEYS_IN_THE_POOL))
        self._listener = _BugListener(self.bugs)

    async def __aenter__(self) -> Self:
        logging.getLogger("antipole.workers").addHandler(self._listener)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger("antipole.workers").removeHandler(self._listener)
        # Before they stop: their write-ahead logs are taken away then.
        kept = traces.scan(self._directory)
        for node in self.nodes.values():
            if node.database:
                kept += traces.found_in(node.stored())
            await node.stop()
            if node.database:
                postgres_server.shared().give_back(node.database)
        if error is None:
            assert self.bugs == []
            assert kept == []

    def make_rsa(self) -> RsaPrivateKey:
        """Making a key takes a tenth of a second; a few of them serve all tests."""
        return _pooled_key(next(self._keys))

    async def add(self, host: str, *, roles: Sequence[str], **settings: Any) -> Node:
        """A new instance at https://`host`; `settings` as `server.settings.make` takes them."""
        directory = self._directory / host
        directory.mkdir(mode=0o700)
        address = postgres_server.new_address(self.engine)
        made = settings_file.make(
            directory, origin=f"https://{host}", roles=roles, database=address, **settings
        )
        settings_file.write(directory, made)
        if not address:
            database = await open_sqlite(directory / "antipole.sqlite3", create=True)
            await database.close()
        node = Node(self, host, directory, address)
        await node.start()
        self.nodes[host] = node
        return node

    def neighbour(self, host: str) -> Neighbour:
        """Somebody else's server at https://`host`: it keeps what it is sent, and says what the test tells it to."""
        if host not in self.neighbours:
            self.neighbours[host] = Neighbour(host, self.clock, self.network, self.make_rsa)
        return self.neighbours[host]

    def host(self, name: str) -> Host | None:
        return self.nodes.get(name) or self.neighbours.get(name) or self.doubles.get(name)

    async def settle(self) -> None:
        """Delivers, fetches and does chores everywhere until nothing is left to do at this moment of the clock."""
        for _ in range(MOST_ROUNDS):
            done = 0
            for node in [node for node in self.nodes.values() if node.up]:
                done += await deliveries.run_due(node.services)
                done += await refresh.run_due(node.services, node.features)
            assert self.bugs == []
            if not done:
                return
        raise AssertionError(f"the fediverse does not come to rest in {MOST_ROUNDS} rounds")

    async def forget(self) -> None:
        """Retention everywhere, as it runs every minute."""
        for node in self.nodes.values():
            await retention.run_due(node.services)


class _Network(httpx2.AsyncBaseTransport):
    """Leads each request to whoever has the host. A traceback in a server is a failure of the test."""

    def __init__(self, fediverse: Fediverse) -> None:
        self._fediverse = fediverse

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = self._fediverse.host(request.url.netloc.decode())
        if host is None:
            return _from_the_world(request)
        try:
            return await host.answer(request)
        except httpx2.HTTPError:
            raise
        except Exception as error:
            self._fediverse.bugs.append(f"{request.method} {request.url}: {error!r}")
            return httpx2.Response(500)


class _BugListener(logging.Handler):
    def __init__(self, bugs: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._bugs = bugs

    def emit(self, record: logging.LogRecord) -> None:
        self._bugs.append(record.getMessage())


def _from_the_world(request: httpx2.Request) -> httpx2.Response:
    host, path = request.url.netloc.decode(), request.url.path.strip("/")
    file = (WORLD / host / f"{path or 'index'}.json").resolve()
    if request.method != "GET" or not file.is_relative_to(WORLD) or not file.is_file():
        return httpx2.Response(404)
    return httpx2.Response(200, content=file.read_bytes(), headers={"content-type": ACTIVITY_JSON})


@cache
def _pooled_key(number: int) -> RsaPrivateKey:
    return generate_rsa()


def table_names(tx: Any, database: str) -> list[str]:
    """All tables that are ours; `database` as in the settings."""
    if database:
        question = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    else:
        question = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(row["name"] for row in tx.all(_sql(question)))


def _sql(text: str) -> Any:
    from server.storage.queries import Query

    return Query("test", text, "A question of a test.", Path("tests"))


def paths_in(document: Any) -> Iterator[str]:
    """Every string in a document, however deep: for "nobody's name is in here"."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for value in document.values():
            yield from paths_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from paths_in(value)

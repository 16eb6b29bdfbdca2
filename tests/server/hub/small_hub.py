"""One hub with a real database, and initiatives on other servers that say and serve what a test wants."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from federation.actors import RemoteActor, read_actor
from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.documents import id_of, loads
from federation.errors import FederationError, Unreachable
from federation.inbox import VerifiedActivity
from federation.integrity_proofs import attach
from federation.keys import Ed25519PrivateKey, ProofKey, RsaPrivateKey, generate_ed25519, generate_rsa
from federation.multibase import multikey_ed25519
from federation.vocabulary import ACTIVITY_JSON, JRD_JSON
from server import settings as settings_file
from server.documents.call import Call, call_document
from server.documents.profile import ActorEndpoints, Icon, Profile, PublicKeys, profile_document
from server.endpoints.authorized_fetch import DocumentDoors
from server.endpoints.dispatch import merged_listeners, take_in
from server.endpoints.feature import FEATURE as ENDPOINTS
from server.feature import Feature, Prepare
from server.fediverse import errands
from server.fediverse.instance import Instance
from server.fediverse.keyring import Keyring
from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.uris import Uris
from server.hub.features import FEATURES
from server.paths import InstancePaths, static_dir, templates_dir
from server.services import Services
from server.storage.database import Transaction
from server.storage.opening import open_database
from server.storage.queries import Query
from server.storage.remembered import Remembered
from server.web.errors import error_handlers
from server.web.render import Pages, Site
from server.web.stylesheets import join_blocks, join_desk
from tests import postgres_server

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORIGIN = "https://hub.example"
ACTIVITIES = Query("", "SELECT document FROM activities ORDER BY id", "", Path())
DELIVERIES = Query("", "SELECT inbox FROM deliveries WHERE activity_id = :activity_id", "", Path())
ALL: tuple[Feature, ...] = (ENDPOINTS, *FEATURES)


@lru_cache(maxsize=1)
def one_rsa_key() -> RsaPrivateKey:
    """Making one takes most of a test's time; here it does not matter whose it is."""
    return generate_rsa()


@dataclass
class Clock:
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class World:
    """What other servers answer: address -> (status, media type, body). Everything else is 404."""

    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    etags: dict[str, str] = field(default_factory=dict)
    """Of addresses whose server says what state they are in."""

    def serve(self, url: str, document: Mapping[str, Any] | bytes, media_type: str = ACTIVITY_JSON) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.pages[url] = (200, media_type, body)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        url = str(request.url)
        self.asked.append(url)
        if request.url.host in self.down:
            raise httpx2.ConnectError("down")
        status, media_type, body = self.pages.get(url, (404, "text/plain", b""))
        headers = {"content-type": media_type}
        if etag := self.etags.get(url):
            headers["etag"] = etag
            if request.headers.get("if-none-match") == etag:
                return httpx2.Response(304, headers=headers)
        return httpx2.Response(status, headers=headers, content=body)


class Initiative:
    """An Organization on a server of its own, with real keys and our own documents."""

    def __init__(self, world: World, host: str = "garten.example", handle: str = "garten") -> None:
        self.world, self.host, self.handle = world, host, handle
        self.id = f"https://{host}/actors/{handle}"
        self.proof: Ed25519PrivateKey = generate_ed25519()
        self.counter = 0
        self.profile = Profile(
            handle=handle,
            name="Garten am Kanal",
            summary="Wir pflanzen **Bäume**.",
            languages=("de",),
            themes=("education",),
            place="Leipzig, DE",
            links=(),
            icon=None,
            published=NOON - timedelta(days=9),
            updated=NOON - timedelta(days=1),
            page_url=f"https://{host}/@{handle}",
        )
        self.serve()

    @property
    def at(self) -> str:
        return f"@{self.handle}@{self.host}"

    def proof_key(self) -> ProofKey:
        return ProofKey(f"{self.id}#ed25519-key", self.proof)

    def document(self, *, kind: str = "Organization") -> bytes:
        endpoints = ActorEndpoints(
            id=self.id,
            inbox=f"{self.id}/inbox",
            outbox=f"{self.id}/outbox",
            followers=f"{self.id}/followers",
            following=f"{self.id}/following",
            featured=f"{self.id}/featured",
            shared_inbox=f"https://{self.host}/inbox",
        )
        keys = PublicKeys(
            main_key_id=f"{self.id}#main-key",
            main_key_pem=one_rsa_key().public.pem,
            proof_key_id=f"{self.id}#ed25519-key",
            proof_key_multibase=multikey_ed25519(self.proof.public.raw),
        )
        document = profile_document(self.profile, endpoints, keys, type=kind)
        return json.dumps(attach(document, self.proof_key(), NOON), ensure_ascii=False).encode()

    def serve(self, **edits: Any) -> None:
        """Puts profile, WebFinger and an outbox on the net."""
        self.profile = replace(self.profile, **edits)
        self.world.serve(self.id, self.document())
        resource = f"acct%3A{self.handle}%40{self.host}"
        jrd = {
            "subject": f"acct:{self.handle}@{self.host}",
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": self.id}],
        }
        for spelling in (resource, resource.replace("%3A", ":").replace("%40", "@")):
            self.world.serve(f"https://{self.host}/.well-known/webfinger?resource={spelling}", jrd, JRD_JSON)

    def serve_outbox(self, *items: Any) -> None:
        first = f"{self.id}/outbox?page=1"
        self.world.serve(
            f"{self.id}/outbox", {"id": f"{self.id}/outbox", "type": "OrderedCollection", "first": first}
        )
        self.world.serve(first, {"id": first, "type": "OrderedCollectionPage", "orderedItems": list(items)})

    def with_icon(self, url: str) -> None:
        self.serve(icon=Icon(url, "image/png", "a tree"), updated=self.profile.updated + timedelta(seconds=1))

    def call(self, number: int = 1, **edits: Any) -> Call:
        call = Call(
            uri=f"https://{self.host}/calls/{number}",
            actor_id=self.id,
            state="open",
            title=f"Plant tree {number}",
            text="Bring *gloves*.",
            kind="attend",
            size="hour",
            language="en",
            themes=("education",),
            start=None,
            deadline=None,
            link="https://garten.example/trees",
            place="Leipzig, DE",
            published=NOON - timedelta(hours=2),
            updated=NOON - timedelta(hours=2),
        )
        return replace(call, **edits)

    def note(self, call: Call, *, key: ProofKey | None = None) -> bytes:
        document = call_document(call, followers=f"{self.id}/followers")
        return json.dumps(attach(document, key or self.proof_key(), NOON), ensure_ascii=False).encode()

    def serve_call(self, call: Call) -> bytes:
        note = self.note(call)
        self.world.serve(call.uri, note)
        return note

    def remote(self) -> RemoteActor:
        body = self.document()
        return read_actor(loads(body), body, NOON)

    def activity(
        self, kind: str, thing: bytes | str | Mapping[str, Any], *, now: datetime = NOON, **members: Any
    ) -> VerifiedActivity:
        """As `federation.inbox.receive` hands it over; `thing` in bytes is embedded as it stands."""
        self.counter += 1
        activity_id = f"https://{self.host}/activities/{self.counter}"
        head = json.dumps({"id": activity_id, "type": kind, "actor": self.id, **members})
        raw = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
        body = head.encode()[:-1] + b',"object":' + raw + b"}"
        document = loads(body)
        named = document["object"]
        return VerifiedActivity(
            id=activity_id,
            type=kind,
            actor=self.remote(),
            document=document,
            body=body,
            body_hash=sha256(body).hexdigest(),
            object_id=id_of(named),
            fresh=True,
            received_at=now,
        )


@dataclass
class SmallHub:
    services: Services
    app: Starlette
    world: World
    clock: Clock

    @property
    def id(self) -> str:
        return f"{ORIGIN}/actors/hub"

    async def receive(self, activity: VerifiedActivity) -> None:
        listeners = merged_listeners(ALL)
        activity = replace(activity, received_at=self.clock.now())
        await self.services.database.write(lambda tx: take_in(tx, self.services, listeners, activity))

    async def command(self, name: str, **arguments: Any) -> Any:
        command = next(feature.commands[name] for feature in ALL if name in feature.commands)
        return await command(self.services, arguments)

    async def start_again(self) -> None:
        """What every start does, on the database as it is."""
        await _start(self.services)

    async def work(self) -> list[tuple[str, str]]:
        """Errands and chores until nothing is left that is due; answers what failed as (kind, reason)."""
        kinds = {kind: errand for feature in ALL for kind, errand in feature.errands.items()}
        failed: list[tuple[str, str]] = []
        while True:
            now = self.clock.now()
            leased = await self.services.database.write(partial(errands.lease, now=now, limit=50))
            done = 0
            for row in leased:
                try:
                    await kinds[row.kind](self.services, row.subject, row.detail)
                except FederationError as error:
                    failed.append((row.kind, error.reason))
                    if isinstance(error, Unreachable) and error.retry:
                        later = now + timedelta(minutes=1)
                        put_off = partial(errands.retry, errand=row, at=later, reason="unreachable")
                        await self.services.database.write(put_off)
                        continue
                await self.services.database.write(partial(errands.finish, errand=row))
            for feature in ALL:
                for chore in feature.chores:
                    done += await chore.run(self.services)
            if not leased and not done:
                return failed

    async def sent(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What was published, oldest first."""
        rows = await self.services.database.read(lambda tx: tx.all(ACTIVITIES))
        documents = [json.loads(row["document"]) for row in rows if row["document"]]
        return [document for document in documents if kind in (None, document["type"])]

    async def inboxes(self, activity_id: str) -> set[str]:
        rows = await self.services.database.read(lambda tx: tx.all(DELIVERIES, activity_id=activity_id))
        return {row["inbox"] for row in rows}

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.get(path, headers=headers)

    async def apply(self, initiative: Initiative) -> VerifiedActivity:
        follow = initiative.activity("Follow", self.id)
        await self.receive(follow)
        await self.work()
        return follow

    async def admit(self, initiative: Initiative) -> VerifiedActivity:
        follow = await self.apply(initiative)
        await self.command("hub.admit", target=initiative.at)
        await self.work()
        return follow

    async def rows(self, table: str) -> list[dict[str, Any]]:
        query = replace(ACTIVITIES, sql=f"SELECT * FROM {table}")
        return [dict(row) for row in await self.services.database.read(lambda tx: tx.all(query))]


@asynccontextmanager
async def small_hub(directory: Path, **settings: Any) -> AsyncIterator[SmallHub]:
    address = postgres_server.new_address(postgres_server.default_engine())
    chosen = settings_file.make(
        directory, origin=ORIGIN, roles=["hub"], name="The Noticeboard", database=address, **settings
    )
    paths, world, clock = InstancePaths(directory), World(), Clock()
    database = await open_database(
        address, paths.database, create=not address and not paths.database.exists()
    )
    uris = Uris(chosen.origin)
    keyring = Keyring(database, uris, make_rsa=one_rsa_key)
    client = FederationClient(
        policy=NetworkPolicy(),
        keys=keyring,
        clock=clock,
        user_agent="test",
        fallback=httpx2.MockTransport(world.answer),
    )
    site = Site(chosen.name, chosen.origin, chosen.authority, chosen.roles)
    navigation = [(link.label, link.path) for feature in ALL for link in feature.navigation]
    css = static_dir() / "css"
    pages = Pages(site, templates_dir(), join_blocks(css), navigation, desk_stylesheet=join_desk(css))
    services = Services(
        here=Instance(chosen, uris, keyring, clock, client, Blocklist()),
        database=database,
        pages=pages,
        paths=paths,
        remembered=Remembered(database.changes),
    )
    await _start(services)
    app = Starlette(
        routes=[route for feature in (*FEATURES, ENDPOINTS) for route in feature.routes],
        exception_handlers=dict(error_handlers(pages)),
    )
    app.state.services, app.state.features = services, ALL
    app.state.authorized_fetch = DocumentDoors(services)
    try:
        yield SmallHub(services, app, world, clock)
    finally:
        await client.aclose()
        await database.close()
        if address:
            postgres_server.shared().give_back(address)


async def _start(services: Services) -> None:
    for feature in ALL:
        for prepare in feature.prepare:
            await services.database.write(partial(_run, prepare, services))


def _run(prepare: Prepare, services: Services, tx: Transaction) -> None:
    prepare(tx, services)

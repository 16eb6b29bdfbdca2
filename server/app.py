"""The composition root: settings become services, services and features become an application. Nothing else
builds these.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.keys import RsaPrivateKey, generate_rsa
from federation.ports import Clock
from server import settings as settings_file
from server.accounts.identity import Sessions
from server.clock import SystemClock
from server.endpoints.authorized_fetch import DocumentDoors
from server.endpoints.bodies import InFlight
from server.endpoints.dispatch import merged_listeners
from server.feature import Feature
from server.fediverse import moderation, outbox
from server.fediverse.instance import Instance
from server.fediverse.keyring import Keyring
from server.fediverse.uris import Uris
from server.paths import InstancePaths, static_dir, templates_dir
from server.roles import features_of
from server.services import Services
from server.settings import Settings
from server.storage import unfinished
from server.storage.database import Transaction
from server.storage.opening import open_database
from server.storage.remembered import Remembered
from server.version import VERSION
from server.web.bodies import Room
from server.web.doors import require_doors
from server.web.errors import error_handlers
from server.web.hot_answers import HotAnswers
from server.web.identity import SignedIn
from server.web.middleware import CompressPublic, OnlyOurHost, SecurityHeaders
from server.web.render import Pages, Site
from server.web.static_files import static_routes
from server.web.stylesheets import join_blocks, join_desk
from server.workers.runner import Workers


class _OwnDoor:
    """Our own application, reached by our own client without a network: filled in once it is built."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None  # open_services fills it before anybody gets the client
        await self.app(scope, receive, send)


async def open_services(
    directory: Path,
    *,
    clock: Clock | None = None,
    mounts: Mapping[str, httpx2.AsyncBaseTransport] | None = None,
    fallback: httpx2.AsyncBaseTransport | None = None,
    make_rsa: Callable[[], RsaPrivateKey] = generate_rsa,
) -> Services:
    """Opens an instance: its database is checked and brought up to date, and what each feature needs is
    there.

    The caller holds the instance's lock, and ends with `close_services`. Raises `SettingsError` and
    `StorageUnavailable`. `mounts`, `fallback` and `make_rsa` are for tests (see `FederationClient`,
    `Keyring`).
    """
    settings = settings_file.load(directory)
    features = features_of(settings)
    paths = InstancePaths(directory)
    uris = Uris(settings.origin, settings.handle_domain)
    time = clock or SystemClock()
    database = await open_database(settings.database, paths.database)
    try:
        keyring = Keyring(database, uris, make_rsa=make_rsa)
        own_door = _OwnDoor()
        # What we owe to actors that live here goes through the same doors as everybody's, but never over a network.
        own = httpx2.ASGITransport(app=own_door, raise_app_exceptions=False)
        blocklist = moderation.Blocklist()
        client = FederationClient(
            policy=NetworkPolicy(settings.allowed_networks),
            keys=keyring,
            clock=time,
            user_agent=f"Antipole/{VERSION} (+{settings.origin}/)",
            mounts={**(mounts or {}), settings.origin: own},
            fallback=fallback,
            refuses=blocklist.refuses,
        )
        here = Instance(settings, uris, keyring, time, client, blocklist)
        services = Services(
            here=here,
            database=database,
            pages=_pages(settings, features),
            paths=paths,
            remembered=Remembered(database.changes),
        )
        own_door.app = create_app(services, features, with_workers=False, hot=False)
        await database.read(unfinished.require_whole)
        await database.write(lambda tx: _prepare(tx, services, features))
        await moderation.read_blocks(database, blocklist)
    except BaseException:
        await database.close()
        raise
    return services


async def close_services(services: Services) -> None:
    await services.here.client.aclose()
    await services.database.close()


def create_app(
    services: Services, features: Sequence[Feature], *, with_workers: bool = True, hot: bool = True
) -> ASGIApp:
    """The public application. Its lifespan starts and stops the workers, and what keeps its memory fresh.

    `hot`: what everybody may read is answered from memory while it is true.
    """
    workers = Workers(services, features, with_work=with_workers)
    documents = DocumentDoors(services)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        workers.start()
        try:
            yield
        finally:
            await documents.readers.stop()
            await workers.stop()

    settings = services.here.settings
    styles = (services.pages.stylesheet, services.pages.desk_stylesheet)
    routes = [route for feature in features for route in feature.routes] + static_routes(static_dir(), styles)
    require_doors(routes)
    app = Starlette(
        routes=routes,
        exception_handlers=error_handlers(services.pages),
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.features = features
    app.state.listeners = merged_listeners(features)
    app.state.in_flight = InFlight()
    app.state.remembered = documents.readers.remembered
    app.state.authorized_fetch = documents
    app.state.room_for_files = Room()
    app.state.origin = settings.origin
    app.state.identity = Sessions(services)
    app.state.badges = _badges(services, features)
    app.state.workers_alive = workers.alive if with_workers else lambda: None
    compressed = CompressPublic(app)
    # Outside of Starlette, whose own last resort for a 500 would else answer without these headers.
    https = settings.is_https
    door = SecurityHeaders(OnlyOurHost(compressed, authority=settings.authority, https=https), https=https)
    if not hot:
        return door
    return HotAnswers(
        door,
        authority=settings.authority,
        changes=services.database.changes,
        clock=services.here.clock,
        secure=settings.secure_mode,
    )


def _pages(settings: Settings, features: Sequence[Feature]) -> Pages:
    site = Site(
        name=settings.name, origin=settings.origin, authority=settings.authority, roles=settings.roles
    )
    navigation = [(link.label, link.path) for feature in features for link in feature.navigation]
    css = static_dir() / "css"
    desk = [
        (link.label, link.path, link.permission.scope, link.permission.role)
        for feature in features
        for link in feature.desk
    ]
    return Pages(
        site, templates_dir(), join_blocks(css), navigation, desk_stylesheet=join_desk(css), desk=desk
    )


def _badges(
    services: Services, features: Sequence[Feature]
) -> Callable[[SignedIn], Awaitable[Mapping[str, int]]]:
    """How much waits behind each of the menu's entries that this person may open."""
    links = [link for feature in features for link in feature.desk]

    def open_to(me: SignedIn) -> dict[str, Callable[[Transaction], int]]:
        found: dict[str, Callable[[Transaction], int]] = {}
        for link in links:
            if link.badge is not None and me.may(link.permission.scope, link.permission.role):
                found[link.path] = link.badge
            for handle in me.handles if link.badge_at is not None else ():
                if link.badge_at is not None and me.may(f"@{handle}", link.permission.role):
                    found[link.path.replace("{handle}", handle)] = partial(_at, link.badge_at, handle)
        return found

    async def count(me: SignedIn) -> Mapping[str, int]:
        badges = open_to(me)
        if not badges:
            return {}
        return await services.database.read(lambda tx: {path: badge(tx) for path, badge in badges.items()})

    return count


def _at(badge: Callable[[Transaction, str], int], handle: str, tx: Transaction) -> int:
    return badge(tx, handle)


def _prepare(tx: Transaction, services: Services, features: Sequence[Feature]) -> None:
    # What stands in a restored backup may have been blocked since, and the block put back by hand.
    moderation.sweep(tx, services.here.clock.now())
    last = outbox.last_activity(tx)
    if last is not None:
        services.here.uris.go_on_after(last)
    for feature in features:
        for prepare in feature.prepare:
            prepare(tx, services)

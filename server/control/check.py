"""`check`: does this instance stand as its settings say? One line per question."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from federation.client import FederationClient
from federation.errors import FederationError, Gone, NotAuthentic, Unreachable
from federation.webfinger import resolve_handle
from server.clock import iso
from server.feature import Command, Feature
from server.fediverse.actors.ours import store as ours
from server.fediverse.actors.ours.store import LocalActor
from server.fediverse.keyring import MissingKey
from server.services import Services
from server.settings import Settings
from server.storage.database import StorageUnavailable, Transaction

NOT_BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
"""A machine without a battery clock starts in the past; every signature it makes is then refused."""

SHOWN = 20
"""Handles that are looked up; an instance may hold many initiatives."""


def check_command(features: Sequence[Feature]) -> Command:
    """{} -> {"lines": ["ok: ...", "problem: ...", ...], "problems": how many}."""

    async def check(services: Services, arguments: Mapping[str, Any]) -> Any:
        lines = [_origin(services), *_networks(services), *_secure_mode(services)]
        lines += [_clock(services), await _database(services)]
        lines += await _keys(services)
        lines += await _webfinger(services)
        for feature in features:
            for question in feature.checks:
                lines += await question(services)
        return {"lines": lines, "problems": sum(line.startswith("problem:") for line in lines)}

    return check


def _origin(services: Services) -> str:
    settings = services.here.settings
    return f"ok: origin {settings.origin}, roles {', '.join(settings.roles)}"


def _networks(services: Services) -> list[str]:
    networks = services.here.settings.allowed_networks
    if not networks:
        return []
    listed = ", ".join(str(network) for network in networks)
    return [
        f"warning: http, addresses and other ports are allowed inside {listed}; on a public server take "
        "allowed_networks out of antipole.toml"
    ]


def _secure_mode(services: Services) -> list[str]:
    if not services.here.settings.secure_mode:
        return []
    return [
        "ok: secure mode is on: documents go only to servers that sign for them; pages, discovery and the "
        "server's own key stay open"
    ]


def _clock(services: Services) -> str:
    now = services.here.clock.now()
    if now < NOT_BEFORE:
        return f"problem: the clock says {iso(now)}, which is in the past: set it, or nobody accepts our signatures"
    return f"ok: the clock says {iso(now)}; compare it with a watch, since peers refuse what is an hour off"


async def _database(services: Services) -> str:
    try:
        found = await services.database.problems()
    except StorageUnavailable as error:
        return f"problem: {error}"
    if found:
        return f"problem: the database is damaged ({found[0]}): restore a backup"
    return "ok: the database is sound"


async def _keys(services: Services) -> list[str]:
    def load(tx: Transaction) -> list[str]:
        problems = []
        for actor_id in [services.here.uris.instance_actor, *(actor.id for actor in _living(tx))]:
            try:
                services.here.keyring.load(tx, actor_id)
            except (MissingKey, NotAuthentic):
                problems.append(f"problem: the keys of {actor_id} are missing or broken: restore a backup")
        return problems

    return await services.database.read(load) or ["ok: every actor has its keys"]


async def _webfinger(services: Services) -> list[str]:
    """Asks the public origin as a stranger would, through whatever proxy stands before us."""
    here = services.here
    actors = await services.database.read(_living)
    if not actors:
        return ["skipped: WebFinger, since no initiative lives here yet (`antipole initiative add`)"]
    client = FederationClient(
        policy=here.client.policy,
        keys=here.keyring,
        clock=here.clock,
        user_agent=f"Antipole ({here.settings.origin})",
    )
    lines = []
    try:
        for actor in actors[:SHOWN]:
            for domain in here.settings.handle_domains:
                lines.append(await _look_up(client, actor, domain, here.settings))
    finally:
        await client.aclose()
    return lines


async def _look_up(client: FederationClient, actor: LocalActor, domain: str, settings: Settings) -> str:
    """`domain` may be the one of handles alone: then its own web server has to lead WebFinger here."""
    handle = f"@{actor.handle}@{domain}"
    if domain == settings.authority:
        mend, changed = "does that name lead to this server?", "does a proxy change our answers?"
    else:
        wellknown = ".well-known/webfinger"
        mend = changed = (
            f"https://{domain}/{wellknown} must redirect to {settings.origin}/{wellknown}, query included"
        )
    try:
        found = await resolve_handle(client, handle)
    except Gone:
        return f"problem: {handle} is unknown at {domain}: {mend}"
    except Unreachable as error:
        return (
            f"skipped: nothing answered for {handle} ({error.reason}); start `antipole serve` and try again"
        )
    except FederationError as error:
        return f"problem: {handle} cannot be looked up ({error.reason}): {changed}"
    if found != actor.id:
        return f"problem: {handle} leads to {found} and not to {actor.id}: {mend}"
    return f"ok: {handle} leads to {found}"


def _living(tx: Transaction) -> list[LocalActor]:
    return [*ours.all_local(tx, "hub"), *ours.all_local(tx, "initiative")]

"""Fetches that keep what we know of others true."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from federation.actors import RemoteActor, fetch_actor
from federation.errors import Forbidden, Gone
from server.fediverse import actors
from server.services import Services
from server.storage.database import Transaction


async def refresh_actor(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """The actor changed: fetch it. One that is gone is forgotten."""
    try:
        actor = await fetch_actor(services.here.client, subject)
    except Gone:
        await services.database.write(partial(_forget, subject))
        return
    if actor.id != subject:
        raise Forbidden("another-actor")
    await services.database.write(partial(_remember, actor))


async def confirm_gone(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """An inbox (`subject`) answered 404 or 410: ask for each actor behind it before believing that it is
    gone.

    A proxy that lost its configuration answers 404 to everything, and followers once dropped do not come
    back. An actor that moved its inbox is remembered with the new one.
    """
    ids = await services.database.read(partial(_behind, subject))
    for actor_id in ids:
        await refresh_actor(services, actor_id, detail)


def _behind(inbox: str, tx: Transaction) -> list[str]:
    return actors.behind_inbox(tx, inbox)


def _forget(actor_id: str, tx: Transaction) -> None:
    actors.forget(tx, actor_id)


def _remember(actor: RemoteActor, tx: Transaction) -> None:
    # Only who is known still: between asking and answering they may have left us.
    if actors.is_known(tx, actor.id):
        actors.remember(tx, actor)

"""Fetches that keep what we know of others true."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from federation.actors import RemoteActor, fetch_actor
from federation.errors import FederationError, Forbidden, Gone, Unreachable
from server.fediverse import actors, deliveries, silence
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


async def confirm_silent(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """The last question before a silent server (`subject`, an origin) is forgotten. Any answer but an error is one.

    Somebody who rarely publishes has not tried it for weeks: nobody loses followers for two failures a month apart.
    """
    here = services.here
    actor_id = await services.database.read(lambda tx: silence.somebody_at(tx, subject))
    try:
        if actor_id is not None:
            await here.client.fetch_document(actor_id)
    except Unreachable as error:
        answered = isinstance(error, Gone) or (error.reason == "bad-status" and error.detail.startswith("4"))
    except FederationError as error:
        # What we block is not asked, and answers nothing.
        answered = error.reason != "blocked"
    else:
        answered = actor_id is not None
    now = here.clock.now()
    if answered:
        await services.database.write(lambda tx: deliveries.heard_from(tx, subject, now))
    else:
        await services.database.write(lambda tx: silence.forget(tx, here, subject, now))


async def listen(services: Services, subject: str, detail: Mapping[str, Any]) -> None:
    """Asks for any actor we know, to find out whether this server can reach anybody. Nothing ends by a failure."""
    try:
        actor = await fetch_actor(services.here.client, subject)
    except Gone:
        return
    if actor.id == subject:
        await services.database.write(partial(_remember, actor))


def _behind(inbox: str, tx: Transaction) -> list[str]:
    return actors.behind_inbox(tx, inbox)


def _forget(actor_id: str, tx: Transaction) -> None:
    actors.forget(tx, actor_id)


def _remember(actor: RemoteActor, tx: Transaction) -> None:
    # Only who is known still: between asking and answering they may have left us.
    if actors.is_known(tx, actor.id):
        actors.remember(tx, actor)

"""What has to be fetched for a record: its profile, its icon."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from federation.actors import fetch_actor
from federation.errors import FederationError, NotAuthentic, Unreachable
from server.fediverse import pictures
from server.hub.listings import actions, store
from server.hub.listings.documents import signed_profile
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)

ICON_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
MAX_ICON_BYTES = 8 * 1024 * 1024
ROUND = 100


async def fetch_profile(services: Services, actor_id: str, _detail: Mapping[str, Any]) -> None:
    """The profile as its origin serves it now. A copy that the pinned key did not sign is a dispute, not an update."""
    now = services.here.clock.now()
    actor = await fetch_actor(services.here.client, actor_id)
    if actor.id != actor_id:
        return
    try:
        facts = signed_profile(actor, now)
    except NotAuthentic as error:
        reason = error.reason

        def dispute(tx: Transaction) -> None:
            listing = store.by_actor(tx, actor_id)
            if listing is not None and listing.is_kept:
                actions.dispute(tx, listing, reason)

        await services.database.write(dispute)
        return

    def take(tx: Transaction) -> None:
        listing = store.by_actor(tx, actor_id)
        if listing is not None:
            actions.take_profile(tx, listing, facts)

    await services.database.write(take)


async def fetch_icon(services: Services, actor_id: str, detail: Mapping[str, Any]) -> None:
    """Our own re-encoded copy: no reader's browser asks the initiative's server for a picture. Without one there is
    simply no icon; nothing that goes wrong with it is an error."""
    url = actions.icon_url_in(detail)
    if url is None:
        return
    try:
        _, body = await services.here.client.fetch_bytes(url, ICON_TYPES, MAX_ICON_BYTES)
        picture = await pictures.reencode_in_turn(body)
    except Unreachable as error:
        if error.retry:
            raise
        return
    except (FederationError, pictures.PictureRefused) as error:
        log.info("no icon for %s: %s", actor_id, type(error).__name__)
        return
    name = await asyncio.to_thread(pictures.save, services.paths.media, picture)

    def take(tx: Transaction) -> None:
        listing = store.by_actor(tx, actor_id)
        if listing is not None and listing.is_kept:
            store.set_icon(tx, listing, url, name)
        else:
            store.discard_file(tx, name)

    await services.database.write(take)


async def delete_discarded_icons(services: Services) -> int:
    """Chore: files first, rows after, so that a crash in between only repeats it."""
    files = await services.database.read(lambda tx: store.discarded_icons(tx, ROUND))
    if not files:
        return 0

    def delete(directory: Path) -> None:
        for name in files:
            pictures.remove(directory, name)

    await asyncio.to_thread(delete, services.paths.media)
    await services.database.write(lambda tx: store.forget_discarded_icons(tx, files))
    return len(files)


EVERY = timedelta(minutes=1)

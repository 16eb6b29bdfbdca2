"""Pictures of initiatives: made anew before any transaction begins, kept under a random name, removed when unused."""

from anyio import to_thread

from server.fediverse import pictures
from server.fediverse.pictures import Picture
from server.initiative.profile.actions import SavedIcon
from server.services import Services


async def made_anew(data: bytes) -> Picture:
    """Raises `PictureRefused`."""
    return await to_thread.run_sync(pictures.reencode, data)


async def keep(services: Services, picture: Picture) -> SavedIcon:
    name = await to_thread.run_sync(pictures.save, services.paths.media, picture)
    return SavedIcon(name, picture.media_type)


def discard(services: Services, name: str | None) -> None:
    if name is not None:
        pictures.remove(services.paths.media, name)

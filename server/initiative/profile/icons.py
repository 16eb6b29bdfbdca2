"""Pictures of initiatives: made anew before any transaction begins, kept under a random name, removed when unused."""

from anyio import to_thread

from server.fediverse import pictures
from server.fediverse.pictures import Picture
from server.initiative.arguments import Arguments
from server.initiative.profile import actions
from server.initiative.profile.actions import Edited, SavedIcon
from server.services import Services


async def made_anew(data: bytes) -> Picture:
    """Raises `PictureRefused`."""
    return await pictures.reencode_in_turn(data)


async def keep(services: Services, picture: Picture) -> SavedIcon:
    name = await to_thread.run_sync(pictures.save, services.paths.media, picture)
    return SavedIcon(name, picture.media_type)


def discard(services: Services, name: str | None) -> None:
    if name is not None:
        pictures.remove(services.paths.media, name)


async def save_edit(
    services: Services,
    handle: str,
    arguments: Arguments,
    picture: Picture | None,
    *,
    seen: int | None = None,
) -> Edited:
    """`actions.edit_initiative`, and of the files of pictures only what is shown stays."""
    icon = await keep(services, picture) if picture is not None else None
    try:
        done = await services.database.write(
            lambda tx: actions.edit_initiative(tx, services.here, handle, arguments, icon, seen=seen)
        )
    except BaseException:
        discard(services, icon.name if icon else None)
        raise
    discard(services, done.discarded)
    return done


async def save_removal(services: Services, handle: str) -> Edited:
    """`actions.remove_initiative`, and its picture."""
    done = await services.database.write(lambda tx: actions.remove_initiative(tx, services.here, handle))
    discard(services, done.discarded)
    return done

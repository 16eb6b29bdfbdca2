"""initiative.add, initiative.edit, initiative.remove, initiative.list."""

from collections.abc import Mapping
from typing import Any, Final

from server.documents.profile import MAX_ALT
from server.feature import Refusal
from server.fediverse.pictures import Picture, PictureRefused
from server.initiative.arguments import Arguments
from server.initiative.calls.model import whole_milliseconds
from server.initiative.profile import actions, icons, store
from server.initiative.profile.actions import Edited
from server.initiative.profile.model import DETAILS, MAX_HANDLE, RESERVED, read_handle, read_new
from server.services import Services

ALL: Final = 10_000


async def add(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """handle, name and any of the details -> the account's id, its handle, and notes for the person."""
    here = services.here
    arguments = Arguments("initiative add", values, ("handle", *DETAILS))
    handle = read_handle(arguments, (*RESERVED, here.settings.hub_handle))
    now = whole_milliseconds(here.clock.now())
    profile, notes = read_new(arguments, handle, here.uris.profile_page(handle), now)
    alt = arguments.text("icon_alt", MAX_ALT)
    await services.database.read(lambda tx: actions.require_free(tx, handle))
    picture = await _picture(arguments)
    icon = await icons.keep(services, picture) if picture is not None else None
    decided = arguments.text("place", 100) != ""
    try:
        done = await services.database.write(
            lambda tx: actions.add_initiative(tx, here, profile, icon, alt, place_decided=decided)
        )
    except BaseException:
        icons.discard(services, icon.name if icon else None)
        raise
    return _answer(services, done, notes)


async def edit(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """handle and the details that change -> as `add`."""
    here = services.here
    arguments = Arguments("initiative edit", values, ("handle", *DETAILS))
    handle = arguments.required("handle", MAX_HANDLE + 300)
    if not any(name in arguments for name in DETAILS):
        raise Refusal(f"There is nothing to change; give one of: {', '.join(DETAILS)}.")
    await services.database.read(lambda tx: actions.living(tx, here, handle))
    done = await icons.save_edit(services, handle, arguments, await _picture(arguments))
    return _answer(services, done, done.notes)


async def remove(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """handle -> as `add`."""
    arguments = Arguments("initiative remove", values, ("handle",))
    done = await icons.save_removal(services, arguments.required("handle", MAX_HANDLE + 300))
    shown = done.initiative.profile.handle
    note = f"Followers are told that {shown} is gone. Its handle is never given away again on this server."
    return _answer(services, done, [note])


async def everyone(services: Services, values: Mapping[str, Any]) -> dict[str, Any]:
    """-> one line for each initiative of this instance, beginning with its handle."""
    Arguments("initiative list", values, ())
    here = services.here
    found = await services.database.read(lambda tx: store.page(tx, here.uris, limit=ALL))
    domain = here.settings.handle_domain
    return {"lines": [f"@{entry.profile.handle}@{domain}  {entry.profile.name}" for entry in found]}


async def _picture(arguments: Arguments) -> Picture | None:
    data = arguments.picture("icon")
    if data is None:
        return None
    try:
        return await icons.made_anew(data)
    except PictureRefused as problem:
        raise Refusal(str(problem)) from None


def _answer(services: Services, done: Edited, notes: list[str] | tuple[str, ...]) -> dict[str, Any]:
    handle = f"@{done.initiative.profile.handle}@{services.here.settings.handle_domain}"
    return {"uri": done.initiative.actor_id, "handle": handle, "notes": list(notes)}

"""Servers that have been silent for weeks: the hourly look, and what `antipole check` says of them."""

from datetime import timedelta
from typing import Final

from federation.origins import authority_of
from server.fediverse import silence
from server.services import Services

EVERY: Final = timedelta(hours=1)
MOST_SHOWN: Final = 20


async def look_around(services: Services) -> int:
    """Chore: who has been silent for a month is asked once more, and then forgotten."""
    here = services.here
    now = here.clock.now()
    return await services.database.write(lambda tx: silence.look_around(tx, here, now))


async def check(services: Services) -> list[str]:
    """One line for each server whose followers will be forgotten within a week."""
    here = services.here
    before = here.clock.now() - silence.TELL_AFTER
    found = await services.database.read(
        lambda tx: silence.silent(tx, here.settings.origin, before, limit=MOST_SHOWN)
    )
    return [
        f"warning: {authority_of(each.origin)} has not answered since {each.since:%Y-%m-%d}; its {each.followers} "
        f"followers here are forgotten on {each.since + silence.FORGET_AFTER:%Y-%m-%d} unless it answers"
        for each in found
    ]

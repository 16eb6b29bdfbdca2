"""Follows of ours that nobody answered: the hourly look."""

from datetime import timedelta
from typing import Final

from server.fediverse import followers
from server.services import Services

EVERY: Final = timedelta(hours=1)


async def ask_again(services: Services) -> int:
    """Chore: sends once more what should have been answered."""
    now = services.here.clock.now()
    return await services.database.write(lambda tx: followers.ask_again(tx, now))

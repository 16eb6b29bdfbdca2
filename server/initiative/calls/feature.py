"""What calls plug in."""

from server.feature import Feature
from server.initiative.calls import commands, pages, store
from server.services import Services
from server.storage.database import Transaction
from server.web.doors import PUBLIC, Door

MAX_FEATURED = 40


def featured(tx: Transaction, services: Services, actor_id: str) -> list[str]:
    """Open calls by their addresses: on Mastodon they are pinned to the profile."""
    return [call.uri for call in store.page(tx, actor_id=actor_id, state="open", limit=MAX_FEATURED)]


CALLS = Feature(
    name="initiative.calls",
    routes=[Door("/calls/{call_id}", pages.call, PUBLIC)],
    commands={
        "call.publish": commands.publish,
        "call.edit": commands.edit,
        "call.close": commands.close,
        "call.withdraw": commands.withdraw,
    },
    counts={"calls": store.count},
    collections={"featured": featured},
)

"""What calls plug in."""

from starlette.routing import Route

from server.feature import Feature
from server.initiative.calls import commands, pages, store
from server.services import Services
from server.storage.database import Transaction

MAX_FEATURED = 40


def featured(tx: Transaction, services: Services, actor_id: str) -> list[str]:
    """Open calls by their addresses: on Mastodon they are pinned to the profile."""
    return [call.uri for call in store.page(tx, actor_id=actor_id, state="open", limit=MAX_FEATURED)]


CALLS = Feature(
    name="initiative.calls",
    routes=[Route("/calls/{call_id}", pages.call)],
    commands={
        "call.publish": commands.publish,
        "call.edit": commands.edit,
        "call.close": commands.close,
        "call.withdraw": commands.withdraw,
    },
    counts={"calls": store.count},
    collections={"featured": featured},
)

"""What calls plug in."""

from server.feature import DeskLink, Feature
from server.initiative.calls import commands, desk, pages, store
from server.services import Services
from server.storage.database import Transaction
from server.taxonomy.words import N_
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door, form_door, of_initiative

MAX_FEATURED = 40


def featured(tx: Transaction, services: Services, actor_id: str) -> list[str]:
    """Open calls by their addresses: on Mastodon they are pinned to the profile."""
    return [call.uri for call in store.page(tx, actor_id=actor_id, state="open", limit=MAX_FEATURED)]


CALLS = Feature(
    name="initiative.calls",
    routes=[
        Door("/calls/{call_id}", authorized(pages.call), PUBLIC),
        Door("/desk/@{handle}/calls", desk.listed, of_initiative()),
        Door("/desk/@{handle}/calls/{call_id}", desk.show, of_initiative()),
        form_door("/desk/@{handle}/calls/{call_id}/close", desk.close, of_initiative()),
        form_door("/desk/@{handle}/calls/{call_id}/withdraw", desk.withdraw, of_initiative()),
        form_door("/desk/@{handle}/calls/{call_id}/duplicate", desk.duplicate, of_initiative()),
    ],
    commands={
        "call.publish": commands.publish,
        "call.edit": commands.edit,
        "call.close": commands.close,
        "call.withdraw": commands.withdraw,
    },
    desk=[DeskLink(N_("Calls"), "/desk/@{handle}/calls", of_initiative())],
    counts={"calls": store.count},
    collections={"featured": featured},
)

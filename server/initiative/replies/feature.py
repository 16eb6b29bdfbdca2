"""What replies, reactions and quotes plug in."""

from datetime import timedelta

from server.feature import Chore, DeskLink, Feature
from server.fediverse import actors
from server.initiative.replies import actions, desk, errands, inbox, pages, quotes, reactions, store
from server.storage.database import Transaction
from server.taxonomy.words import N_
from server.web.doors import PUBLIC, Door, form_door, of_initiative

SWEEP_EVERY = timedelta(minutes=5)


def waiting_at(tx: Transaction, handle: str) -> int:
    initiative = actors.by_handle(tx, handle)
    return store.count_waiting(tx, initiative.id) if initiative is not None else 0


REPLIES = Feature(
    name="initiative.replies",
    routes=[
        Door("/calls/{call_id}/all-replies", pages.all_replies, PUBLIC),
        Door("/desk/@{handle}/replies", desk.waiting, of_initiative()),
        form_door("/desk/@{handle}/replies/show", desk.show, of_initiative()),
        form_door("/desk/@{handle}/replies/hide", desk.hide, of_initiative()),
        form_door("/desk/@{handle}/replies/{call_id}", desk.of_call, of_initiative()),
    ],
    listeners={
        "Create": inbox.take,
        "Update": inbox.take,
        "Delete": inbox.delete,
        "Undo": reactions.undo,
        "QuoteRequest": quotes.refuse,
        **dict.fromkeys(reactions.KINDS, reactions.react),
    },
    errands={errands.FETCH_FORWARDED: errands.fetch_forwarded, actions.NAME_AUTHOR: errands.name_author},
    wants_forwarded=errands.wants,
    chores=[Chore("sweep-replies", actions.sweep, SWEEP_EVERY)],
    desk=[DeskLink(N_("Replies"), "/desk/@{handle}/replies", of_initiative(), badge_at=waiting_at)],
)

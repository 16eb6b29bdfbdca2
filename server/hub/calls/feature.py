"""What calls plug in."""

from server.feature import Chore, Feature
from server.hub.calls import actions, desk, errands, featuring, inbox, pages, store
from server.web.doors import PUBLIC, Door, form_door, of_hub

CALLS = Feature(
    name="hub.calls",
    routes=[
        Door("/directory/calls/{call_id}", pages.call, PUBLIC),
        form_door("/desk/hub/calls/{call_id}/feature", desk.feature, of_hub()),
    ],
    listeners={"Create": inbox.take, "Update": inbox.take, "Delete": inbox.delete},
    errands={actions.FETCH_CALL: errands.fetch_call, errands.READ_OUTBOX: errands.read_listed_outbox},
    chores=[
        Chore("catch-up", errands.catch_up, errands.CATCH_UP_EVERY),
        Chore("drop-ended-from-featured", featuring.drop_ended, errands.CATCH_UP_EVERY),
        Chore("forget-erased-calls", errands.forget_erased, errands.FORGET_EVERY),
    ],
    collections={"featured": featuring.featured},
    counts={"calls": store.count_of_others},
)

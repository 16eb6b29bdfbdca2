"""What calls plug in."""

from server.feature import Chore, Feature
from server.hub.calls import actions, errands, inbox, pages, store
from server.web.doors import PUBLIC, Door

CALLS = Feature(
    name="hub.calls",
    routes=[Door("/directory/calls/{call_id}", pages.call, PUBLIC)],
    listeners={"Create": inbox.take, "Update": inbox.take, "Delete": inbox.delete},
    errands={actions.FETCH_CALL: errands.fetch_call, errands.READ_OUTBOX: errands.read_listed_outbox},
    chores=[
        Chore("catch-up", errands.catch_up, errands.CATCH_UP_EVERY),
        Chore("forget-erased-calls", errands.forget_erased, errands.FORGET_EVERY),
    ],
    counts={"calls": store.count_of_others},
)

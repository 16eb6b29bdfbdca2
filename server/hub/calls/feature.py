"""What calls plug in."""

from starlette.routing import Route

from server.feature import Chore, Feature
from server.hub.calls import actions, errands, inbox, pages, store

CALLS = Feature(
    name="hub.calls",
    routes=[Route("/directory/calls/{call_id}", pages.call)],
    listeners={"Create": inbox.take, "Update": inbox.take, "Delete": inbox.delete},
    errands={actions.FETCH_CALL: errands.fetch_call, errands.READ_OUTBOX: errands.read_listed_outbox},
    chores=[
        Chore("catch-up", errands.catch_up, errands.CATCH_UP_EVERY),
        Chore("forget-erased-calls", errands.forget_erased, errands.FORGET_EVERY),
    ],
    counts={"calls": store.count_of_others},
)

"""What being listed by hubs plugs in."""

from server.feature import Feature
from server.initiative.memberships import commands, errands, inbox
from server.initiative.memberships.actions import FIND_HUB

MEMBERSHIPS = Feature(
    name="initiative.memberships",
    commands={"hub.apply": commands.apply, "hub.memberships": commands.memberships},
    errands={FIND_HUB: errands.find_hub},
    listeners={
        "Accept": inbox.answer,
        "Reject": inbox.answer,
        "Follow": inbox.follow,
        "Undo": inbox.undo,
        "Delete": inbox.delete,
    },
)

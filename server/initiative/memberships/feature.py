"""What being listed by hubs plugs in."""

from server.feature import DeskLink, Feature
from server.initiative.memberships import commands, desk, errands, inbox
from server.initiative.memberships.actions import CONFIRM_MOVE, FIND_HUB
from server.taxonomy.words import N_
from server.web.doors import form_door, of_initiative

MEMBERSHIPS = Feature(
    name="initiative.memberships",
    routes=[
        form_door("/desk/@{handle}/hubs", desk.hubs, of_initiative()),
        form_door("/desk/@{handle}/hubs/leave", desk.leave, of_initiative()),
    ],
    desk=[DeskLink(N_("Hubs"), "/desk/@{handle}/hubs", of_initiative())],
    commands={
        "hub.apply": commands.apply,
        "hub.leave": commands.leave,
        "hub.memberships": commands.memberships,
    },
    errands={FIND_HUB: errands.find_hub, CONFIRM_MOVE: errands.confirm_move},
    listeners={
        "Accept": inbox.answer,
        "Reject": inbox.answer,
        "Follow": inbox.follow,
        "Undo": inbox.undo,
        "Delete": inbox.delete,
        "Block": inbox.block,
        "Move": inbox.move,
    },
)

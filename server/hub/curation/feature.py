"""What curation plugs in."""

from datetime import timedelta

from server.feature import Chore, Feature
from server.hub.curation import commands, errands, inbox
from server.hub.curation.actions import CHECK_APPLICATION

CURATION = Feature(
    name="hub.curation",
    listeners={
        "Follow": inbox.follow,
        "Undo": inbox.undo,
        "Delete": inbox.delete,
        "Update": inbox.update,
    },
    commands={
        "hub.applications": commands.applications,
        "hub.admit": commands.admit,
        "hub.refuse": commands.refuse,
        "hub.remove": commands.remove,
    },
    errands={CHECK_APPLICATION: errands.check_application},
    chores=[Chore("forget-wishes", errands.forget_expired_wishes, timedelta(hours=6))],
)

"""What initiatives plug in."""

from server.feature import Feature
from server.initiative.profile import commands, pages
from server.web.doors import PUBLIC, Door

PROFILE = Feature(
    name="initiative.profile",
    routes=[Door("/@{handle}", pages.initiative, PUBLIC)],
    commands={
        "initiative.add": commands.add,
        "initiative.edit": commands.edit,
        "initiative.remove": commands.remove,
        "initiative.list": commands.everyone,
    },
)

"""What initiatives plug in."""

from starlette.routing import Route

from server.feature import Feature
from server.initiative.profile import commands, pages

PROFILE = Feature(
    name="initiative.profile",
    routes=[Route("/@{handle}", pages.initiative)],
    commands={
        "initiative.add": commands.add,
        "initiative.edit": commands.edit,
        "initiative.remove": commands.remove,
        "initiative.list": commands.everyone,
    },
)

"""What initiatives plug in."""

from server.feature import DeskLink, Feature
from server.initiative.profile import actions, commands, desk, pages
from server.taxonomy.words import N_
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door, form_door, of_initiative, of_server

PROFILE = Feature(
    name="initiative.profile",
    routes=[
        Door("/@{handle}", authorized(pages.initiative), PUBLIC),
        form_door("/desk/new-initiative", desk.new, of_server("owner")),
        form_door("/desk/@{handle}/profile", desk.edit, of_initiative()),
    ],
    commands={
        "initiative.add": commands.add,
        "initiative.edit": commands.edit,
        "initiative.remove": commands.remove,
        "initiative.list": commands.everyone,
    },
    desk=[
        DeskLink(N_("Profile"), "/desk/@{handle}/profile", of_initiative()),
        DeskLink(N_("New initiative"), "/desk/new-initiative", of_server("owner")),
    ],
    prepare=[actions.prepare],
)

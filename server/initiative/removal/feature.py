"""What deleting plugs in."""

from server.feature import Feature
from server.initiative.removal import desk
from server.web.doors import ANY_SESSION, Door, form_door, of_initiative

REMOVAL = Feature(
    name="initiative.removal",
    routes=[
        form_door("/desk/@{handle}/delete", desk.delete, of_initiative("owner", fresh=True)),
        Door("/desk/deleted/{handle}", desk.deleted, ANY_SESSION),
    ],
)

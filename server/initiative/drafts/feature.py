"""What drafts plug in."""

from server.feature import Feature
from server.initiative.drafts import desk
from server.web.doors import form_door, of_initiative

DRAFTS = Feature(
    name="initiative.drafts",
    routes=[
        form_door("/desk/@{handle}/calls/new", desk.new, of_initiative()),
        form_door("/desk/@{handle}/calls/{call_id}/edit", desk.edit_call, of_initiative()),
        form_door("/desk/@{handle}/drafts/{draft_id}", desk.edit, of_initiative()),
        form_door("/desk/@{handle}/drafts/{draft_id}/delete", desk.delete, of_initiative()),
    ],
)

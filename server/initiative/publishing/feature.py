"""What publishing plugs in."""

from server.feature import Feature
from server.initiative.publishing import desk
from server.web.doors import form_door, of_initiative

PUBLISHING = Feature(
    name="initiative.publishing",
    routes=[form_door("/desk/@{handle}/drafts/{draft_id}/preview", desk.preview, of_initiative())],
)
